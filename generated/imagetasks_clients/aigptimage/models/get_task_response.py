from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.ok_code import OkCode

if TYPE_CHECKING:
    from ..models.task import Task


T = TypeVar("T", bound="GetTaskResponse")


@_attrs_define
class GetTaskResponse:
    """
    Attributes:
        code (OkCode): The HTTP status again. It says nothing about the outcome of the task.
        msg (str): `success` in every example, that of the failed task included
        data (Task):
    """

    code: OkCode
    msg: str
    data: Task
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        msg = self.msg

        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "msg": msg,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.task import Task  # noqa: PLC0415

        d = dict(src_dict)
        code = OkCode(d.pop("code"))

        msg = d.pop("msg")

        data = Task.from_dict(d.pop("data"))

        get_task_response = cls(
            code=code,
            msg=msg,
            data=data,
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
