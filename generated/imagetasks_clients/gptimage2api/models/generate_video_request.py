from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.input_mode import InputMode
from ..models.video_model import VideoModel
from ..types import UNSET, Unset

T = TypeVar("T", bound="GenerateVideoRequest")


@_attrs_define
class GenerateVideoRequest:
    """Resolution and other controls are fields of their own, by model; their names are not documented in what was
    read. Further fields are therefore accepted.

        Attributes:
            prompt (str): What to show. No maximum length is documented. The image page requires a prompt for every model;
                it is
                required here too, although the video page, as far as it was read, does not say so.
            model (VideoModel | Unset): From text only: the names with `text-to-video`. From images only: the names with
                `image-to-video`,
                `kling/v2-1-standard` and `kling/v2-1-pro`. Both: `veo3_fast`, `veo3`, `veo3_lite` and
                `bytedance/seedance-1.5-pro`.
            input_mode (InputMode | Unset): What a video is made from. Must be a mode that the model has.
            input_image_urls (list[str] | Unset): Images by URL; only the first one is used. One is needed for the models
                that end in `-image-to-video`;
                whether the other models need one in the mode `image_to_video` is not documented.
            duration (float | Unset): Seconds, by model. 5, 10, 15 and 20 are called common; Veo makes 8. The lists of the
                other models, and the
                default, are not documented.
            aspect_ratio (str | Unset): The values differ by family of models and are not documented.
    """

    prompt: str
    model: VideoModel | Unset = UNSET
    input_mode: InputMode | Unset = UNSET
    input_image_urls: list[str] | Unset = UNSET
    duration: float | Unset = UNSET
    aspect_ratio: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        model: str | Unset = UNSET
        if not isinstance(self.model, Unset):
            model = self.model.value

        input_mode: str | Unset = UNSET
        if not isinstance(self.input_mode, Unset):
            input_mode = self.input_mode.value

        input_image_urls: list[str] | Unset = UNSET
        if not isinstance(self.input_image_urls, Unset):
            input_image_urls = self.input_image_urls

        duration = self.duration

        aspect_ratio = self.aspect_ratio

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if model is not UNSET:
            field_dict["model"] = model
        if input_mode is not UNSET:
            field_dict["inputMode"] = input_mode
        if input_image_urls is not UNSET:
            field_dict["inputImageUrls"] = input_image_urls
        if duration is not UNSET:
            field_dict["duration"] = duration
        if aspect_ratio is not UNSET:
            field_dict["aspectRatio"] = aspect_ratio

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt")

        _model = d.pop("model", UNSET)
        model: VideoModel | Unset
        if isinstance(_model, Unset):
            model = UNSET
        else:
            model = VideoModel(_model)

        _input_mode = d.pop("inputMode", UNSET)
        input_mode: InputMode | Unset
        if isinstance(_input_mode, Unset):
            input_mode = UNSET
        else:
            input_mode = InputMode(_input_mode)

        input_image_urls = cast(list[str], d.pop("inputImageUrls", UNSET))

        duration = d.pop("duration", UNSET)

        aspect_ratio = d.pop("aspectRatio", UNSET)

        generate_video_request = cls(
            prompt=prompt,
            model=model,
            input_mode=input_mode,
            input_image_urls=input_image_urls,
            duration=duration,
            aspect_ratio=aspect_ratio,
        )

        generate_video_request.additional_properties = d
        return generate_video_request

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
