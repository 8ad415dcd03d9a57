from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.created_image_object import CreatedImageObject
from ..models.created_image_status import CreatedImageStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreatedImage")


@_attrs_define
class CreatedImage:
    """The page does not say which fields are always there; these two are indispensable.

    Attributes:
        id (str): The task id; the path value of the status call
        status (CreatedImageStatus): The page's table lists `queued` and `processing`, its failure example shows
            `failed`.
        object_ (CreatedImageObject | Unset): Always `image` here; the status call says `image.generation` of the same
            task
        created (int | Unset): Unix time in seconds
        model (str | Unset): The model asked for
        error (None | str | Unset): Why the task was refused; null, or not there, unless `status` is `failed`
    """

    id: str
    status: CreatedImageStatus
    object_: CreatedImageObject | Unset = UNSET
    created: int | Unset = UNSET
    model: str | Unset = UNSET
    error: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        status = self.status.value

        object_: str | Unset = UNSET
        if not isinstance(self.object_, Unset):
            object_ = self.object_.value

        created = self.created

        model = self.model

        error: None | str | Unset
        if isinstance(self.error, Unset):
            error = UNSET
        else:
            error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "status": status,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_
        if created is not UNSET:
            field_dict["created"] = created
        if model is not UNSET:
            field_dict["model"] = model
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        status = CreatedImageStatus(d.pop("status"))

        _object_ = d.pop("object", UNSET)
        object_: CreatedImageObject | Unset
        if isinstance(_object_, Unset):
            object_ = UNSET
        else:
            object_ = CreatedImageObject(_object_)

        created = d.pop("created", UNSET)

        model = d.pop("model", UNSET)

        def _parse_error(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error = _parse_error(d.pop("error", UNSET))

        created_image = cls(
            id=id,
            status=status,
            object_=object_,
            created=created,
            model=model,
            error=error,
        )

        created_image.additional_properties = d
        return created_image

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
