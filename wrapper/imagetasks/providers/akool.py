"""
AKOOL: business codes inside HTTP 200, integer states, Unix milliseconds, pictures that live for 7 days.

Look at `code`, then at `image_status`. Submits go to v4, every task is read through v3. Never both auth headers: "If
both Authorization and x-api-key have values, Authorization will be used first and x-api-key will be discarded."
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from imagetasks_clients import akool
from imagetasks_clients.akool.api.account import get_credit
from imagetasks_clients.akool.api.images import (
    create_by_button,
    create_image,
    get_image,
)

from .._errors import (
    AuthenticationError,
    InsufficientCredits,
    InvalidRequest,
    RateLimited,
    ServerError,
    TaskNotFound,
    UnsupportedRequest,
)
from .._http.answer import Answer
from .._http.call import UNREADABLE, Call
from .._request import Action, FollowUp, ImageRequest, Request
from .._specs.schema import Json
from .._task import Kind, State, Task
from ._base import Provider
from ._codes import Codes
from ._operations import Operation, Submit, write
from ._places import At
from ._reasons import tell_content

FIELDS = {
    "prompt": "/prompt",
    "model": "/model_name",
    "aspect_ratio": "/scale",
    "resolution": "/resolution",
    "reference_images": "/source_images",
    "negative_prompt": "/negative_prompt",
    "webhook_url": "/webhookurl",
    "extra": "",
}
BUTTON_FIELDS = {"task_id": "/_id", "button": "/button", "webhook_url": "/webhookUrl"}
AT = At(
    id="/data/_id",
    state="/data/image_status",
    result="/data/image",
    created="/data/create_time",
    credits="/data/deduction_credit",
)
AT_CREATE = replace(AT, model="/data/model_name", prompt="/data/prompt")
STATES = {1: State.QUEUED, 2: State.RUNNING, 3: State.SUCCEEDED, 4: State.FAILED}
CODES = Codes(
    "/code",
    ok=1000,
    meanings={
        **dict.fromkeys((1003, 1004, 1009, 1010, 1011, 1103), InvalidRequest),
        **dict.fromkeys((1213, 1221, 1222), InvalidRequest),
        **dict.fromkeys((1101, 1102, 1109, 1200), AuthenticationError),
        **dict.fromkeys((1006, 1104), InsufficientCredits),
        **dict.fromkeys((1008, 1014), TaskNotFound),
        1005: RateLimited,
        1108: ServerError,  # "try again later"
    },
)
BUTTONS = Submit("createByButton", create_by_button, BUTTON_FIELDS)


class Akool(Provider):
    name = "akool"
    clients = akool
    images = Submit("createImage", create_image, FIELDS, at=AT_CREATE)
    buttons = BUTTONS
    status = Operation("getImage", get_image)
    balances = Operation("getCredit", get_credit)
    at = AT
    states = STATES
    times = "milliseconds"
    codes = CODES
    lifetime = 7 * 24 * 3600

    def amend(self, request: Request, body: dict[str, Json]) -> None:
        sources = body.get("source_images", ())
        if len(sources) > 1:
            raise UnsupportedRequest(
                f"akool: only the first of its source images is used, {len(sources)} were given"
            )
        if request.extra.get("batch_quantity", 1) != 1:
            raise UnsupportedRequest(
                "akool: a batch makes several tasks, a submit returns one"
            )
        # "Required for" the two WaveSpeed models: the third one may do without.
        if not request.prompt:
            del body["prompt"]

    def read(self, response: Answer, operation: Operation) -> Json:
        document = super().read(response, operation)
        # "data is an object when batch_quantity is 1, an array when it is more"
        is_batch = isinstance(document["data"], list)
        return {**document, "data": document["data"][0]} if is_batch else document

    def results(self, document: Json, response: Answer, kind: Kind) -> Json:
        # inferred: for an upscaled picture the page lists "upscaled_urls" too
        upscaled = document["data"].get("upscaled_urls") or ()
        found = super().results(document, response, kind)
        return found or next(filter(None, upscaled), None)

    # Batches.

    @cached_property
    def _largest_batch(self) -> int:
        body = self.spec.document["components"]["schemas"]["CreateImageRequest"]
        largest: int = body["properties"]["batch_quantity"]["maximum"]
        return largest

    def split(self, request: Request) -> list[Request]:
        if not isinstance(request, ImageRequest):
            return [request]
        full, rest = divmod(request.count, self._largest_batch)
        counts = [self._largest_batch] * full + [rest] * bool(rest)
        return [replace(request, count=count) for count in counts]

    def submit_batch(self, request: Request) -> Call[list[Task]]:
        if not isinstance(request, ImageRequest) or request.count == 1:
            return super().submit_batch(request)
        if "batch_quantity" in request.extra:
            raise UnsupportedRequest(
                "akool: 'batch_quantity' is set twice, by the request's count and by its extra"
            )
        kwargs = self.submit(replace(request, count=1)).kwargs
        kwargs["json"]["batch_quantity"] = request.count
        self.spec.check_body(self.images.id, kwargs["json"])
        return tell_content(Call(kwargs, self._read_batch, self.refuse), self.reasons)

    def _read_batch(self, response: Answer) -> list[Task]:
        """Each task that can be read: the others do not take it along."""
        self.read(response, self.images)
        answer = response.json()
        data = answer["data"]
        tasks: dict[str, Task] = {}
        for item in data if isinstance(data, list) else [data]:
            document = {**answer, "data": item}
            try:
                task = self.submitted(self.images, document, response, document)
            except UNREADABLE:
                continue
            tasks[task.id] = task
        if not tasks:
            raise ValueError("there is no task in it")
        return list(tasks.values())

    # Buttons.

    def button(self, action: Action, n: int) -> str:
        button = f"{'U' if action == 'upscale' else 'V'}{n}"
        if button not in (self.spec.field(BUTTONS.id, "/button", {}).values or ()):
            raise UnsupportedRequest(
                f"akool: {action} takes a picture from 1 to 4, not {n!r}"
            )
        return button

    def follow_up(self, request: FollowUp, seen: Task | None) -> Call[Task]:
        if seen is not None:
            _check_button(seen, request.button)
        body, parameters = write(self.name, BUTTON_FIELDS, request)
        self.spec.check_body(BUTTONS.id, body)
        return self.submit_call(BUTTONS, body, parameters)


def _check_button(task: Task, button: str) -> None:
    if task.state is not State.SUCCEEDED:
        raise UnsupportedRequest(f"{task}, only a finished picture has buttons")
    # One that was used moves from `buttons` to `used_buttons`, and works once only.
    if button in (_buttons(task, "used_buttons") or ()):
        raise UnsupportedRequest(f"{task}, its button {button} has been used")
    offered = _buttons(task, "buttons")
    if offered is not None and button not in offered:
        raise UnsupportedRequest(
            f"{task}, it has no button {button}, only {', '.join(offered) or 'none at all'}"
        )


def _buttons(task: Task, name: str) -> list[str] | None:
    """What a snapshot lists under this name; None where it says nothing: no page lists buttons for v4 images."""
    try:
        listed = task.raw["data"][name]
    except (LookupError, TypeError):
        return None
    return list(map(str, listed)) if isinstance(listed, list) else None
