"""
XINGCHAOYIQING: flat answers, Unix seconds, pictures that live for 24 hours.

Nothing is documented of refusals by HTTP status, of rate limits, or of repeating a submit.
"""

from __future__ import annotations

from imagetasks_clients import xingchaoyiqing
from imagetasks_clients.xingchaoyiqing.api.images import create_image, get_image

from .._task import Reason, State
from ._base import Provider
from ._operations import Operation, Submit
from ._places import At
from ._reasons import FailureReason

FIELDS = {
    "prompt": "/prompt",
    "model": "/model",
    "aspect_ratio": "/ratio",
    "resolution": "/resolution",
    "size": "/size",
    "quality": "/quality",
    "reference_images": "/image_urls",
    "extra": "",
}
AT = At(
    id="/id",
    state="/status",
    result="/image_url",
    model="/model",
    created="/created",
    # "only populated when status is failed": a refusal of the create call can come as a normal body.
    error_message="/error",
)
STATES = {
    "queued": State.QUEUED,
    "processing": State.RUNNING,
    "completed": State.SUCCEEDED,
    "failed": State.FAILED,
}
# There are no codes: each of the two pages shows one message.
REASONS = (
    FailureReason(Reason.CONTENT_POLICY, words="content policy violation"),
    FailureReason(Reason.BAD_INPUT, words="Invalid request:"),
)


class Xingchaoyiqing(Provider):
    name = "xingchaoyiqing"
    clients = xingchaoyiqing
    images = Submit("createImage", create_image, FIELDS, model="gpt-image-2")
    status = Operation("getImage", get_image)
    at = AT
    states = STATES
    times = "seconds"
    reasons = REASONS
    poll_gap = 2, 5
    lifetime = 24 * 3600
