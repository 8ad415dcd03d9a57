from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.task_param_input import TaskParamInput


T = TypeVar("T", bound="TaskParam")


@_attrs_define
class TaskParam:
    """What `param` holds. The model's own fields are in `input`, and not checked again here.

    Attributes:
        model (str | Unset): The public model id
        input_ (TaskParamInput | Unset):
    """

    model: str | Unset = UNSET
    input_: TaskParamInput | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model = self.model

        input_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.input_, Unset):
            input_ = self.input_.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if model is not UNSET:
            field_dict["model"] = model
        if input_ is not UNSET:
            field_dict["input"] = input_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.task_param_input import TaskParamInput  # noqa: PLC0415

        d = dict(src_dict)
        model = d.pop("model", UNSET)

        _input_ = d.pop("input", UNSET)
        input_: TaskParamInput | Unset
        if isinstance(_input_, Unset):
            input_ = UNSET
        else:
            input_ = TaskParamInput.from_dict(_input_)

        task_param = cls(
            model=model,
            input_=input_,
        )

        task_param.additional_properties = d
        return task_param

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
