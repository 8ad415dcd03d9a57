"""
AKOOL: business codes inside HTTP 200, integer states, Unix milliseconds, pictures that live for 7 days.

Look at `code`, then at `image_status`. Submits go to v4, every task is read through v3. Never both auth headers: "If
both Authorization and x-api-key have values, Authorization will be used first and x-api-key will be discarded."
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar

from imagetasks_clients import akool
from imagetasks_clients.akool.api.account import get_credit
from imagetasks_clients.akool.api.images import (
    create_by_button,
    create_image,
    get_image,
)
from imagetasks_clients.akool.models import (
    Balance,
    BusinessCode,
    Button,
    ButtonImage,
    ButtonImageAnswer,
    CreateByButtonRequest,
    CreatedImage,
    CreatedImageAnswer,
    CreateImageRequest,
    CreditAnswer,
    ImageAnswer,
    ImageStatus,
    ImageTask,
    ModelName,
    Resolution,
    Scale,
)
from imagetasks_clients.akool.types import UNSET

from .._errors import (
    AuthenticationError,
    InsufficientCredits,
    InvalidRequest,
    ProviderError,
    RateLimited,
    ServerError,
    TaskNotFound,
    UnsupportedRequest,
)
from .._http.answer import Answer
from .._http.call import UNREADABLE, Call, refusal
from .._request import Action, FollowUp, ImageRequest, Request
from .._specs.schema import Json
from .._task import State, Task
from ._base import Provider, expect, from_milliseconds, number, optional

STATES = {
    ImageStatus.QUEUEING: State.QUEUED,
    ImageStatus.PROCESSING: State.RUNNING,
    ImageStatus.COMPLETED: State.SUCCEEDED,
    ImageStatus.FAILED: State.FAILED,
}

# "1000: success". The rest, and codes that are not listed, are InvalidRequest: asking again does not help.
ERRORS: dict[BusinessCode, type[ProviderError]] = {
    BusinessCode.TOO_FREQUENT: RateLimited,
    BusinessCode.QUOTA_NOT_ENOUGH: InsufficientCredits,
    BusinessCode.INSUFFICIENT_CREDIT: InsufficientCredits,
    BusinessCode.CONTENT_NOT_FOUND: TaskNotFound,
    BusinessCode.RESOURCE_NOT_FOUND: TaskNotFound,
    BusinessCode.INVALID_AUTHORIZATION: AuthenticationError,
    BusinessCode.AUTHORIZATION_EMPTY: AuthenticationError,
    BusinessCode.ACCOUNT_NOT_FOUND: AuthenticationError,
    BusinessCode.ACCOUNT_BANNED: AuthenticationError,
    BusinessCode.IMAGE_GENERATE_ERROR: ServerError,  # "try again later"
}


class Akool(Provider):
    name = "akool"
    clients: ClassVar[ModuleType] = akool
    submit_operation = "createImage"
    fields: ClassVar[Mapping[str, str]] = {
        "prompt": "/prompt",
        "model": "/model_name",
        "aspect_ratio": "/scale",
        "resolution": "/resolution",
        "reference_images": "/source_images",
        "negative_prompt": "/negative_prompt",
        "webhook_url": "/webhookurl",
        "extra": "",
    }

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        if len(request.reference_images) > 1:
            raise UnsupportedRequest(
                f"akool: only the first of its source images is used, {len(request.reference_images)} were given"
            )
        if request.extra.get("batch_quantity", 1) != 1:
            raise UnsupportedRequest(
                "akool: a batch makes several tasks, a submit returns one"
            )
        body = CreateImageRequest(
            # "Required for" the two WaveSpeed models: the third one may do without.
            prompt=request.prompt or UNSET,
            model_name=optional(request.model, ModelName, UNSET),
            source_images=list(request.reference_images) or UNSET,
            scale=optional(request.aspect_ratio, Scale, UNSET),
            resolution=optional(request.resolution, Resolution, UNSET),
            negative_prompt=optional(request.negative_prompt, str, UNSET),
            webhookurl=optional(request.webhook_url, str, UNSET),
        )
        return Call(create_image.get_kwargs(body=body), self._read_created, self.refuse)

    def price(self, request: Request, body: Json) -> float | None:
        each = super().price(request, body)
        # The pages price an image; a batch makes several.
        return None if each is None else each * body.get("batch_quantity", 1)

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(
            get_image.get_kwargs(image_model_id=task_id), self._read, self.refuse
        )

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
        self.spec.check_body(self.submit_operation, kwargs["json"])
        return Call(kwargs, self._read_batch, self.refuse)

    def button(self, action: Action, n: int) -> str:
        button = Button(f"{'U' if action == 'upscale' else 'V'}{n}")
        if not button.is_known:
            raise UnsupportedRequest(
                f"akool: {action} takes a picture from 1 to 4, not {n!r}"
            )
        return str(button)

    def follow_up(self, request: FollowUp, seen: Task | None) -> Call[Task]:
        if seen is not None:
            _check_button(seen, request.button)
        body = CreateByButtonRequest(
            field_id=request.task_id,
            button=Button(request.button),
            webhook_url=optional(request.webhook_url, str, UNSET),
        )
        kwargs = create_by_button.get_kwargs(body=body)
        self.spec.check_body("createByButton", kwargs["json"])
        return Call(kwargs, self._read_pressed, self.refuse)

    def balance(self) -> Call[float]:
        return Call(get_credit.get_kwargs(), self._read_balance, self.refuse)

    def refuse(self, response: Answer) -> ProviderError:
        # No page states an HTTP status; where a 4xx comes with a code, the code says more. Not of a 5xx: what became
        # of a submit is then unknown. Nor of a 429, which is worth another try whatever the body says.
        status, code = response.status_code, _listed_code(response)
        if 400 <= status < 500 and status != 429 and code:
            return self._refusal_by_code(response, code)
        return refusal(self.name, response)

    def _read_created(self, response: Answer) -> Task:
        answer = expect(create_image.parse_response(response), CreatedImageAnswer)
        self._check_code(response, answer.code)
        # "data is an object when batch_quantity is 1, an array when it is more"
        data = answer.data[0] if isinstance(answer.data, list) else answer.data
        return self._created(expect(data, CreatedImage), response.json())

    def _read_batch(self, response: Answer) -> list[Task]:
        """Each task that can be read: the others do not take it along."""
        answer: dict[str, Any] = response.json()
        self._check_code(response, BusinessCode(answer["code"]))
        data = answer["data"]
        tasks: dict[str, Task] = {}
        for item in data if isinstance(data, list) else [data]:
            try:
                task = self._created(
                    CreatedImage.from_dict(item), {**answer, "data": item}
                )
            except UNREADABLE:
                continue
            tasks[task.id] = task
        if not tasks:
            raise ValueError("there is no task in it")
        return list(tasks.values())

    def _created(self, created: CreatedImage, raw: object) -> Task:
        return self.submitted(
            id=created.field_id,
            state=STATES.get(created.image_status, State.UNKNOWN),
            wire_state=created.image_status,
            model=created.model_name,
            prompt=created.prompt,
            created_at=from_milliseconds(created.create_time),
            credits_used=created.deduction_credit,
            raw=raw,
        )

    def _read_pressed(self, response: Answer) -> Task:
        answer = expect(create_by_button.parse_response(response), ButtonImageAnswer)
        self._check_code(response, answer.code)
        pressed = expect(answer.data, ButtonImage)
        return self.submitted(
            id=pressed.field_id,
            state=STATES.get(pressed.image_status, State.UNKNOWN),
            wire_state=pressed.image_status,
            created_at=from_milliseconds(pressed.create_time),
            credits_used=pressed.deduction_credit,
            raw=response.json(),
        )

    def _read_balance(self, response: Answer) -> float:
        answer = expect(get_credit.parse_response(response), CreditAnswer)
        self._check_code(response, answer.code)
        credit = number(expect(answer.data, Balance).credit)
        if credit is None or not math.isfinite(credit):
            raise ValueError("the credit is not a number")
        return credit

    def _read(self, response: Answer) -> Task:
        answer = expect(get_image.parse_response(response), ImageAnswer)
        self._check_code(response, answer.code)
        image = expect(answer.data, ImageTask)
        state = STATES.get(image.image_status, State.UNKNOWN)
        return self.task(
            id=image.field_id,
            state=state,
            wire_state=image.image_status,
            urls=_result_urls(image) if state is State.SUCCEEDED else (),
            created_at=from_milliseconds(image.create_time),
            credits_used=image.deduction_credit,
            raw=response.json(),
        )

    def _check_code(self, response: Answer, code: BusinessCode) -> None:
        if code is not BusinessCode.OK:
            raise self._refusal_by_code(response, code)

    def _refusal_by_code(self, response: Answer, code: BusinessCode) -> ProviderError:
        error = ERRORS.get(code, InvalidRequest)
        return refusal(self.name, response, error=error, code=str(int(code)))


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


def _listed_code(response: Answer) -> BusinessCode | None:
    try:
        code = BusinessCode(response.json()["code"])
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return code if code.is_known and code is not BusinessCode.OK else None


def _result_urls(image: ImageTask) -> Sequence[object]:
    if image.image:
        return [image.image]
    # inferred: for an upscaled picture the page lists "upscaled_urls" too
    return next(([url] for url in image.upscaled_urls or () if url), [])
