from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.webhook_status import WebhookStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookContent")


@_attrs_define
class WebhookContent:
    """What `dataEncrypt` of a `WebhookEnvelope` holds. State and picture are called `status` and `url` here,
    `image_status` and `image` in the status call.

        Attributes:
            field_id (str): The task id
            status (WebhookStatus): 2 processing, 3 completed, 4 failed; the numbers of `ImageStatus`. The page's column of
                values has these three,
                its legend also 1, queueing.
            type_ (str | Unset): `image` for images; other products have others. Whether it is always there is not
                documented; nothing needs
                it.
            url (None | str | Unset): The picture by URL once `status` is 3. Whether it is absent, null or empty otherwise
                is not documented.
    """

    field_id: str
    status: WebhookStatus
    type_: str | Unset = UNSET
    url: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_id = self.field_id

        status = self.status.value

        type_ = self.type_

        url: None | str | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        else:
            url = self.url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "_id": field_id,
                "status": status,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_
        if url is not UNSET:
            field_dict["url"] = url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        field_id = d.pop("_id")

        status = WebhookStatus(d.pop("status"))

        type_ = d.pop("type", UNSET)

        def _parse_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        url = _parse_url(d.pop("url", UNSET))

        webhook_content = cls(
            field_id=field_id,
            status=status,
            type_=type_,
            url=url,
        )

        webhook_content.additional_properties = d
        return webhook_content

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
