from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.button import Button
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateByButtonRequest")


@_attrs_define
class CreateByButtonRequest:
    """
    Attributes:
        field_id (str): A finished image
        button (Button): U1 to U4 upscale image 1 to 4 to 4K, V1 to V4 make a variation of it
        webhook_url (str | Unset): Where to report to; empty in the page's example. Camel case, unlike in the v4 call.
    """

    field_id: str
    button: Button
    webhook_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_id = self.field_id

        button = self.button.value

        webhook_url = self.webhook_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "_id": field_id,
                "button": button,
            }
        )
        if webhook_url is not UNSET:
            field_dict["webhookUrl"] = webhook_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        field_id = d.pop("_id")

        button = Button(d.pop("button"))

        webhook_url = d.pop("webhookUrl", UNSET)

        create_by_button_request = cls(
            field_id=field_id,
            button=button,
            webhook_url=webhook_url,
        )

        create_by_button_request.additional_properties = d
        return create_by_button_request

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
