"""
XINGCHAOYIQING: flat answers, Unix seconds, pictures that live for 24 hours.

Nothing is documented of refusals by HTTP status, of rate limits, or of repeating a submit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import ClassVar

from imagetasks_clients import xingchaoyiqing
from imagetasks_clients.xingchaoyiqing.api.images import create_image, get_image
from imagetasks_clients.xingchaoyiqing.models import (
    CreatedImage,
    CreatedImageStatus,
    CreateImageRequest,
    Image,
    ImageStatus,
    Model,
    Quality,
    Ratio,
    Resolution,
)
from imagetasks_clients.xingchaoyiqing.types import UNSET

from .._http.answer import Answer
from .._http.call import Call
from .._request import ImageRequest, Request
from .._task import State, Task
from ._base import Provider, expect, from_seconds, optional

STATES = {
    ImageStatus.QUEUED: State.QUEUED,
    ImageStatus.PROCESSING: State.RUNNING,
    ImageStatus.COMPLETED: State.SUCCEEDED,
    ImageStatus.FAILED: State.FAILED,
}

# "error ... only populated when status is failed": a refusal of the create call can come as a normal body.
STATES_AT_CREATE = {
    CreatedImageStatus.QUEUED: State.QUEUED,
    CreatedImageStatus.PROCESSING: State.RUNNING,
    CreatedImageStatus.FAILED: State.FAILED,
}


class Xingchaoyiqing(Provider):
    name = "xingchaoyiqing"
    clients: ClassVar[ModuleType] = xingchaoyiqing
    submit_operation = "createImage"
    fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/prompt",
        "model": "/model",
        "aspect_ratio": "/ratio",
        "resolution": "/resolution",
        "size": "/size",
        "quality": "/quality",
        "reference_images": "/image_urls",
        "extra": "",
    }

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        body = CreateImageRequest(
            model=Model(expect(request.model, str)),
            prompt=request.prompt,
            quality=optional(request.quality, Quality, UNSET),
            ratio=optional(request.aspect_ratio, Ratio, UNSET),
            resolution=optional(request.resolution, Resolution, UNSET),
            size=optional(request.size, str, UNSET),
            image_urls=list(request.reference_images) or UNSET,
        )
        return Call(create_image.get_kwargs(body=body), self._read_created, self.refuse)

    def default_model(self, request: Request) -> str:
        return "gpt-image-2"

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(get_image.get_kwargs(task_id), self._read, self.refuse)

    def _read_created(self, response: Answer) -> Task:
        created = expect(create_image.parse_response(response), CreatedImage)
        return self.submitted(
            id=created.id,
            state=STATES_AT_CREATE.get(created.status, State.UNKNOWN),
            wire_state=created.status,
            error_message=created.error,
            model=created.model,
            created_at=from_seconds(created.created),
            raw=response.json(),
        )

    def _read(self, response: Answer) -> Task:
        image = expect(get_image.parse_response(response), Image)
        state = STATES.get(image.status, State.UNKNOWN)
        return self.task(
            id=image.id,
            state=state,
            wire_state=image.status,
            urls=[image.image_url] if state is State.SUCCEEDED else (),
            error_message=image.error,
            model=image.model,
            created_at=from_seconds(image.created),
            raw=response.json(),
        )
