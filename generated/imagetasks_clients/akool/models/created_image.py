from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_status import ImageStatus
from ..models.sub_type import SubType
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreatedImage")


@_attrs_define
class CreatedImage:
    """One task. The page's batch example leaves out `image_sub_status`, `origin_prompt`, `source_image`, `provider`
    and `file_name`.

        Attributes:
            field_id (str): The task id; `image_model_id` of the status call
            image_status (ImageStatus): 1 in queue, 2 processing, 3 completed, 4 failed
            create_time (int | Unset): Unix time in milliseconds
            uid (int | Unset): The user
            team_id (str | Unset): The team
            prompt (str | Unset): The prompt used for generation
            origin_prompt (str | Unset): The prompt as sent
            source_image (str | Unset): The source image; empty when there is none
            image_sub_status (int | Unset): For detailed tracking, as the page puts it; 1 in its example, other values are
                not documented
            deduction_credit (int | Unset): Credits charged for this image
            model_name (str | Unset): The model that draws
            provider (str | Unset): The company that runs the model; `wavespeed-ai` in the table
            type_ (int | Unset): 4 is image generation, by the table of this call; 3 in the example of the status call
            from_ (int | Unset): 4 is the v4 API, by the table of this call; the other create calls show 1
            sub_type (None | SubType | Unset):
            file_name (str | Unset): Name of the image file
    """

    field_id: str
    image_status: ImageStatus
    create_time: int | Unset = UNSET
    uid: int | Unset = UNSET
    team_id: str | Unset = UNSET
    prompt: str | Unset = UNSET
    origin_prompt: str | Unset = UNSET
    source_image: str | Unset = UNSET
    image_sub_status: int | Unset = UNSET
    deduction_credit: int | Unset = UNSET
    model_name: str | Unset = UNSET
    provider: str | Unset = UNSET
    type_: int | Unset = UNSET
    from_: int | Unset = UNSET
    sub_type: None | SubType | Unset = UNSET
    file_name: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_id = self.field_id

        image_status = self.image_status.value

        create_time = self.create_time

        uid = self.uid

        team_id = self.team_id

        prompt = self.prompt

        origin_prompt = self.origin_prompt

        source_image = self.source_image

        image_sub_status = self.image_sub_status

        deduction_credit = self.deduction_credit

        model_name = self.model_name

        provider = self.provider

        type_ = self.type_

        from_ = self.from_

        sub_type: int | None | Unset
        if isinstance(self.sub_type, Unset):
            sub_type = UNSET
        elif isinstance(self.sub_type, SubType):
            sub_type = self.sub_type.value
        else:
            sub_type = self.sub_type

        file_name = self.file_name

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
        if team_id is not UNSET:
            field_dict["team_id"] = team_id
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if origin_prompt is not UNSET:
            field_dict["origin_prompt"] = origin_prompt
        if source_image is not UNSET:
            field_dict["source_image"] = source_image
        if image_sub_status is not UNSET:
            field_dict["image_sub_status"] = image_sub_status
        if deduction_credit is not UNSET:
            field_dict["deduction_credit"] = deduction_credit
        if model_name is not UNSET:
            field_dict["model_name"] = model_name
        if provider is not UNSET:
            field_dict["provider"] = provider
        if type_ is not UNSET:
            field_dict["type"] = type_
        if from_ is not UNSET:
            field_dict["from"] = from_
        if sub_type is not UNSET:
            field_dict["sub_type"] = sub_type
        if file_name is not UNSET:
            field_dict["file_name"] = file_name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        field_id = d.pop("_id")

        image_status = ImageStatus(d.pop("image_status"))

        create_time = d.pop("create_time", UNSET)

        uid = d.pop("uid", UNSET)

        team_id = d.pop("team_id", UNSET)

        prompt = d.pop("prompt", UNSET)

        origin_prompt = d.pop("origin_prompt", UNSET)

        source_image = d.pop("source_image", UNSET)

        image_sub_status = d.pop("image_sub_status", UNSET)

        deduction_credit = d.pop("deduction_credit", UNSET)

        model_name = d.pop("model_name", UNSET)

        provider = d.pop("provider", UNSET)

        type_ = d.pop("type", UNSET)

        from_ = d.pop("from", UNSET)

        def _parse_sub_type(data: object) -> None | SubType | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, int):
                    raise TypeError()
                sub_type_type_0 = SubType(data)

                return sub_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SubType | Unset, data)

        sub_type = _parse_sub_type(d.pop("sub_type", UNSET))

        file_name = d.pop("file_name", UNSET)

        created_image = cls(
            field_id=field_id,
            image_status=image_status,
            create_time=create_time,
            uid=uid,
            team_id=team_id,
            prompt=prompt,
            origin_prompt=origin_prompt,
            source_image=source_image,
            image_sub_status=image_sub_status,
            deduction_credit=deduction_credit,
            model_name=model_name,
            provider=provider,
            type_=type_,
            from_=from_,
            sub_type=sub_type,
            file_name=file_name,
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
