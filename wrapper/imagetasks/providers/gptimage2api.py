"""
gptimage2api.org: flat answers, ISO 8601 times, one status call for images and videos.

A snapshot is documented in two spellings: the reference page's (taskId, imageUrls, creditsRefunded) and the
quickstart's (id, outputImageUrls, creditRefunded). Submits are not idempotent, as the vendor says itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import ClassVar

from imagetasks_clients import gptimage2api
from imagetasks_clients.gptimage2api.api.images import generate_image
from imagetasks_clients.gptimage2api.api.tasks import get_task
from imagetasks_clients.gptimage2api.api.videos import generate_video
from imagetasks_clients.gptimage2api.models import (
    GenerateImageRequest,
    GenerateVideoRequest,
    ImageModel,
    InputMode,
    SubmittedTask,
    TaskStatus,
    TaskType,
    VideoModel,
)
from imagetasks_clients.gptimage2api.models import Task as Snapshot
from imagetasks_clients.gptimage2api.types import UNSET, Unset

from .._errors import UnsupportedRequest
from .._http.answer import Answer
from .._http.call import Call
from .._request import ImageRequest, Request, VideoRequest
from .._task import Kind, State, Task
from ._base import Provider, expect, from_iso, optional

STATES = {
    TaskStatus.PENDING: State.PENDING,  # 0, which is falsy; no queued and running apart
    TaskStatus.COMPLETED: State.SUCCEEDED,  # 1, which is "queued" at another vendor
    TaskStatus.FAILED: State.FAILED,
}


class Gptimage2api(Provider):
    name = "gptimage2api"
    clients: ClassVar[ModuleType] = gptimage2api
    submit_operation = "generateImage"
    # Resolutions are priced, but no page that was read names their field.
    fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/prompt",
        "model": "/model",
        "aspect_ratio": "/aspectRatio",
        "reference_images": "/inputImageUrls",
        "extra": "",
    }
    video_operation = "generateVideo"
    video_fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/prompt",
        "model": "/model",
        "mode": "/inputMode",
        "duration": "/duration",
        "aspect_ratio": "/aspectRatio",
        "first_image": "/inputImageUrls/0",
        "extra": "",
    }

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        body = GenerateImageRequest(
            prompt=request.prompt,
            model=ImageModel(expect(request.model, str)),
            input_image_urls=list(request.reference_images) or UNSET,
            aspect_ratio=optional(request.aspect_ratio, str, UNSET),
        )
        kwargs = generate_image.get_kwargs(body=body)
        return Call(kwargs, self._read_submitted, self.refuse)

    def build_video(self, request: VideoRequest) -> Call[Task]:
        if request.model is None:
            raise UnsupportedRequest(
                f"gptimage2api: no page names a default model for videos; there are {', '.join(self.models('video'))}"
            )
        given = request.first_image
        mode = request.mode or ("image_to_video" if given else "text_to_video")
        body = GenerateVideoRequest(
            prompt=request.prompt,
            model=VideoModel(request.model),
            input_mode=InputMode(mode),
            input_image_urls=[given] if given is not None else UNSET,
            duration=UNSET if request.duration is None else request.duration,
            aspect_ratio=optional(request.aspect_ratio, str, UNSET),
        )
        kwargs = generate_video.get_kwargs(body=body)
        return Call(kwargs, partial(self._read_submitted, kind="video"), self.refuse)

    def default_model(self, request: Request) -> str | None:
        return "gpt-image-2" if isinstance(request, ImageRequest) else None

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(get_task.get_kwargs(task_id), self._read, self.refuse)

    def _read_submitted(self, response: Answer, kind: Kind = "image") -> Task:
        # The pages show no answer of the video call; the spec describes it like the one of the image call.
        submitted = expect(generate_image.parse_response(response), SubmittedTask)
        return self.submitted(
            kind=kind,
            id=submitted.task_id,
            state=_submitted_state(submitted),
            wire_state=None
            if isinstance(submitted.status, Unset)
            else submitted.status,
            credits_used=submitted.credits_used,
            raw=response.json(),
        )

    def _read(self, response: Answer) -> Task:
        task = expect(get_task.parse_response(response), Snapshot)
        state = STATES.get(task.status, State.UNKNOWN)
        return self.task(
            id=task.task_id or task.id,
            kind="video" if _is_video(task) else "image",
            state=state,
            wire_state=task.status,
            urls=_result_urls(task) if state is State.SUCCEEDED else (),
            error_code=task.error_code,
            error_message=task.error_message,
            model=task.model,
            prompt=task.prompt,
            created_at=from_iso(task.created_at),
            finished_at=from_iso(task.completed_at),  # updatedAt is not said to be that
            credits_used=task.credits_used,
            refunded=(
                task.credit_refunded
                if task.credits_refunded is UNSET
                else task.credits_refunded
            ),
            raw=response.json(),
        )


def _submitted_state(submitted: SubmittedTask) -> State:
    if isinstance(submitted.status, Unset):
        return State.PENDING
    return STATES.get(submitted.status, State.UNKNOWN)


def _is_video(task: Snapshot) -> bool:
    if isinstance(task.type_, Unset):
        return bool(task.video_url)
    return task.type_ is TaskType.VIDEO


def _result_urls(task: Snapshot) -> list[str]:
    if _is_video(task):
        return [task.video_url] if task.video_url else []
    return expect(task.image_urls or task.output_image_urls or [], list)
