from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model import Model
from ..models.quality import Quality
from ..models.ratio import Ratio
from ..models.resolution import Resolution
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateImageRequest")


@_attrs_define
class CreateImageRequest:
    """
    Attributes:
        model (Model): `gpt-image-2`: billed by quality, up to 4k, 6 reference images.
            `gpt-image-2-r`: billed by resolution, 1k only, 16 reference images.
        prompt (str): What to draw. No maximum length is documented.
        quality (Quality | Unset): Documented default `low`. Accepted and ignored for `gpt-image-2-r`.
        ratio (Ratio | Unset): Aspect ratio. The page calls it required beside `resolution`, and also says that it
            defaults to `1:1`;
            both are accepted here.
        resolution (Resolution | Unset): Documented default `1k`. `2k` and `4k` for `gpt-image-2` only.
        size (str | Unset): Exact pixels, `{width}x{height}`. Wins over `ratio` and `resolution`, which may be present
            all the same.
            Whether `gpt-image-2-r` takes sizes above 1k is not documented.

            No edge is longer than 3840 pixels, both are multiples of 16, the long one is at most 3 times the short one,
            and there are 655,360 to 8,294,400 pixels in all. JSON Schema has words for the first of these rules only,
            which is in `pattern`; the others are in `x-size-rules` alone, so a standard validator passes a size that
            breaks them, like 1000x1000.
        image_urls (list[str] | Unset): Reference images by URL, optional, possibly empty. Formats and sizes are not
            documented.
    """

    model: Model
    prompt: str
    quality: Quality | Unset = UNSET
    ratio: Ratio | Unset = UNSET
    resolution: Resolution | Unset = UNSET
    size: str | Unset = UNSET
    image_urls: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model = self.model.value

        prompt = self.prompt

        quality: str | Unset = UNSET
        if not isinstance(self.quality, Unset):
            quality = self.quality.value

        ratio: str | Unset = UNSET
        if not isinstance(self.ratio, Unset):
            ratio = self.ratio.value

        resolution: str | Unset = UNSET
        if not isinstance(self.resolution, Unset):
            resolution = self.resolution.value

        size = self.size

        image_urls: list[str] | Unset = UNSET
        if not isinstance(self.image_urls, Unset):
            image_urls = self.image_urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "prompt": prompt,
            }
        )
        if quality is not UNSET:
            field_dict["quality"] = quality
        if ratio is not UNSET:
            field_dict["ratio"] = ratio
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if size is not UNSET:
            field_dict["size"] = size
        if image_urls is not UNSET:
            field_dict["image_urls"] = image_urls

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = Model(d.pop("model"))

        prompt = d.pop("prompt")

        _quality = d.pop("quality", UNSET)
        quality: Quality | Unset
        if isinstance(_quality, Unset):
            quality = UNSET
        else:
            quality = Quality(_quality)

        _ratio = d.pop("ratio", UNSET)
        ratio: Ratio | Unset
        if isinstance(_ratio, Unset):
            ratio = UNSET
        else:
            ratio = Ratio(_ratio)

        _resolution = d.pop("resolution", UNSET)
        resolution: Resolution | Unset
        if isinstance(_resolution, Unset):
            resolution = UNSET
        else:
            resolution = Resolution(_resolution)

        size = d.pop("size", UNSET)

        image_urls = cast(list[str], d.pop("image_urls", UNSET))

        create_image_request = cls(
            model=model,
            prompt=prompt,
            quality=quality,
            ratio=ratio,
            resolution=resolution,
            size=size,
            image_urls=image_urls,
        )

        create_image_request.additional_properties = d
        return create_image_request

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
