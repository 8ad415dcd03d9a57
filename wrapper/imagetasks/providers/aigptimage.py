"""
AI GPT Image: an envelope around everything, JSON inside of strings, Unix milliseconds.

Three layers to look at: HTTP, `code` (the HTTP status again), `data.state`. "The HTTP request itself can still return
200 while the task state is fail." The only vendor that deduplicates a submit, by X-Request-ID.
"""

from __future__ import annotations

from uuid import uuid4

from imagetasks_clients import aigptimage
from imagetasks_clients.aigptimage.api.tasks import create_task, get_task

from .._errors import UnsupportedRequest
from .._http.answer import Answer
from .._request import Mode, Request, VideoRequest
from .._specs.schema import Json
from .._task import Kind, Reason, State
from ._base import Provider
from ._codes import Codes
from ._operations import Operation, Submit
from ._places import At
from ._reasons import FailureReason

FIELDS = {
    "prompt": "/input/prompt",
    "model": "/model",
    "aspect_ratio": "/input/aspect_ratio",
    "resolution": "/input/resolution",
    # Documented for text to image only; what is not documented is sent.
    "quality": "/input/quality",
    # One version of the page requires input_urls; the other, and both tables of models, image_urls.
    "reference_images": "/input/image_urls",
    "idempotency_key": "header X-Request-ID",
    "extra": "/input",  # "All model parameters go inside input."
}
VIDEO_FIELDS = {
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
AT = At(
    id="/data/taskId",
    state="/data/state",
    result="/data/resultJson json /resultUrls",
    model="/data/model",
    prompt="/data/param json /input/prompt",
    created="/data/createTime",
    finished="/data/completeTime",
    error_code="/data/failCode",
    error_message="/data/failMsg",
)
STATES = {
    "waiting": State.PENDING,  # "pending or processing"
    "success": State.SUCCEEDED,
    "fail": State.FAILED,  # "failed or was canceled": nothing tells which
}
# The codes are not listed; the one that is shown, "400", says nothing without its words.
REASONS = (
    FailureReason(Reason.CONTENT_POLICY, words="violate OpenAI's content policies"),
)
# inferred: seconds, as windowSeconds beside it is; and that a 5xx leaves open whether the task was made, as in HTTP
CODES = Codes("/code", ok=200, of_http=True, retry_after="/data/retryAfter")


class Aigptimage(Provider):
    name = "aigptimage"
    clients = aigptimage
    images = Submit("createTask", create_task, FIELDS, may_lack_state=True)
    videos = Submit("createTask", create_task, VIDEO_FIELDS, may_lack_state=True)
    status = Operation("getTask", get_task)
    at = AT
    states = STATES
    times = "milliseconds"
    codes = CODES
    reasons = REASONS

    def amend(self, request: Request, body: dict[str, Json]) -> None:
        if not isinstance(request, VideoRequest):
            return
        mode, model = _mode(request), request.model or ""
        is_of_mode = mode is None or model.endswith(mode.replace("_", "-"))
        if _kind(model) == "video" and not is_of_mode:
            raise UnsupportedRequest(f"aigptimage: {model} makes no {mode}")
        if not request.prompt:  # reference to video needs none
            del body["input"]["prompt"]

    def kind(self, document: Json, response: Answer) -> Kind:
        return _kind(str(document["data"].get("model")))

    def default_model(self, request: Request) -> str:
        if isinstance(request, VideoRequest):
            mode = _mode(request) or "text_to_video"
            return f"seedance-2.0-{mode.replace('_', '-')}"
        source = "image" if request.reference_images else "text"
        return f"gpt-image-2-{source}-to-image"

    def models(self, kind: Kind) -> tuple[str, ...]:
        # One operation makes both, and the name alone tells them apart.
        return tuple(name for name in super().models(kind) if _kind(name) == kind)

    def idempotency_key(self, request: Request) -> str:
        key = request.idempotency_key
        return str(uuid4()) if key is None else key


def _kind(model: str) -> Kind:
    return "video" if model.endswith("-to-video") else "image"


def _mode(request: VideoRequest) -> Mode | None:
    """What the request says of it; a text alone goes with any model."""
    return request.mode or ("image_to_video" if request.first_image else None)
