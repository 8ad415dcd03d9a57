from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.task_status import TaskStatus
from ..models.task_type import TaskType
from ..types import UNSET, Unset

T = TypeVar("T", bound="Task")


@_attrs_define
class Task:
    """One of two documented spellings. No page says which fields are always there, so only `status` and one of
    the ids are required. A field that does not apply yet may be left out or null.

        Attributes:
            status (TaskStatus): 0 pending, 1 completed, 2 failed. The vendor does not distinguish queued from running.
            task_id (str | Unset): The task id, in the reference spelling. Opaque.
            id (str | Unset): The task id, in the quickstart's spelling. Opaque.
            type_ (TaskType | Unset):
            model (str | Unset): The model asked for. Reference spelling; the quickstart does not show it.
            prompt (str | Unset): The prompt. Reference spelling; the quickstart does not show it.
            image_urls (list[str] | None | Unset): The pictures of a completed image task, in the reference spelling
            output_image_urls (list[str] | None | Unset): The pictures of a completed image task, in the quickstart's
                spelling
            video_url (None | str | Unset): The clip of a completed video task, in the reference spelling; the quickstart
                shows no video task
            error_code (None | str | Unset): Why the task failed. `EMPTY_RESULT`: the provider reported success without a
                URL. `STORAGE_ERROR`: the
                vendor could not store the result. Codes of the model's provider are passed on, so the list is open.
            error_message (None | str | Unset): Why the task failed, as free text
            credits_used (int | Unset): The price taken at submission
            credits_refunded (bool | Unset): Whether the price of a failed task was given back, in the reference spelling
            credit_refunded (bool | Unset): Whether the price of a failed task was given back, in the quickstart's spelling
            created_at (str | Unset): ISO 8601, UTC, seen with and without milliseconds. Missing in the quickstart's
                completed snapshot.
            updated_at (str | Unset): ISO 8601, UTC. Reference spelling. Not documented as the time of completion.
            completed_at (None | str | Unset): ISO 8601, UTC; null while the task is pending. Quickstart's spelling.
    """

    status: TaskStatus
    task_id: str | Unset = UNSET
    id: str | Unset = UNSET
    type_: TaskType | Unset = UNSET
    model: str | Unset = UNSET
    prompt: str | Unset = UNSET
    image_urls: list[str] | None | Unset = UNSET
    output_image_urls: list[str] | None | Unset = UNSET
    video_url: None | str | Unset = UNSET
    error_code: None | str | Unset = UNSET
    error_message: None | str | Unset = UNSET
    credits_used: int | Unset = UNSET
    credits_refunded: bool | Unset = UNSET
    credit_refunded: bool | Unset = UNSET
    created_at: str | Unset = UNSET
    updated_at: str | Unset = UNSET
    completed_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status.value

        task_id = self.task_id

        id = self.id

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_.value

        model = self.model

        prompt = self.prompt

        image_urls: list[str] | None | Unset
        if isinstance(self.image_urls, Unset):
            image_urls = UNSET
        elif isinstance(self.image_urls, list):
            image_urls = self.image_urls

        else:
            image_urls = self.image_urls

        output_image_urls: list[str] | None | Unset
        if isinstance(self.output_image_urls, Unset):
            output_image_urls = UNSET
        elif isinstance(self.output_image_urls, list):
            output_image_urls = self.output_image_urls

        else:
            output_image_urls = self.output_image_urls

        video_url: None | str | Unset
        if isinstance(self.video_url, Unset):
            video_url = UNSET
        else:
            video_url = self.video_url

        error_code: None | str | Unset
        if isinstance(self.error_code, Unset):
            error_code = UNSET
        else:
            error_code = self.error_code

        error_message: None | str | Unset
        if isinstance(self.error_message, Unset):
            error_message = UNSET
        else:
            error_message = self.error_message

        credits_used = self.credits_used

        credits_refunded = self.credits_refunded

        credit_refunded = self.credit_refunded

        created_at = self.created_at

        updated_at = self.updated_at

        completed_at: None | str | Unset
        if isinstance(self.completed_at, Unset):
            completed_at = UNSET
        else:
            completed_at = self.completed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if task_id is not UNSET:
            field_dict["taskId"] = task_id
        if id is not UNSET:
            field_dict["id"] = id
        if type_ is not UNSET:
            field_dict["type"] = type_
        if model is not UNSET:
            field_dict["model"] = model
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if image_urls is not UNSET:
            field_dict["imageUrls"] = image_urls
        if output_image_urls is not UNSET:
            field_dict["outputImageUrls"] = output_image_urls
        if video_url is not UNSET:
            field_dict["videoUrl"] = video_url
        if error_code is not UNSET:
            field_dict["errorCode"] = error_code
        if error_message is not UNSET:
            field_dict["errorMessage"] = error_message
        if credits_used is not UNSET:
            field_dict["creditsUsed"] = credits_used
        if credits_refunded is not UNSET:
            field_dict["creditsRefunded"] = credits_refunded
        if credit_refunded is not UNSET:
            field_dict["creditRefunded"] = credit_refunded
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at
        if completed_at is not UNSET:
            field_dict["completedAt"] = completed_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = TaskStatus(d.pop("status"))

        task_id = d.pop("taskId", UNSET)

        id = d.pop("id", UNSET)

        _type_ = d.pop("type", UNSET)
        type_: TaskType | Unset
        if isinstance(_type_, Unset):
            type_ = UNSET
        else:
            type_ = TaskType(_type_)

        model = d.pop("model", UNSET)

        prompt = d.pop("prompt", UNSET)

        def _parse_image_urls(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                image_urls_type_0 = cast(list[str], data)

                return image_urls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        image_urls = _parse_image_urls(d.pop("imageUrls", UNSET))

        def _parse_output_image_urls(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                output_image_urls_type_0 = cast(list[str], data)

                return output_image_urls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        output_image_urls = _parse_output_image_urls(d.pop("outputImageUrls", UNSET))

        def _parse_video_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        video_url = _parse_video_url(d.pop("videoUrl", UNSET))

        def _parse_error_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error_code = _parse_error_code(d.pop("errorCode", UNSET))

        def _parse_error_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error_message = _parse_error_message(d.pop("errorMessage", UNSET))

        credits_used = d.pop("creditsUsed", UNSET)

        credits_refunded = d.pop("creditsRefunded", UNSET)

        credit_refunded = d.pop("creditRefunded", UNSET)

        created_at = d.pop("createdAt", UNSET)

        updated_at = d.pop("updatedAt", UNSET)

        def _parse_completed_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        completed_at = _parse_completed_at(d.pop("completedAt", UNSET))

        task = cls(
            status=status,
            task_id=task_id,
            id=id,
            type_=type_,
            model=model,
            prompt=prompt,
            image_urls=image_urls,
            output_image_urls=output_image_urls,
            video_url=video_url,
            error_code=error_code,
            error_message=error_message,
            credits_used=credits_used,
            credits_refunded=credits_refunded,
            credit_refunded=credit_refunded,
            created_at=created_at,
            updated_at=updated_at,
            completed_at=completed_at,
        )

        task.additional_properties = d
        return task

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
