from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.business_code import BusinessCode
from ..types import UNSET, Unset

T = TypeVar("T", bound="TokenAnswer")


@_attrs_define
class TokenAnswer:
    """
    Attributes:
        code (BusinessCode): 1000 is success, everything else a refusal. Only 1108 is documented as worth another try.

            1003, 1008, 1009, 1010, 1101, 1102, 1108 and 1200 stand on the image pages (the v4 page leaves out 1008, 1009
            and
            1010), the others in the vendor's general list, which has further codes for other products. Which operation
            answers with which is not documented; the examples here are placed by meaning.
        msg (str | Unset): What `code` means, in words. Not there on success; whether a refusal has it is not
            documented.
        token (str | Unset): The bearer token, valid for more than a year
    """

    code: BusinessCode
    msg: str | Unset = UNSET
    token: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        msg = self.msg

        token = self.token

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if msg is not UNSET:
            field_dict["msg"] = msg
        if token is not UNSET:
            field_dict["token"] = token

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = BusinessCode(d.pop("code"))

        msg = d.pop("msg", UNSET)

        token = d.pop("token", UNSET)

        token_answer = cls(
            code=code,
            msg=msg,
            token=token,
        )

        token_answer.additional_properties = d
        return token_answer

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
