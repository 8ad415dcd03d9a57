from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_resolution import ImageResolution
from ..types import UNSET, Unset

T = TypeVar("T", bound="TextToImageInput")


@_attrs_define
class TextToImageInput:
    """
    Attributes:
        prompt (str): What to draw
        aspect_ratio (str | Unset): The page names the common ones only: `auto`, `1:1`, `4:5`, `3:4`, `2:3`, `16:9`,
            `9:16`, `21:9`. Left
            out, the model's own default holds (not documented further).
        resolution (ImageResolution | Unset): Upper case; sets the price. Documented default `1K`, for text to image.
        quality (str | Unset): Passed through to the model; its values are not documented
        output_format (str | Unset): Passed through to the model; its values are not documented
    """

    prompt: str
    aspect_ratio: str | Unset = UNSET
    resolution: ImageResolution | Unset = UNSET
    quality: str | Unset = UNSET
    output_format: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        aspect_ratio = self.aspect_ratio

        resolution: str | Unset = UNSET
        if not isinstance(self.resolution, Unset):
            resolution = self.resolution.value

        quality = self.quality

        output_format = self.output_format

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if aspect_ratio is not UNSET:
            field_dict["aspect_ratio"] = aspect_ratio
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if quality is not UNSET:
            field_dict["quality"] = quality
        if output_format is not UNSET:
            field_dict["output_format"] = output_format

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt")

        aspect_ratio = d.pop("aspect_ratio", UNSET)

        _resolution = d.pop("resolution", UNSET)
        resolution: ImageResolution | Unset
        if isinstance(_resolution, Unset):
            resolution = UNSET
        else:
            resolution = ImageResolution(_resolution)

        quality = d.pop("quality", UNSET)

        output_format = d.pop("output_format", UNSET)

        text_to_image_input = cls(
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            quality=quality,
            output_format=output_format,
        )

        text_to_image_input.additional_properties = d
        return text_to_image_input

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
