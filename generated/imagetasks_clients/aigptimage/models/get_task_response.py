from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.ok_code import OkCode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.task import Task


T = TypeVar("T", bound="GetTaskResponse")


@_attrs_define
class GetTaskResponse:
    """
    Attributes:
        code (OkCode): The HTTP status again. It says nothing about the outcome of the task.
        data (Task): The page does not say which fields are always there; these two are indispensable.
        msg (str | Unset): `success` in every example, that of the failed task included
    """

    code: OkCode
    data: Task
    msg: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        data = self.data.to_dict()

        msg = self.msg

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "data": data,
            }
        )
        if msg is not UNSET:
            field_dict["msg"] = msg

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.task import Task  # noqa: PLC0415

        d = dict(src_dict)
        code = OkCode(d.pop("code"))

        data = Task.from_dict(d.pop("data"))

        msg = d.pop("msg", UNSET)

        get_task_response = cls(
            code=code,
            data=data,
            msg=msg,
        )

        get_task_response.additional_properties = d
        return get_task_response

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
