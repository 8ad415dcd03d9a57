from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_resolution import ImageResolution
from ..types import UNSET, Unset

T = TypeVar("T", bound="ImageToImageInput")


@_attrs_define
class ImageToImageInput:
    """Two versions of the page disagree about the field of the source images: one requires `input_urls`, the other
    `image_urls`, with `input_urls` and `image_input` as alternatives. Any of the three is accepted here. What
    happens when several are sent is not documented, nor how many images a field takes.

        Attributes:
            prompt (str): How to change the source image
            input_urls (list[str] | Unset): Source images by public https URL, recommended by the page that requires this
                field: JPEG, PNG or WEBP, up
                to 30 MB each; no base64, no data URLs.
            image_urls (list[str] | Unset): Source images by URL, required by the other page, which states no formats and
                sizes.
            image_input (list[str] | Unset): Source images, a documented alternative; what its strings hold is not stated.
            aspect_ratio (str | Unset): Named by the page; its values could not be read
            resolution (ImageResolution | Unset): Upper case; sets the price. Documented default `1K`, for text to image.
    """

    prompt: str
    input_urls: list[str] | Unset = UNSET
    image_urls: list[str] | Unset = UNSET
    image_input: list[str] | Unset = UNSET
    aspect_ratio: str | Unset = UNSET
    resolution: ImageResolution | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        input_urls: list[str] | Unset = UNSET
        if not isinstance(self.input_urls, Unset):
            input_urls = self.input_urls

        image_urls: list[str] | Unset = UNSET
        if not isinstance(self.image_urls, Unset):
            image_urls = self.image_urls

        image_input: list[str] | Unset = UNSET
        if not isinstance(self.image_input, Unset):
            image_input = self.image_input

        aspect_ratio = self.aspect_ratio

        resolution: str | Unset = UNSET
        if not isinstance(self.resolution, Unset):
            resolution = self.resolution.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if input_urls is not UNSET:
            field_dict["input_urls"] = input_urls
        if image_urls is not UNSET:
            field_dict["image_urls"] = image_urls
        if image_input is not UNSET:
            field_dict["image_input"] = image_input
        if aspect_ratio is not UNSET:
            field_dict["aspect_ratio"] = aspect_ratio
        if resolution is not UNSET:
            field_dict["resolution"] = resolution

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt")

        input_urls = cast(list[str], d.pop("input_urls", UNSET))

        image_urls = cast(list[str], d.pop("image_urls", UNSET))

        image_input = cast(list[str], d.pop("image_input", UNSET))

        aspect_ratio = d.pop("aspect_ratio", UNSET)

        _resolution = d.pop("resolution", UNSET)
        resolution: ImageResolution | Unset
        if isinstance(_resolution, Unset):
            resolution = UNSET
        else:
            resolution = ImageResolution(_resolution)

        image_to_image_input = cls(
            prompt=prompt,
            input_urls=input_urls,
            image_urls=image_urls,
            image_input=image_input,
            aspect_ratio=aspect_ratio,
            resolution=resolution,
        )

        image_to_image_input.additional_properties = d
        return image_to_image_input

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
