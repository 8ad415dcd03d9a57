from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebhookEnvelope")


@_attrs_define
class WebhookEnvelope:
    """What AKOOL posts

    Attributes:
        signature (str): SHA-1 of clientId, `timestamp`, `nonce` and `dataEncrypt`, sorted and joined, as hex; of lower
            case in the
            example
        data_encrypt (str): The encrypted JSON text of a `WebhookContent`; base64, and hex in one of the page's samples
        timestamp (int): Unix time, in milliseconds in the example; no unit is stated
        nonce (int | str): A string in the table and in the example of the page, a number in some of its samples
    """

    signature: str
    data_encrypt: str
    timestamp: int
    nonce: int | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        signature = self.signature

        data_encrypt = self.data_encrypt

        timestamp = self.timestamp

        nonce: int | str
        nonce = self.nonce

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "signature": signature,
                "dataEncrypt": data_encrypt,
                "timestamp": timestamp,
                "nonce": nonce,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        signature = d.pop("signature")

        data_encrypt = d.pop("dataEncrypt")

        timestamp = d.pop("timestamp")

        def _parse_nonce(data: object) -> int | str:
            return cast(int | str, data)

        nonce = _parse_nonce(d.pop("nonce"))

        webhook_envelope = cls(
            signature=signature,
            data_encrypt=data_encrypt,
            timestamp=timestamp,
            nonce=nonce,
        )

        webhook_envelope.additional_properties = d
        return webhook_envelope

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
