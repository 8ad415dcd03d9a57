"""Provider: the tables by which an adapter writes requests and reads answers, and hooks for a vendor's oddities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from .._drift.answers import Answers
from .._errors import ProviderError, UnsupportedRequest
from .._http.answer import Answer
from .._http.call import Call, refusal
from .._request import (
    Action,
    AnyRequest,
    FollowUp,
    ImageRequest,
    Request,
    VideoRequest,
)
from .._specs.refusals import Refusals
from .._specs.schema import Json
from .._specs.spec import Spec
from .._task import Kind, Task
from ._capabilities import Capabilities
from ._codes import Codes, Outcome
from ._mapping import RequestMapping
from ._operations import Operation, Submit, write
from ._places import At, pointer_reader
from ._reading import States, TaskReader
from ._reasons import FailureReason, tell_content
from ._values import Unit, number

T = TypeVar("T")


class Provider:
    """
    One vendor: builds calls, reads answers, never sends.

    `clients` is the package generated from its spec. The operations: `images` and `videos` make tasks, `buttons` makes a
    task from a finished one, `status` reads a task, `cancels` cancels one, `balances` reads the credits that are left.

    How to read an answer: `at` has the place of each value, `times` the unit of its times, `states` the meaning of each
    state (TaskNotFound if it means that there is no such task), `codes` the meaning of the vendor's codes, and `reasons`
    the meaning of its codes and words for a failed task; the first entry that fits counts.

    Documented durations, in seconds: `poll_gap`, the shortest and the longest gap between two polls; `refresh`, how often
    the vendor itself refreshes a task; `lifetime`, how long a result can be downloaded.
    """

    name: ClassVar[str]
    clients: ModuleType
    images: ClassVar[Submit]
    videos: ClassVar[Submit | None] = None
    buttons: ClassVar[Submit | None] = None
    status: ClassVar[Operation]
    cancels: ClassVar[Operation | None] = None
    balances: ClassVar[Operation | None] = None
    at: ClassVar[At]
    states: ClassVar[States]
    times: ClassVar[Unit]
    codes: ClassVar[Codes | None] = None
    reasons: ClassVar[Sequence[FailureReason]] = ()
    poll_gap: ClassVar[tuple[float | None, float | None]] = (None, None)
    refresh: ClassVar[float | None] = None
    lifetime: ClassVar[float | None] = None

    # ---- Hooks, for oddities -----------------------------------------------------------------------------------------

    def amend(self, request: Request, body: dict[str, Json]) -> None:
        """Change the body that the table made from a request. Raises UnsupportedRequest."""

    def read(self, response: Answer, operation: Operation) -> Json:
        """The document in a successful answer. Raises the error of a code that means a refusal."""
        document = response.json()
        if self.codes is not None and (code := self.codes.read(document)) is not None:
            raise self._refusal_of_code(self.codes, code, response, operation)
        return document

    def kind(self, document: Json, response: Answer) -> Kind:
        """Whether the task makes an image or a video: a caller may fetch a task by its id alone."""
        kind = self._reader.kind(document, response)
        if kind is None and self.at.video:
            return "video" if self._reader.video(document, response) else "image"
        return "video" if kind == "video" else "image"

    def results(self, document: Json, response: Answer, kind: Kind) -> Json:
        """The URL of a finished task's result, or a list of them."""
        read = self._reader.video if kind == "video" else self._reader.result
        return read(document, response)

    # ---- Calls -------------------------------------------------------------------------------------------------------

    def fetch(self, task_id: str) -> Call[Task]:
        """The call that reads the task once."""
        return self._call_about(task_id, self.status)

    def cancel(self, task_id: str) -> Call[Task]:
        """The call that cancels a task. Raises UnsupportedRequest."""
        if self.cancels is None:
            raise UnsupportedRequest(f"{self.name}: its API documents no cancelling")
        return self._call_about(task_id, self.cancels)

    def submit(self, request: Request) -> Call[Task]:
        """The call that creates the task. Raises UnsupportedRequest and InvalidRequest."""
        mapping = self._mapping(request)
        if isinstance(request, ImageRequest) and request.count != 1:
            raise UnsupportedRequest(
                f"{self.name}: a submit makes one task; submit_many makes {request.count}"
            )
        if request.model is None:
            request = replace(request, model=self.default_model(request))
        self._refuse_models_of_the_other_kind(request)
        mapping.refuse_what_cannot_be_said(request)
        mapping.check_path(request)
        spelled: Request = mapping.spell(request)
        body, parameters = write(self.name, mapping.fields, spelled)
        self.amend(spelled, body)
        mapping.complete(body, request.extra)
        return self.submit_call(self._submits[_kind(request)], body, parameters)

    def submit_call(
        self, submit: Submit, body: dict[str, Json], parameters: Mapping[str, Json]
    ) -> Call[Task]:
        """The call that submits this body, which must be checked already."""

        def read(response: Answer) -> Task:
            document = self.read(response, submit)
            return self.submitted(submit, document, response, response.json())

        call = self._call(submit, submit.request(body, parameters), read)
        return tell_content(call, self.reasons)

    def submitted(
        self, submit: Submit, document: Json, response: Answer, raw: Json
    ) -> Task:
        """The task in the answer to a submit."""
        return self._reader_of(submit.at or self.at).read(
            document,
            response,
            "video" if submit is self.videos else "image",
            self.results,
            raw=raw,
            is_submitted=True,
            may_lack_state=submit.may_lack_state,
        )

    def submit_batch(self, request: Request) -> Call[list[Task]]:
        """The call that creates the tasks of one request out of `split`. Raises UnsupportedRequest and InvalidRequest."""
        return self.submit(request).map(lambda task: [task])

    def body(self, request: AnyRequest, *, prompts: bool = True) -> Json:
        """
        The body that the submit of one request out of `split`, or of a follow-up, sends. `prompts=False` leaves out every
        field that holds a prompt, or may hold one. Raises UnsupportedRequest and InvalidRequest.
        """
        if isinstance(request, FollowUp):
            return self.follow_up(request, None).kwargs["json"]
        body = self.submit_batch(request).kwargs["json"]
        if not prompts:
            self._mapping(request).leave_out_prompts(body, request.extra)
        return body

    def split(self, request: Request) -> list[Request]:
        """The requests to submit one by one, for all pictures of the request's `count`. Raises UnsupportedRequest."""
        if not isinstance(request, ImageRequest):
            return [request]
        keyed = request.idempotency_key is not None
        if keyed and "idempotency_key" in self.images.fields and request.count > 1:
            raise UnsupportedRequest(
                f"{self.name}: one idempotency_key makes one task; for {request.count} give each request its own"
            )
        return [replace(request, count=1)] * request.count

    def button(self, action: Action, n: int) -> str:
        """The button for a follow-up on picture `n` of a task. Raises UnsupportedRequest."""
        raise UnsupportedRequest(
            f"{self.name}: its API documents nothing to {action} a picture"
        )

    def follow_up(self, request: FollowUp, seen: Task | None) -> Call[Task]:
        """
        The call that presses a button. Raises UnsupportedRequest if `seen` shows that the button cannot be pressed, and
        InvalidRequest.
        """
        raise UnsupportedRequest(f"{self.name}: its API documents no follow-ups")

    def balance(self) -> Call[float]:
        """The call that reads the credits that are left. Raises UnsupportedRequest."""
        if (operation := self.balances) is None:
            raise UnsupportedRequest(f"{self.name}: its API documents no balance")
        place = pointer_reader(self.spec.balance(operation.id))

        def read(response: Answer) -> float:
            credit = number(place(self.read(response, operation)))
            if credit is None or not math.isfinite(credit):
                raise ValueError("the credit is not a number")
            return credit

        return self._call(operation, operation.module.get_kwargs(), read)

    # ---- Facts that need no call -------------------------------------------------------------------------------------

    def default_model(self, request: Request) -> str | None:
        """The model that is sent if the request names none; None sends no model."""
        mapping = self._mapping(request)
        return self._submits[_kind(request)].model or mapping.default_model

    def models(self, kind: Kind) -> tuple[str, ...]:
        """The documented models."""
        return self._mappings[kind].models if kind in self._mappings else ()

    def price(self, request: AnyRequest, body: Json) -> float | None:
        """
        Documented credits for everything that the call makes. None if no page states a price, if a page states several
        without saying which one applies, or if the request leaves open what the price depends on.
        """
        return self._mapping(request).price(body)

    def highest_price(self, request: AnyRequest, body: Json) -> float | None:
        """
        The most that the call can cost by the vendor's pages; at least `price`. None if they state no price for it.
        """
        known = self.price(request, body)
        return self._mapping(request).highest_price(body) if known is None else known

    @cached_property
    def capabilities(self) -> Capabilities:
        requests: dict[Kind, Request] = {
            "image": ImageRequest(""),
            "video": VideoRequest(""),
        }
        by_kind = {
            kind: mapping.capabilities(
                self.models(kind), self.default_model(requests[kind])
            )
            for kind, mapping in self._mappings.items()
        }
        return Capabilities(self.name, by_kind["image"], by_kind.get("video"))

    def idempotency_key(self, request: Request) -> str | None:
        """The key that makes a repeated submit safe; None if the vendor documents no such key."""
        return None

    @cached_property
    def spec(self) -> Spec:
        return Spec(self.name, self.clients.spec())

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.spec, self.at.state_pointers, self.at.headers)

    @cached_property
    def refusals(self) -> Refusals:
        """The documented refusals of the operation that reads a task."""
        return Refusals(self.spec, self.status.id)

    def auth(self, api_key: str) -> Mapping[str, str]:
        return {
            self.clients.AUTH_HEADER: f"{self.clients.AUTH_PREFIX} {api_key}".strip()
        }

    # ---- Answers -----------------------------------------------------------------------------------------------------

    def refuse(self, response: Answer) -> ProviderError:
        """The error of an answer whose status is not documented as a success."""
        status = response.status_code
        # The code in a 4xx says more than the status. Not in a 5xx: the outcome of a submit is then unknown, whatever
        # the code. Nor in a 429, which can be retried whatever the body says.
        if self.codes and 400 <= status < 500 and status != 429:
            code = self.codes.listed_in(response)
            if code is not None:
                return self._refusal_of_code(self.codes, code, response, self.status)
        hint = None if self.codes is None else self.codes.hint(response)
        return refusal(self.name, response, retry_after=hint)

    def _refusal_of_code(
        self, codes: Codes, code: int | str, response: Answer, operation: Operation
    ) -> ProviderError:
        is_submit = isinstance(operation, Submit)
        meaning = operation.codes.get(code) or codes.meaning(code, of_submit=is_submit)
        if isinstance(meaning, Outcome):
            raise ValueError(f"its code is {code}")
        return refusal(
            self.name,
            response,
            error=meaning,
            code=str(code),
            retry_after=codes.hint(response),
        )

    def _call_about(self, task_id: str, operation: Operation) -> Call[Task]:
        read = partial(self._read_task, operation)
        return self._call(operation, operation.about(task_id), read)

    def _call(
        self, operation: Operation, kwargs: dict[str, Any], read: Callable[[Answer], T]
    ) -> Call[T]:
        successes = self.spec.successes(operation.id)
        return Call(kwargs, read, self.refuse, successes=successes)

    def _read_task(self, operation: Operation, response: Answer) -> Task:
        document = self.read(response, operation)
        kind = self.kind(document, response)
        return self._reader.read(
            document, response, kind, self.results, raw=response.json()
        )

    @cached_property
    def _reader(self) -> TaskReader:
        return self._reader_of(self.at)

    def _reader_of(self, at: At) -> TaskReader:
        """Cached, because making one compiles the places."""
        if at not in self._readers:
            self._readers[at] = TaskReader(
                self.name, at, self.states, self.times, self.lifetime, self.reasons
            )
        return self._readers[at]

    @cached_property
    def _readers(self) -> dict[At, TaskReader]:
        return {}

    # ---- Requests ----------------------------------------------------------------------------------------------------

    @property
    def _submits(self) -> Mapping[Kind, Submit]:
        submits: dict[Kind, Submit] = {"image": self.images}
        if self.videos is not None:
            submits["video"] = self.videos
        return submits

    @cached_property
    def _mappings(self) -> Mapping[Kind, RequestMapping]:
        return {
            kind: RequestMapping(self.spec, submit.id, submit.fields)
            for kind, submit in self._submits.items()
        }

    @cached_property
    def _follow_ups(self) -> RequestMapping:
        if self.buttons is None:
            raise UnsupportedRequest(f"{self.name}: its API documents no follow-ups")
        return RequestMapping(self.spec, self.buttons.id, self.buttons.fields)

    def _mapping(self, request: AnyRequest) -> RequestMapping:
        if isinstance(request, FollowUp):
            return self._follow_ups
        kind = _kind(request)
        if kind not in self._mappings:
            raise UnsupportedRequest(f"{self.name}: its API documents no {kind}s")
        return self._mappings[kind]

    def _refuse_models_of_the_other_kind(self, request: Request) -> None:
        kind, other = _kind(request), _OTHER[_kind(request)]
        if request.model in set(self.models(other)) - set(self.models(kind)):
            raise UnsupportedRequest(
                f"{self.name}: {request.model} makes {other}s, not {kind}s"
            )


_OTHER: dict[Kind, Kind] = {"image": "video", "video": "image"}


def _kind(request: Request) -> Kind:
    return "image" if isinstance(request, ImageRequest) else "video"
