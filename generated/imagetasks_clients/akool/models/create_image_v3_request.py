from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.scale_v3 import ScaleV3
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateImageV3Request")


@_attrs_define
class CreateImageV3Request:
    """
    Attributes:
        prompt (str): What to draw. No maximum length is documented.
        scale (ScaleV3 | Unset): Aspect ratio. Documented default `1:1`.
        source_image (str | Unset): Source image by URL; its presence selects image to image
        webhook_url (str | Unset): Where to report to; empty in the page's example. Camel case, unlike in the v4 call.
    """

    prompt: str
    scale: ScaleV3 | Unset = UNSET
    source_image: str | Unset = UNSET
    webhook_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        scale: str | Unset = UNSET
        if not isinstance(self.scale, Unset):
            scale = self.scale.value

        source_image = self.source_image

        webhook_url = self.webhook_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if scale is not UNSET:
            field_dict["scale"] = scale
        if source_image is not UNSET:
            field_dict["source_image"] = source_image
        if webhook_url is not UNSET:
            field_dict["webhookUrl"] = webhook_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prompt = d.pop("prompt")

        _scale = d.pop("scale", UNSET)
        scale: ScaleV3 | Unset
        if isinstance(_scale, Unset):
            scale = UNSET
        else:
            scale = ScaleV3(_scale)

        source_image = d.pop("source_image", UNSET)

        webhook_url = d.pop("webhookUrl", UNSET)

        create_image_v3_request = cls(
            prompt=prompt,
            scale=scale,
            source_image=source_image,
            webhook_url=webhook_url,
        )

        create_image_v3_request.additional_properties = d
        return create_image_v3_request

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
