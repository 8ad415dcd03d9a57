"""
AI GPT Image: an envelope around everything, JSON inside of strings, Unix milliseconds.

Three layers to look at: HTTP, `code` (the HTTP status again), `data.state`. "The HTTP request itself can still return
200 while the task state is fail." The only vendor that deduplicates a submit, by X-Request-ID.
"""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any, ClassVar
from uuid import uuid4

import httpx
from imagetasks_clients import aigptimage
from imagetasks_clients.aigptimage.api.tasks import create_task, get_task
from imagetasks_clients.aigptimage.models import (
    CreateTaskRequest,
    CreateTaskResponse,
    GetTaskResponse,
    ImageResolution,
    ImageToImageInput,
    Model,
    OkCode,
    TaskResult,
    TaskState,
    TextToImageInput,
)
from imagetasks_clients.aigptimage.types import UNSET

from .._errors import ProviderError
from .._http.call import Call, error_of_status, refusal
from .._request import ImageRequest
from .._task import State, Task
from ._base import Provider, expect, from_milliseconds, optional, text

STATES = {
    TaskState.WAITING: State.PENDING,  # "pending or processing"
    TaskState.SUCCESS: State.SUCCEEDED,
    TaskState.FAIL: State.FAILED,  # "failed or was canceled": nothing tells which
}


class Aigptimage(Provider):
    name = "aigptimage"
    clients: ClassVar[ModuleType] = aigptimage
    fields = frozenset(
        {"aspect_ratio", "resolution", "quality", "reference_images", "idempotency_key"}
    )
    submit_operation = "createTask"

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        body = CreateTaskRequest(
            model=_model(request),
            input_=_input(request),
        )
        kwargs = create_task.get_kwargs(
            body=body, x_request_id=optional(request.idempotency_key, str, UNSET)
        )
        return Call(kwargs, self._read_created, self.refuse)

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(get_task.get_kwargs(task_id=task_id), self._read, self.refuse)

    def idempotency_key(self, request: ImageRequest) -> str:
        key = request.idempotency_key
        return str(uuid4()) if key is None else key

    def extra_target(self, body: dict[str, Any]) -> dict[str, Any]:
        # "All model parameters go inside input."
        return expect(body["input"], dict)

    def refuse(
        self, response: httpx.Response, error: type[ProviderError] | None = None
    ) -> ProviderError:
        try:
            # inferred: seconds, as windowSeconds beside it is
            hint = max(float(response.json()["data"]["retryAfter"]), 0.0)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
            hint = None
        return refusal(self.name, response, error=error, retry_after=hint)

    def _read_created(self, response: httpx.Response) -> Task:
        self._check_envelope(response)
        created = expect(create_task.parse_response(response), CreateTaskResponse)
        return self.submitted(
            id=created.data.task_id,
            state=State.PENDING,
            wire_state=None,
            raw=response.json(),
        )

    def _read(self, response: httpx.Response) -> Task:
        self._check_envelope(response)
        task = expect(get_task.parse_response(response), GetTaskResponse).data
        state = STATES.get(task.state, State.UNKNOWN)
        return self.task(
            id=task.task_id,
            kind="video" if str(task.model).endswith("-to-video") else "image",
            state=state,
            wire_state=task.state,
            urls=_result_urls(task.result_json) if state is State.SUCCEEDED else (),
            error_code=task.fail_code,
            error_message=task.fail_msg,
            model=task.model,
            prompt=_prompt(task.param),
            created_at=from_milliseconds(task.create_time),
            finished_at=from_milliseconds(task.complete_time),
            raw=response.json(),
        )

    def _check_envelope(self, response: httpx.Response) -> None:
        code = OkCode(response.json()["code"])
        if code is not OkCode.OK:  # "code" is the HTTP status again
            raise self.refuse(response, error_of_status(int(code)))


def _model(request: ImageRequest) -> Model:
    if request.model is not None:
        return Model(request.model)
    if request.reference_images:
        return Model.GPT_IMAGE_2_IMAGE_TO_IMAGE
    return Model.GPT_IMAGE_2_TEXT_TO_IMAGE


def _input(request: ImageRequest) -> TextToImageInput | ImageToImageInput:
    resolution = optional(
        request.resolution, lambda r: ImageResolution(r.upper()), UNSET
    )
    if not request.reference_images:
        return TextToImageInput(
            prompt=request.prompt,
            aspect_ratio=optional(request.aspect_ratio, str, UNSET),
            resolution=resolution,
            quality=optional(request.quality, str, UNSET),
        )
    image_to_image = ImageToImageInput(
        prompt=request.prompt,
        # One version of the page requires input_urls; the other, and both tables of models, image_urls.
        image_urls=list(request.reference_images),
        aspect_ratio=optional(request.aspect_ratio, str, UNSET),
        resolution=resolution,
    )
    # Documented for text to image only; what is not documented is sent.
    if request.quality is not None:
        image_to_image["quality"] = request.quality
    return image_to_image


def _result_urls(result_json: object) -> list[str]:
    result = TaskResult.from_dict(json.loads(expect(result_json, str)))
    return expect(result.result_urls, list)


def _prompt(param: object) -> str | None:
    """The prompt in the echoed request, if it can be found: nothing depends on it."""
    try:
        return text(json.loads(expect(param, str))["input"]["prompt"])
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
