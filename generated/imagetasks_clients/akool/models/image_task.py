from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.button import Button
from ..models.image_status import ImageStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="ImageTask")


@_attrs_define
class ImageTask:
    """
    Attributes:
        field_id (str): The task id
        image_status (ImageStatus): 1 in queue, 2 processing, 3 completed, 4 failed
        create_time (int | Unset): Unix time in milliseconds
        uid (int | Unset): The user
        type_ (int | Unset): 3 in the example; its table names no values. 4 is image generation, by the table of the v4
            call.
        image (None | str | Unset): The picture by URL once `image_status` is 3, valid for 7 days. Whether it is absent,
            null or empty before is
            not documented.
        deduction_credit (int | Unset): Credits charged. Whether they come back when `image_status` is 4 is not
            documented.
        buttons (list[Button] | None | Unset): What `createByButton` can be asked for; called `display_buttons` in an
            older documentation
        used_buttons (list[Button] | None | Unset): What it was asked for already
        upscaled_urls (list[str] | None | Unset): Upscaled images by URL
        faceswap_quality (int | Unset): In the example only; its meaning is not documented
    """

    field_id: str
    image_status: ImageStatus
    create_time: int | Unset = UNSET
    uid: int | Unset = UNSET
    type_: int | Unset = UNSET
    image: None | str | Unset = UNSET
    deduction_credit: int | Unset = UNSET
    buttons: list[Button] | None | Unset = UNSET
    used_buttons: list[Button] | None | Unset = UNSET
    upscaled_urls: list[str] | None | Unset = UNSET
    faceswap_quality: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_id = self.field_id

        image_status = self.image_status.value

        create_time = self.create_time

        uid = self.uid

        type_ = self.type_

        image: None | str | Unset
        if isinstance(self.image, Unset):
            image = UNSET
        else:
            image = self.image

        deduction_credit = self.deduction_credit

        buttons: list[str] | None | Unset
        if isinstance(self.buttons, Unset):
            buttons = UNSET
        elif isinstance(self.buttons, list):
            buttons = []
            for buttons_type_0_item_data in self.buttons:
                buttons_type_0_item = buttons_type_0_item_data.value
                buttons.append(buttons_type_0_item)

        else:
            buttons = self.buttons

        used_buttons: list[str] | None | Unset
        if isinstance(self.used_buttons, Unset):
            used_buttons = UNSET
        elif isinstance(self.used_buttons, list):
            used_buttons = []
            for used_buttons_type_0_item_data in self.used_buttons:
                used_buttons_type_0_item = used_buttons_type_0_item_data.value
                used_buttons.append(used_buttons_type_0_item)

        else:
            used_buttons = self.used_buttons

        upscaled_urls: list[str] | None | Unset
        if isinstance(self.upscaled_urls, Unset):
            upscaled_urls = UNSET
        elif isinstance(self.upscaled_urls, list):
            upscaled_urls = self.upscaled_urls

        else:
            upscaled_urls = self.upscaled_urls

        faceswap_quality = self.faceswap_quality

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "_id": field_id,
                "image_status": image_status,
            }
        )
        if create_time is not UNSET:
            field_dict["create_time"] = create_time
        if uid is not UNSET:
            field_dict["uid"] = uid
        if type_ is not UNSET:
            field_dict["type"] = type_
        if image is not UNSET:
            field_dict["image"] = image
        if deduction_credit is not UNSET:
            field_dict["deduction_credit"] = deduction_credit
        if buttons is not UNSET:
            field_dict["buttons"] = buttons
        if used_buttons is not UNSET:
            field_dict["used_buttons"] = used_buttons
        if upscaled_urls is not UNSET:
            field_dict["upscaled_urls"] = upscaled_urls
        if faceswap_quality is not UNSET:
            field_dict["faceswap_quality"] = faceswap_quality

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        field_id = d.pop("_id")

        image_status = ImageStatus(d.pop("image_status"))

        create_time = d.pop("create_time", UNSET)

        uid = d.pop("uid", UNSET)

        type_ = d.pop("type", UNSET)

        def _parse_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        image = _parse_image(d.pop("image", UNSET))

        deduction_credit = d.pop("deduction_credit", UNSET)

        def _parse_buttons(data: object) -> list[Button] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                buttons_type_0 = []
                _buttons_type_0 = data
                for buttons_type_0_item_data in _buttons_type_0:
                    buttons_type_0_item = Button(buttons_type_0_item_data)

                    buttons_type_0.append(buttons_type_0_item)

                return buttons_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Button] | None | Unset, data)

        buttons = _parse_buttons(d.pop("buttons", UNSET))

        def _parse_used_buttons(data: object) -> list[Button] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                used_buttons_type_0 = []
                _used_buttons_type_0 = data
                for used_buttons_type_0_item_data in _used_buttons_type_0:
                    used_buttons_type_0_item = Button(used_buttons_type_0_item_data)

                    used_buttons_type_0.append(used_buttons_type_0_item)

                return used_buttons_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Button] | None | Unset, data)

        used_buttons = _parse_used_buttons(d.pop("used_buttons", UNSET))

        def _parse_upscaled_urls(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                upscaled_urls_type_0 = cast(list[str], data)

                return upscaled_urls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        upscaled_urls = _parse_upscaled_urls(d.pop("upscaled_urls", UNSET))

        faceswap_quality = d.pop("faceswap_quality", UNSET)

        image_task = cls(
            field_id=field_id,
            image_status=image_status,
            create_time=create_time,
            uid=uid,
            type_=type_,
            image=image,
            deduction_credit=deduction_credit,
            buttons=buttons,
            used_buttons=used_buttons,
            upscaled_urls=upscaled_urls,
            faceswap_quality=faceswap_quality,
        )

        image_task.additional_properties = d
        return image_task

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
