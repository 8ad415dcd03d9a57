"""
AI GPT Image: an envelope around everything, JSON inside of strings, Unix milliseconds.

Three layers to look at: HTTP, `code` (the HTTP status again), `data.state`. "The HTTP request itself can still return
200 while the task state is fail." The only vendor that deduplicates a submit, by X-Request-ID.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import ClassVar
from uuid import uuid4

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
    VideoInput,
    VideoResolution,
)
from imagetasks_clients.aigptimage.types import UNSET

from .._errors import ProviderError, UnsupportedRequest
from .._http.answer import Answer
from .._http.call import Call, error_of_status, refusal
from .._request import ImageRequest, Mode, Request, VideoRequest
from .._task import Kind, State, Task
from ._base import Provider, expect, from_milliseconds, optional, text

STATES = {
    TaskState.WAITING: State.PENDING,  # "pending or processing"
    TaskState.SUCCESS: State.SUCCEEDED,
    TaskState.FAIL: State.FAILED,  # "failed or was canceled": nothing tells which
}


class Aigptimage(Provider):
    name = "aigptimage"
    clients: ClassVar[ModuleType] = aigptimage
    submit_operation = "createTask"
    fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/input/prompt",
        "model": "/model",
        "aspect_ratio": "/input/aspect_ratio",
        "resolution": "/input/resolution",
        "quality": "/input/quality",
        "reference_images": "/input/image_urls",
        "idempotency_key": "header X-Request-ID",
        "extra": "/input",  # "All model parameters go inside input."
    }
    video_operation = "createTask"
    video_fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/input/prompt",
        "model": "/model",
        "mode": "/model",  # it is part of the name
        "duration": "/input/duration",
        "aspect_ratio": "/input/ratio",  # it wins over aspect_ratio "when both are present"
        "resolution": "/input/resolution",
        "first_image": "/input/image_urls/0",
        "idempotency_key": "header X-Request-ID",
        "extra": "/input",
    }

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        return self._create(request, _image_input(request), self._read_created)

    def build_video(self, request: VideoRequest) -> Call[Task]:
        _check_mode(request)
        read = partial(self._read_created, kind="video")
        return self._create(request, _video_input(request), read)

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(get_task.get_kwargs(task_id=task_id), self._read, self.refuse)

    def default_model(self, request: Request) -> str:
        if isinstance(request, VideoRequest):
            mode = _mode(request) or "text_to_video"
            return f"seedance-2.0-{mode.replace('_', '-')}"
        if request.reference_images:
            return Model.GPT_IMAGE_2_IMAGE_TO_IMAGE.value
        return Model.GPT_IMAGE_2_TEXT_TO_IMAGE.value

    def models(self, kind: Kind) -> tuple[str, ...]:
        # One operation makes both, and the name alone tells them apart.
        return tuple(name for name in super().models(kind) if _kind(name) == kind)

    def idempotency_key(self, request: Request) -> str:
        key = request.idempotency_key
        return str(uuid4()) if key is None else key

    def refuse(
        self, response: Answer, error: type[ProviderError] | None = None
    ) -> ProviderError:
        try:
            # inferred: seconds, as windowSeconds beside it is
            hint = max(float(response.json()["data"]["retryAfter"]), 0.0)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
            hint = None
        return refusal(self.name, response, error=error, retry_after=hint)

    def _create(
        self,
        request: Request,
        input_: TextToImageInput | ImageToImageInput | VideoInput,
        read: Callable[[Answer], Task],
    ) -> Call[Task]:
        kwargs = create_task.get_kwargs(
            body=CreateTaskRequest(
                model=Model(expect(request.model, str)), input_=input_
            ),
            x_request_id=optional(request.idempotency_key, str, UNSET),
        )
        return Call(kwargs, read, self.refuse)

    def _read_created(self, response: Answer, kind: Kind = "image") -> Task:
        code = response.json()["code"]
        # inferred: as with the HTTP status that it repeats, nobody knows whether the task was made
        if code == 408 or code >= 500:
            raise ValueError(f"its code is {code}")
        self._check_envelope(response)
        created = expect(create_task.parse_response(response), CreateTaskResponse)
        return self.submitted(
            id=created.data.task_id,
            kind=kind,
            state=State.PENDING,
            wire_state=None,
            raw=response.json(),
        )

    def _read(self, response: Answer) -> Task:
        self._check_envelope(response)
        task = expect(get_task.parse_response(response), GetTaskResponse).data
        state = STATES.get(task.state, State.UNKNOWN)
        return self.task(
            id=task.task_id,
            kind=_kind(str(task.model)),
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

    def _check_envelope(self, response: Answer) -> None:
        code = OkCode(response.json()["code"])
        if code is not OkCode.OK:  # "code" is the HTTP status again
            raise self.refuse(response, error_of_status(int(code)))


def _kind(model: str) -> Kind:
    return "video" if model.endswith("-to-video") else "image"


def _image_input(request: ImageRequest) -> TextToImageInput | ImageToImageInput:
    resolution = optional(request.resolution, ImageResolution, UNSET)
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


def _video_input(request: VideoRequest) -> VideoInput:
    given = request.first_image
    return VideoInput(
        # Reference to video needs none.
        prompt=request.prompt or UNSET,
        image_urls=[given] if given is not None else UNSET,
        ratio=optional(request.aspect_ratio, str, UNSET),
        resolution=optional(request.resolution, VideoResolution, UNSET),
        duration=UNSET if request.duration is None else request.duration,
    )


def _mode(request: VideoRequest) -> Mode | None:
    """What the request says of it; a text alone goes with any model."""
    return request.mode or ("image_to_video" if request.first_image else None)


def _check_mode(request: VideoRequest) -> None:
    mode, model = _mode(request), request.model or ""
    if mode and _kind(model) == "video" and not model.endswith(mode.replace("_", "-")):
        raise UnsupportedRequest(f"aigptimage: {model} makes no {mode}")


def _result_urls(result_json: object) -> list[str]:
    result = TaskResult.from_dict(json.loads(expect(result_json, str)))
    return expect(result.result_urls, list)


def _prompt(param: object) -> str | None:
    """The prompt in the echoed request, if it can be found: nothing depends on it."""
    try:
        return text(json.loads(expect(param, str))["input"]["prompt"])
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
