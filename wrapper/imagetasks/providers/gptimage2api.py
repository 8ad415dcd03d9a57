"""
gptimage2api.org: flat answers, ISO 8601 times, one status call for images and videos.

A snapshot is documented in two spellings: the reference page's (taskId, imageUrls, creditsRefunded) and the
quickstart's (id, outputImageUrls, creditRefunded). Submits are not idempotent, as the vendor says itself.
"""

from __future__ import annotations

from imagetasks_clients import gptimage2api
from imagetasks_clients.gptimage2api.api.images import generate_image
from imagetasks_clients.gptimage2api.api.tasks import get_task
from imagetasks_clients.gptimage2api.api.videos import generate_video

from .._errors import UnsupportedRequest
from .._request import Request, VideoRequest
from .._specs.schema import Json
from .._task import Reason, State
from ._base import Provider
from ._operations import Operation, Submit
from ._places import At
from ._reasons import FailureReason

# Resolutions are priced, but no page that was read names their field.
FIELDS = {
    "prompt": "/prompt",
    "model": "/model",
    "aspect_ratio": "/aspectRatio",
    "reference_images": "/inputImageUrls",
    "extra": "",
}
VIDEO_FIELDS = {
    "prompt": "/prompt",
    "model": "/model",
    "mode": "/inputMode",
    "duration": "/duration",
    "aspect_ratio": "/aspectRatio",
    "first_image": "/inputImageUrls/0",
    "extra": "",
}
AT = At(
    id=("/taskId", "/id"),
    state="/status",
    kind="/type",
    result=("/imageUrls", "/outputImageUrls"),
    video="/videoUrl",
    model="/model",
    prompt="/prompt",
    created="/createdAt",
    finished="/completedAt",  # updatedAt is not said to be that
    error_code="/errorCode",
    error_message="/errorMessage",
    credits="/creditsUsed",
    refunded=("/creditsRefunded", "/creditRefunded"),
)
STATES = {
    0: State.PENDING,  # which is falsy; no queued and running apart
    1: State.SUCCEEDED,  # which is "queued" at another vendor
    2: State.FAILED,
}
REASONS = (
    # "the upstream provider reported success but returned no output URL"
    FailureReason(Reason.NO_RESULT, code="EMPTY_RESULT"),
    # "we could not persist the upstream output to our CDN"
    FailureReason(Reason.STORAGE, code="STORAGE_ERROR"),
    # Any other code is the provider's own, passed through: no page lists one, not even that of a timeout.
)


class Gptimage2api(Provider):
    name = "gptimage2api"
    clients = gptimage2api
    images = Submit("generateImage", generate_image, FIELDS, model="gpt-image-2", may_lack_state=True)  # fmt: skip
    # The pages show no answer of the video call; the spec describes it like the one of the image call.
    videos = Submit("generateVideo", generate_video, VIDEO_FIELDS, may_lack_state=True)
    status = Operation("getTask", get_task)
    at = AT
    states = STATES
    times = "iso8601"
    reasons = REASONS
    poll_gap = 2, None
    refresh = 30

    def amend(self, request: Request, body: dict[str, Json]) -> None:
        if not isinstance(request, VideoRequest):
            return
        if request.model is None:
            raise UnsupportedRequest(
                f"gptimage2api: no page names a default model for videos; known: {', '.join(self.models('video'))}"
            )
        given = "image_to_video" if request.first_image else "text_to_video"
        body.setdefault("inputMode", given)
