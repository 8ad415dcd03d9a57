from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PeopleType")


@_attrs_define
class PeopleType:
    """One group of people; all five are fixed, see `MeituParameter`

    Attributes:
        age (list[int]): From, to
        gender (int):
        key (str):
        name (str):
    """

    age: list[int]
    gender: int
    key: str
    name: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        age = self.age

        gender = self.gender

        key = self.key

        name = self.name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "age": age,
                "gender": gender,
                "key": key,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        age = cast(list[int], d.pop("age"))

        gender = d.pop("gender")

        key = d.pop("key")

        name = d.pop("name")

        people_type = cls(
            age=age,
            gender=gender,
            key=key,
            name=name,
        )

        people_type.additional_properties = d
        return people_type

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
