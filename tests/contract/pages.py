"""
What the vendors' pages say of tasks, read and written down by hand: states, times, prices, refusals.

The state machine holds the mock against this. It shares nothing with the mock, and nothing with the specs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import httpx

DAY = 86_400.0

Json = Any


State = str | int
"""As the vendor writes it."""
Code = int | str
"""What an answer says of the request: the HTTP status, or what the vendor says in its place."""


class Snapshot(NamedTuple):
    """What a status answer tells. None is what it does not, or null."""

    id: str
    state: State
    created: float | None = None
    """Seconds since 1970."""
    url: str | None = None
    error: str | None = None
    prompt: str | None = None
    refunded: bool | None = None
    credits: int | None = None


def _status(answer: httpx.Response) -> Code:
    """200 for each status of a success: one vendor answers a submit with 201."""
    return 200 if answer.is_success else answer.status_code


@dataclass(frozen=True, eq=False, kw_only=True)
class Vendor:
    name: str
    status_path: str
    read: Callable[[httpx.Response], Snapshot]
    ids: Callable[[Json], list[str]]
    """Of the tasks that the answer to a submit tells of."""
    pending: tuple[State, ...]
    """In the order of the page."""
    ends: Mapping[State, str]
    """The states in which a task stays: succeeded, failed or cancelled."""
    refusals: Mapping[str, Container[Code]]
    """What is answered for a reason."""
    read_code: Callable[[httpx.Response], Code] = _status
    success: Code = 200
    header: tuple[str, str] = ("Authorization", "Bearer {}")
    """The one that holds the key, and how."""
    lifetime: float | None = None
    """Of a result, in seconds after the task's end. From when it counts no page says."""
    tells_errors: bool = True
    refunds: bool = False

    def __repr__(self) -> str:
        return self.name

    def rank(self, state: State) -> int:
        """A task's rank never goes down."""
        if state in self.pending:
            return self.pending.index(state)
        assert state in self.ends, f"no such state: {state!r}"
        return len(self.pending)

    def outcome(self, state: State) -> str | None:
        return self.ends.get(state)

    def code(self, answer: httpx.Response) -> Code:
        assert answer.headers["content-type"].startswith("application/json")
        return self.read_code(answer)


def _read_xingchaoyiqing(answer: httpx.Response) -> Snapshot:
    body = answer.json()
    return Snapshot(
        body["id"],
        body["status"],
        _number(body["created"]),
        body["image_url"],
        body["error"],
    )


def _read_aigptimage(answer: httpx.Response) -> Snapshot:
    data = answer.json()["data"]
    # Both are JSON inside of a string.
    request = json.loads(data["param"])
    result = json.loads(data["resultJson"] or "{}")
    error = data["failMsg"]
    assert (error is None) == (data["failCode"] is None)
    return Snapshot(
        data["taskId"],
        data["state"],
        _number(data["createTime"]) / 1000,
        result.get("resultUrls", [None])[0],
        error,
        request["input"]["prompt"],
    )


def _aigptimage_code(answer: httpx.Response) -> Code:
    """The code mirrors the status."""
    assert answer.json()["code"] == answer.status_code
    return answer.status_code


def _read_akool(answer: httpx.Response) -> Snapshot:
    data = answer.json()["data"]
    return Snapshot(
        data["_id"],
        data["image_status"],
        _number(data["create_time"]) / 1000,
        data.get("image"),
        credits=data["deduction_credit"],
    )


def _akool_ids(body: Json) -> list[str]:
    """ "data is an object when batch_quantity is 1 and an array when it is more"."""
    data = body["data"]
    assert not isinstance(data, list) or len(data) > 1
    return [one["_id"] for one in (data if isinstance(data, list) else [data])]


def _akool_code(answer: httpx.Response) -> Code:
    """ "code 1000: success", whatever HTTP says."""
    code = answer.json()["code"]
    assert answer.status_code == 200
    assert isinstance(code, int)
    return code


def _read_gptimage2api(answer: httpx.Response) -> Snapshot:
    body = answer.json()
    created = datetime.fromisoformat(body["createdAt"])
    urls = [*(body.get("imageUrls") or []), body.get("videoUrl")]
    return Snapshot(
        body["taskId"],
        body["status"],
        created.timestamp(),
        urls[0],
        body.get("errorCode"),
        body["prompt"],
        body["creditsRefunded"],
        body["creditsUsed"],
    )


def _number(value: Json) -> float:
    """A whole one."""
    assert type(value) is int
    return float(value)


XINGCHAOYIQING = Vendor(
    name="xingchaoyiqing",
    status_path="/v1/result/{}",
    read=_read_xingchaoyiqing,
    ids=lambda body: [body["id"]],
    pending=("queued", "processing"),
    ends={"completed": "succeeded", "failed": "failed"},
    lifetime=DAY,
    # No page has an error table: that it is an error at all is inferred.
    refusals={"key": range(400, 500), "unknown": range(400, 500)},
)
AIGPTIMAGE = Vendor(
    name="aigptimage",
    status_path="/api/v1/jobs/recordInfo?taskId={}",
    read=_read_aigptimage,
    ids=lambda body: [body["data"]["taskId"]],
    read_code=_aigptimage_code,
    pending=("waiting",),
    ends={"success": "succeeded", "fail": "failed"},
    refusals={
        "key": [401],
        "credits": [402],
        "unknown": [404],
        "invalid": [422],
        "rate": [429],
    },
)
AKOOL = Vendor(
    name="akool",
    status_path="/api/open/v3/content/image/infobymodelid?image_model_id={}",
    read=_read_akool,
    ids=_akool_ids,
    read_code=_akool_code,
    success=1000,
    pending=(1, 2),
    ends={3: "succeeded", 4: "failed"},
    lifetime=7 * DAY,
    tells_errors=False,
    refusals={
        "key": [1101],
        "credits": [1104],
        "unknown": [1008],
        "invalid": [1003],
        "refused": [1108],
        "unfinished": [1010],
        "used": [1011],
    },
)
GPTIMAGE2API = Vendor(
    name="gptimage2api",
    status_path="/api/ai/tasks/{}",
    read=_read_gptimage2api,
    ids=lambda body: [body["taskId"]],
    pending=(0,),
    ends={1: "succeeded", 2: "failed"},
    refunds=True,
    refusals={"key": [401], "credits": [402], "unknown": [404], "invalid": [400]},
)
VENDORS = (XINGCHAOYIQING, AIGPTIMAGE, AKOOL, GPTIMAGE2API)

UPSTREAM_REFRESH = 30.0
"""gptimage2api: "a pending task asks the upstream at most once per 30 s"."""

TOKEN_PATH = "/api/open/v3/getToken"
CREDIT_PATH = "/api/open/v3/faceswap/quota/info"
BUTTON_PATH = "/api/open/v3/content/image/createbybutton"
BUTTON_CREDITS = 2
"""As in the page's example: no table has a price."""
BUTTONS = ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4"]

# aigptimage, by tier: calls in so many seconds, for each key; and tasks at once.
CALLS = {
    "free": {"submit": {1: 1, 60: 10}, "fetch": {1: 2, 60: 60}},
    "basic": {"submit": {1: 5, 60: 180}, "fetch": {1: 20, 60: 1000}},
}
ACTIVE_TASKS = {"free": 1, "basic": 5}


class Submit(NamedTuple):
    """A documented request; the prompt goes beside its fields, or into `input`."""

    vendor: Vendor
    path: str
    fields: dict[str, Json]
    credits: int
    """Of one task; 0 where no page states a price."""
    batch: int = 1
    """How many tasks it makes."""

    def body(self, prompt: str) -> Json:
        if "input" in self.fields:
            return self.fields | {"input": {**self.fields["input"], "prompt": prompt}}
        return {**self.fields, "prompt": prompt}

    def ids(self, answer: Json) -> list[str]:
        ids = self.vendor.ids(answer)
        assert len(ids) == self.batch
        return ids


_XINGCHAOYIQING = "/v1/image2/images"
_AIGPTIMAGE = "/api/v1/jobs/createTask"
_AKOOL = "/api/open/v4/content/image/createBySourcePrompt"
_AKOOL_V3 = "/api/open/v3/content/image/createbyprompt"
_GPTIMAGE2API = "/api/ai/image/generate"
_TEXT_TO_IMAGE = "gpt-image-2-text-to-image"

SUBMITS = (
    Submit(
        XINGCHAOYIQING, _XINGCHAOYIQING,
        {"model": "gpt-image-2", "size": "1024x640"}, 0,
    ),
    Submit(
        AIGPTIMAGE, _AIGPTIMAGE,
        {"model": _TEXT_TO_IMAGE, "input": {"resolution": "1K"}}, 3,
    ),
    # "Default 1K".
    Submit(AIGPTIMAGE, _AIGPTIMAGE, {"model": _TEXT_TO_IMAGE, "input": {}}, 3),
    Submit(
        AIGPTIMAGE, _AIGPTIMAGE,
        {"model": _TEXT_TO_IMAGE, "input": {"resolution": "2K"}}, 5,
    ),
    Submit(
        AIGPTIMAGE, _AIGPTIMAGE,
        {"model": "seedance-2.0-text-to-video", "input": {"resolution": "480p", "duration": 2}}, 40,
    ),
    # No page gives limits for the seconds. Such ones cost nothing, and earn nothing.
    Submit(
        AIGPTIMAGE, _AIGPTIMAGE,
        {"model": "seedance-2.0-text-to-video", "input": {"resolution": "480p", "duration": -2}}, 0,
    ),
    Submit(
        AIGPTIMAGE, _AIGPTIMAGE,
        {"model": "seedance-2.0-text-to-video", "input": {"resolution": "480p", "duration": 1e308}}, 0,
    ),
    Submit(AKOOL, _AKOOL, {"resolution": "1080p", "scale": "16:9"}, 1),
    Submit(AKOOL, _AKOOL, {"scale": "16:9", "batch_quantity": 3}, 1, batch=3),
    Submit(AKOOL, _AKOOL_V3, {"scale": "16:9"}, 2),
    Submit(GPTIMAGE2API, _GPTIMAGE2API, {"model": "gpt-image-2"}, 3),
    Submit(GPTIMAGE2API, _GPTIMAGE2API, {"model": "nano-banana-pro", "resolution": "4K"}, 20),
    Submit(GPTIMAGE2API, "/api/ai/video/generate", {"model": "veo3_fast", "duration": 8}, 9),
    # Its price could not be read; the call's example has that of veo3_fast.
    Submit(GPTIMAGE2API, "/api/ai/video/generate", {"model": "bytedance/seedance-1.5-pro"}, 0),
)  # fmt: skip

INVALID = (
    Submit(
        XINGCHAOYIQING, _XINGCHAOYIQING,
        {"model": "gpt-image-2", "resolution": "4k", "ratio": "4:3"}, 0,
    ),
    Submit(
        XINGCHAOYIQING, _XINGCHAOYIQING,
        {"model": "gpt-image-2-r", "resolution": "2k", "ratio": "1:1"}, 0,
    ),
    Submit(AIGPTIMAGE, _AIGPTIMAGE, {"model": "dall-e", "input": {}}, 0),
    Submit(AIGPTIMAGE, _AIGPTIMAGE, {"model": _TEXT_TO_IMAGE, "input": {"resolution": "1k"}}, 0),
    Submit(AKOOL, _AKOOL, {"scale": "5:7"}, 0),
    Submit(AKOOL, _AKOOL, {"batch_quantity": 5}, 0),
    Submit(GPTIMAGE2API, _GPTIMAGE2API, {"model": "gpt-image-2", "aspectRatio": "2:1"}, 0),
)  # fmt: skip
