from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.business_code import BusinessCode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.created_image import CreatedImage


T = TypeVar("T", bound="CreatedImageAnswer")


@_attrs_define
class CreatedImageAnswer:
    """
    Attributes:
        code (BusinessCode): 1000 is success, everything else a refusal. Only 1108 is documented as worth another try.

            1003, 1008, 1009, 1010, 1101, 1102, 1108 and 1200 stand on the image pages (the v4 page leaves out 1008, 1009
            and
            1010), the others in the vendor's general list, which has further codes for other products. Which operation
            answers with which is not documented; the examples here are placed by meaning.
        msg (str | Unset): What `code` means, in words
        data (CreatedImage | list[CreatedImage] | None | Unset): An object for one image, an array for a batch. Whether
            a refusal has it, and as what, is not documented.
    """

    code: BusinessCode
    msg: str | Unset = UNSET
    data: CreatedImage | list[CreatedImage] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.created_image import CreatedImage  # noqa: PLC0415

        code = self.code.value

        msg = self.msg

        data: dict[str, Any] | list[dict[str, Any]] | None | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        elif isinstance(self.data, CreatedImage):
            data = self.data.to_dict()
        elif isinstance(self.data, list):
            data = []
            for data_type_1_item_data in self.data:
                data_type_1_item = data_type_1_item_data.to_dict()
                data.append(data_type_1_item)

        else:
            data = self.data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if msg is not UNSET:
            field_dict["msg"] = msg
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.created_image import CreatedImage  # noqa: PLC0415

        d = dict(src_dict)
        code = BusinessCode(d.pop("code"))

        msg = d.pop("msg", UNSET)

        def _parse_data(data: object) -> CreatedImage | list[CreatedImage] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = CreatedImage.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, list):
                    raise TypeError()
                data_type_1 = []
                _data_type_1 = data
                for data_type_1_item_data in _data_type_1:
                    data_type_1_item = CreatedImage.from_dict(data_type_1_item_data)

                    data_type_1.append(data_type_1_item)

                return data_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CreatedImage | list[CreatedImage] | None | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

        created_image_answer = cls(
            code=code,
            msg=msg,
            data=data,
        )

        created_image_answer.additional_properties = d
        return created_image_answer

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
