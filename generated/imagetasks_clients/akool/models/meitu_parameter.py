from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meitu_parameter_all_params import MeituParameterAllParams
    from ..models.people_type import PeopleType


T = TypeVar("T", bound="MeituParameter")


@_attrs_define
class MeituParameter:
    """Settings of the Meitu model, both parts of which its page of parameters requires. That page, and the newer page
    of the create call, were read in revision 420efb75 of the vendor's documentation; later ones have neither.

        Attributes:
            people_type (list[PeopleType]): Always the five groups man, woman, child, oldwoman, oldman, as in the example
            all_params (MeituParameterAllParams): Adjustments by name; none at all is fine. A value is a whole number, true
                or false, a list (of five, one for
                each group of `people_type`, except for curves) or an object. The names, and what each takes, are on a page
                of their own (image-generate/meitu-yunxiu-parameters), and not described here.
    """

    people_type: list[PeopleType]
    all_params: MeituParameterAllParams
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        people_type = []
        for people_type_item_data in self.people_type:
            people_type_item = people_type_item_data.to_dict()
            people_type.append(people_type_item)

        all_params = self.all_params.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "people_type": people_type,
                "all_params": all_params,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meitu_parameter_all_params import MeituParameterAllParams  # noqa: PLC0415
        from ..models.people_type import PeopleType  # noqa: PLC0415

        d = dict(src_dict)
        people_type = []
        _people_type = d.pop("people_type")
        for people_type_item_data in _people_type:
            people_type_item = PeopleType.from_dict(people_type_item_data)

            people_type.append(people_type_item)

        all_params = MeituParameterAllParams.from_dict(d.pop("all_params"))

        meitu_parameter = cls(
            people_type=people_type,
            all_params=all_params,
        )

        meitu_parameter.additional_properties = d
        return meitu_parameter

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
