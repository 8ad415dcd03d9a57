from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_object import ImageObject
from ..models.image_status import ImageStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="Image")


@_attrs_define
class Image:
    """The page does not say which fields are always there; these two are indispensable.

    Attributes:
        id (str): The task id
        status (ImageStatus):
        object_ (ImageObject | Unset): Always `image.generation` here; the create call says `image`
        created (int | Unset): Unix time in seconds
        model (str | Unset): The model asked for
        image_url (None | str | Unset): The picture, valid for 24 hours; null, or not there, unless `status` is
            `completed`
        error (None | str | Unset): Free text, no code; null, or not there, unless `status` is `failed`
    """

    id: str
    status: ImageStatus
    object_: ImageObject | Unset = UNSET
    created: int | Unset = UNSET
    model: str | Unset = UNSET
    image_url: None | str | Unset = UNSET
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

        image_url: None | str | Unset
        if isinstance(self.image_url, Unset):
            image_url = UNSET
        else:
            image_url = self.image_url

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
        if image_url is not UNSET:
            field_dict["image_url"] = image_url
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        status = ImageStatus(d.pop("status"))

        _object_ = d.pop("object", UNSET)
        object_: ImageObject | Unset
        if isinstance(_object_, Unset):
            object_ = UNSET
        else:
            object_ = ImageObject(_object_)

        created = d.pop("created", UNSET)

        model = d.pop("model", UNSET)

        def _parse_image_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        image_url = _parse_image_url(d.pop("image_url", UNSET))

        def _parse_error(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error = _parse_error(d.pop("error", UNSET))

        image = cls(
            id=id,
            status=status,
            object_=object_,
            created=created,
            model=model,
            image_url=image_url,
            error=error,
        )

        image.additional_properties = d
        return image

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
