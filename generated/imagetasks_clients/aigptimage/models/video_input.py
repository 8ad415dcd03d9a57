from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.video_resolution import VideoResolution
from ..types import UNSET, Unset

T = TypeVar("T", bound="VideoInput")


@_attrs_define
class VideoInput:
    """
    Attributes:
        prompt (str | Unset): What to show. Required, except for reference to video.
        image_urls (list[str] | Unset): Source images by URL, for image to video; the first one is the first frame.
            Formats, sizes and their number
            are not documented.
        reference_image_urls (list[str] | Unset): For reference to video; guides subject, style or scene
        reference_video_urls (list[str] | Unset): For reference to video; guides motion, camera or rhythm
        reference_audio_urls (list[str] | Unset): For reference to video; guides rhythm or sound
        aspect_ratio (str | Unset): Another name for `ratio`, which wins when both are present
        ratio (str | Unset): The pages name the common ones only: `16:9`, `9:16`, `1:1`. No default is documented.
        resolution (VideoResolution | Unset): Sets the price per second. No default is documented.
        duration (float | Unset): In seconds; limits and default are not documented
        generate_audio (bool | Unset): Documented default `false`
        web_search (bool | Unset): Documented default `false`
        nsfw_checker (bool | Unset): Documented default `false`, which switches the vendor's own content filter off
    """

    prompt: str | Unset = UNSET
    image_urls: list[str] | Unset = UNSET
    reference_image_urls: list[str] | Unset = UNSET
    reference_video_urls: list[str] | Unset = UNSET
    reference_audio_urls: list[str] | Unset = UNSET
    aspect_ratio: str | Unset = UNSET
    ratio: str | Unset = UNSET
    resolution: VideoResolution | Unset = UNSET
    duration: float | Unset = UNSET
    generate_audio: bool | Unset = UNSET
    web_search: bool | Unset = UNSET
    nsfw_checker: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        image_urls: list[str] | Unset = UNSET
        if not isinstance(self.image_urls, Unset):
            image_urls = self.image_urls

        reference_image_urls: list[str] | Unset = UNSET
        if not isinstance(self.reference_image_urls, Unset):
            reference_image_urls = self.reference_image_urls

        reference_video_urls: list[str] | Unset = UNSET
        if not isinstance(self.reference_video_urls, Unset):
            reference_video_urls = self.reference_video_urls

        reference_audio_urls: list[str] | Unset = UNSET
        if not isinstance(self.reference_audio_urls, Unset):
            reference_audio_urls = self.reference_audio_urls

        aspect_ratio = self.aspect_ratio

        ratio = self.ratio

        resolution: str | Unset = UNSET
        if not isinstance(self.resolution, Unset):
            resolution = self.resolution.value

        duration = self.duration

        generate_audio = self.generate_audio

        web_search = self.web_search

        nsfw_checker = self.nsfw_checker

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if image_urls is not UNSET:
            field_dict["image_urls"] = image_urls
        if reference_image_urls is not UNSET:
            field_dict["reference_image_urls"] = reference_image_urls
        if reference_video_urls is not UNSET:
            field_dict["reference_video_urls"] = reference_video_urls
        if reference_audio_urls is not UNSET:
            field_dict["reference_audio_urls"] = reference_audio_urls
        if aspect_ratio is not UNSET:
            field_dict["aspect_ratio"] = aspect_ratio
        if ratio is not UNSET:
            field_dict["ratio"] = ratio
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if duration is not UNSET:
            field_dict["duration"] = duration
        if generate_audio is not UNSET:
            field_dict["generate_audio"] = generate_audio
        if web_search is not UNSET:
            field_dict["web_search"] = web_search
        if nsfw_checker is not UNSET:
            field_dict["nsfw_checker"] = nsfw_checker

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt", UNSET)

        image_urls = cast(list[str], d.pop("image_urls", UNSET))

        reference_image_urls = cast(list[str], d.pop("reference_image_urls", UNSET))

        reference_video_urls = cast(list[str], d.pop("reference_video_urls", UNSET))

        reference_audio_urls = cast(list[str], d.pop("reference_audio_urls", UNSET))

        aspect_ratio = d.pop("aspect_ratio", UNSET)

        ratio = d.pop("ratio", UNSET)

        _resolution = d.pop("resolution", UNSET)
        resolution: VideoResolution | Unset
        if isinstance(_resolution, Unset):
            resolution = UNSET
        else:
            resolution = VideoResolution(_resolution)

        duration = d.pop("duration", UNSET)

        generate_audio = d.pop("generate_audio", UNSET)

        web_search = d.pop("web_search", UNSET)

        nsfw_checker = d.pop("nsfw_checker", UNSET)

        video_input = cls(
            prompt=prompt,
            image_urls=image_urls,
            reference_image_urls=reference_image_urls,
            reference_video_urls=reference_video_urls,
            reference_audio_urls=reference_audio_urls,
            aspect_ratio=aspect_ratio,
            ratio=ratio,
            resolution=resolution,
            duration=duration,
            generate_audio=generate_audio,
            web_search=web_search,
            nsfw_checker=nsfw_checker,
        )

        video_input.additional_properties = d
        return video_input

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
