"""brushwood, who does not exist, and speaks a dialect in which much is odd: its spec says what."""

from imagetasks_clients import brushwood
from imagetasks_clients.brushwood.api.jobs import cancel_job, create_job, get_job, purse

from .. import Reason, State, TaskNotFound
from . import At, FailureReason, Operation, Provider, States, Submit

FIELDS = {
    "prompt": "/prompt", "model": "path brush", "size": "/width x /height", "aspect_ratio": "/shape",
    "reference_images": "/studies/*/picture", "extra": "",
}  # fmt: skip
AT = At(
    id="/number", state="header X-Job-State", result="/outcome/pictures/0/url", prompt="/asked/prompt",
    created="/times/begun", finished="/times/ended", error_message="/outcome/reason",
    seconds_left="/seconds_left", status_url="/follow",
)  # fmt: skip
STATES: States = {
    "waiting": State.QUEUED,
    "painting": State.RUNNING,
    "done": State.SUCCEEDED,
    **dict.fromkeys(("spoiled", "torn"), State.FAILED),
    "cancelled": State.CANCELLED,
    "lost": TaskNotFound,
}
REASONS = (
    FailureReason(Reason.CONTENT_POLICY, words="unseemly"),
    FailureReason(Reason.NO_RESULT, words="the paint ran"),
)


class Brushwood(Provider):
    name = "brushwood"
    clients = brushwood
    images = Submit("createJob", create_job, FIELDS)
    status = Operation("getJob", get_job)
    cancels = Operation("cancelJob", cancel_job)
    balances = Operation("purse", purse)
    at = AT
    states = STATES
    times = "seconds"
    reasons = REASONS
