from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.task_status import TaskStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="SubmittedTask")


@_attrs_define
class SubmittedTask:
    """
    Attributes:
        task_id (str): The path value of the status call. Opaque.
        status (TaskStatus | Unset): 0 pending, 1 completed, 2 failed. The vendor does not distinguish queued from
            running.
        credits_used (int | Unset): The price, already taken; also the amount of a refund
    """

    task_id: str
    status: TaskStatus | Unset = UNSET
    credits_used: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        task_id = self.task_id

        status: int | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        credits_used = self.credits_used

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "taskId": task_id,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status
        if credits_used is not UNSET:
            field_dict["creditsUsed"] = credits_used

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        task_id = d.pop("taskId")

        _status = d.pop("status", UNSET)
        status: TaskStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = TaskStatus(_status)

        credits_used = d.pop("creditsUsed", UNSET)

        submitted_task = cls(
            task_id=task_id,
            status=status,
            credits_used=credits_used,
        )

        submitted_task.additional_properties = d
        return submitted_task

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
