"""What an adapter is, and the small things all of them do: refusing, reading, dating."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from .._drift.answers import Answers
from .._errors import ProviderError, TaskNotFound, UnsupportedRequest
from .._http.answer import Answer
from .._http.call import Call, refusal
from .._request import Action, FollowUp, ImageRequest, Request, VideoRequest
from .._specs.refusals import Refusals
from .._specs.schema import Json
from .._specs.spec import Spec
from .._task import Artifact, Kind, State, Task, TaskError
from ._capabilities import Capabilities
from ._mapping import RequestMapping
from ._spelling import read_edges

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Provider(ABC):
    """
    One vendor: builds calls, reads answers, never sends.

    `clients` is the package generated from its spec. `fields` says where each field of ImageRequest goes that its API
    can express: `/input/prompt` in the body, `header NAME`, `path NAME`, or `/width x /height` for a size that is two
    numbers there; any other that is given raises UnsupportedRequest. `video_fields` and `video_operation` are the same
    for VideoRequest, where there are videos.
    """

    name: ClassVar[str]
    clients: ClassVar[ModuleType]
    fields: ClassVar[Mapping[str, str]]
    submit_operation: ClassVar[str]
    video_fields: ClassVar[Mapping[str, str]] = {}
    video_operation: ClassVar[str] = ""

    @abstractmethod
    def build_submit(self, request: ImageRequest) -> Call[Task]:
        """The call that creates the task, not yet checked. The request has its model, and the vendor's spelling."""

    def build_video(self, request: VideoRequest) -> Call[Task]:
        """The same for a video, where there are videos."""
        raise NotImplementedError

    @abstractmethod
    def fetch(self, task_id: str) -> Call[Task]:
        """The call that reads the task once."""

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
        call = (
            self.build_submit(mapping.spell(request))
            if isinstance(request, ImageRequest)
            else self.build_video(mapping.spell(request))
        )
        mapping.complete(call.kwargs["json"], request.extra)
        return call

    def default_model(self, request: Request) -> str | None:
        """What is sent where the request names no model; None: nothing is. A path cannot leave it out."""
        return self._mapping(request).model_of_path

    def models(self, kind: Kind) -> tuple[str, ...]:
        """Those that are documented."""
        return self._mappings[kind].models if kind in self._mappings else ()

    def price(self, request: Request, body: Json) -> float | None:
        """Documented credits for all that the call makes; None where no page states them, or it leaves them open."""
        return self._mapping(request).price(body)

    @cached_property
    def capabilities(self) -> Capabilities:
        requests: dict[Kind, Request] = {
            "image": ImageRequest(""),
            "video": VideoRequest(""),
        }
        known = {
            kind: mapping.capabilities(
                self.models(kind), self.default_model(requests[kind])
            )
            for kind, mapping in self._mappings.items()
        }
        return Capabilities(self.name, known["image"], known.get("video"))

    def split(self, request: Request) -> list[Request]:
        """What to submit, each on its own, for as many pictures as the request counts. Raises UnsupportedRequest."""
        if not isinstance(request, ImageRequest):
            return [request]
        keyed = request.idempotency_key is not None and "idempotency_key" in self.fields
        if keyed and request.count > 1:
            raise UnsupportedRequest(
                f"{self.name}: one idempotency_key makes one task; for {request.count} give each request its own"
            )
        return [replace(request, count=1)] * request.count

    def submit_batch(self, request: Request) -> Call[list[Task]]:
        """The call that creates the tasks of one request out of `split`. Raises UnsupportedRequest and InvalidRequest."""
        return self.submit(request).map(lambda task: [task])

    def button(self, action: Action, n: int) -> str:
        """What is pressed for a follow-up on picture `n` of a task. Raises UnsupportedRequest."""
        raise UnsupportedRequest(
            f"{self.name}: its API documents nothing to {action} a picture"
        )

    def follow_up(self, request: FollowUp, seen: Task | None) -> Call[Task]:
        """
        The call that presses a button. Raises UnsupportedRequest where `seen` says that it cannot be pressed, and
        InvalidRequest.
        """
        raise UnsupportedRequest(f"{self.name}: its API documents no follow-ups")

    def cancel(self, task_id: str) -> Call[Task]:
        """The call that ends a task before its time. Raises UnsupportedRequest."""
        raise UnsupportedRequest(f"{self.name}: its API documents no cancelling")

    def balance(self) -> Call[float]:
        """The call that reads the credits that are left. Raises UnsupportedRequest."""
        raise UnsupportedRequest(f"{self.name}: its API documents no balance")

    def idempotency_key(self, request: Request) -> str | None:
        """What makes a repeated submit safe; None where the vendor documents nothing of the kind."""
        return None

    @cached_property
    def spec(self) -> Spec:
        return Spec(self.name, self.clients.spec())

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.spec)

    @cached_property
    def refusals(self) -> Refusals:
        """Those of reading a task."""
        return Refusals(self.spec, self.spec.status_operation)

    def auth(self, api_key: str) -> Mapping[str, str]:
        return {
            self.clients.AUTH_HEADER: f"{self.clients.AUTH_PREFIX} {api_key}".strip()
        }

    def edges(self, size: str | None, unset: U) -> tuple[int | U, int | U]:
        """Width and height of a size; `unset` for both where none is asked for. Raises UnsupportedRequest."""
        return (unset, unset) if size is None else read_edges(self.name, size)

    def refuse(self, response: Answer) -> ProviderError:
        """The error of an answer whose status is not 200."""
        return refusal(self.name, response)

    def task(
        self,
        *,
        id: object,
        state: State,
        wire_state: str | int | None,
        raw: object,
        kind: Kind = "image",
        urls: Iterable[object] = (),
        error_code: object = None,
        error_message: object = None,
        model: object = None,
        prompt: object = None,
        created_at: datetime | None = None,
        finished_at: datetime | None = None,
        credits_used: object = None,
        refunded: object = None,
        seconds_left: object = None,
        status_url: object = None,
    ) -> Task:
        """
        A snapshot from what came in, whatever its type. Raises ValueError where a task cannot do without, and
        TaskNotFound where the spec says that the state means this.

        `status_url` is the address to ask at that the answer gives: it is followed where it is the vendor's own.
        """
        wire_state = plain(wire_state)
        if wire_state in self.spec.not_found_states:
            words = " ".join(filter(None, (str(wire_state), text(error_message))))
            raise TaskNotFound(
                f"{self.name}: HTTP 200 {words}", provider=self.name, status_code=200
            )
        if not isinstance(id, str) or id in ("", ".", ".."):
            raise ValueError("there is no task id")
        id.encode()  # a ValueError for half a character, which no URL could carry
        # The docs do not say when the clock of a URL starts.
        began = finished_at or created_at
        lifetime = self.spec.result_lifetime
        expires_at = _later(began, lifetime)
        artifacts = tuple(Artifact(url, kind, expires_at) for url in result_urls(urls))
        if state is State.SUCCEEDED and not artifacts:
            raise ValueError("the task succeeded, but there is no result URL")
        failed = state in (State.FAILED, State.CANCELLED)
        return Task(
            provider=self.name,
            id=id,
            kind=kind,
            state=state,
            wire_state=wire_state,
            artifacts=artifacts if state is State.SUCCEEDED else (),
            error=TaskError(text(error_code), text(error_message) or "")
            if failed
            else None,
            model=text(model),
            prompt=text(prompt),
            created_at=created_at,
            finished_at=finished_at,
            credits_used=number(credits_used),
            refunded=refunded if isinstance(refunded, bool) else None,
            raw=raw,
            _seconds_left=number(seconds_left),
            _status_url=text(status_url),
        )

    def submitted(
        self, *, id: object, state: State, wire_state: str | int | None, **known: Any
    ) -> Task:
        """The snapshot of a submit's answer. One that claims success has no result in it: the next fetch has."""
        known_state = State.PENDING if state is State.SUCCEEDED else state
        return self.task(id=id, state=known_state, wire_state=wire_state, **known)

    @cached_property
    def _mappings(self) -> Mapping[Kind, RequestMapping]:
        mappings: dict[Kind, RequestMapping] = {
            "image": RequestMapping(self.spec, self.submit_operation, self.fields)
        }
        if self.video_operation:
            mappings["video"] = RequestMapping(
                self.spec, self.video_operation, self.video_fields
            )
        return mappings

    def _mapping(self, request: Request) -> RequestMapping:
        kind = _kind(request)
        if kind not in self._mappings:
            raise UnsupportedRequest(f"{self.name}: its API documents no {kind}s")
        return self._mappings[kind]

    def _refuse_models_of_the_other_kind(self, request: Request) -> None:
        asked, other = _kind(request), _OTHER[_kind(request)]
        if request.model in set(self.models(other)) - set(self.models(asked)):
            raise UnsupportedRequest(
                f"{self.name}: {request.model} makes {other}s, not {asked}s"
            )


_OTHER: dict[Kind, Kind] = {"image": "video", "video": "image"}


def _kind(request: Request) -> Kind:
    return "image" if isinstance(request, ImageRequest) else "video"


def _later(began: datetime | None, lifetime: timedelta | None) -> datetime | None:
    try:
        return began + lifetime if began and lifetime else None
    except OverflowError:  # a date at the end of time
        return None


def optional(value: V | None, convert: Callable[[V], T], unset: U) -> T | U:
    """What the caller left out is left out of the body: each generated package has its own UNSET for that."""
    return unset if value is None else convert(value)


def expect(value: object, kind: type[T]) -> T:
    """The generated model, where a union or a plain dict could have come."""
    if not isinstance(value, kind):
        raise ValueError(
            f"there is {type(value).__name__} where {kind.__name__} is documented"
        )
    return value


def result_urls(values: Iterable[object]) -> Iterator[str]:
    """
    Those that are there: one that moderation took out, as null or an empty text, must not take the others along.

    What is left out is drift. Raises ValueError where there is something, but no URL at all.
    """
    values = list(values)
    urls = [url for url in values if isinstance(url, str) and _is_url(url)]
    if values and not urls:
        raise ValueError("a result is not a URL")
    return iter(urls)


def _is_url(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which no URL could carry
        return False
    return text.lower().startswith(("https://", "http://"))


def plain(value: str | int | None) -> str | int | None:
    """An enum member of a generated package as the bare value that was on the wire."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) else int(value)


def text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return str(value).encode("utf-8", "replace").decode()


def number(value: object) -> float | None:
    return (
        value
        if isinstance(value, int | float) and not isinstance(value, bool)
        else None
    )


def from_seconds(value: object) -> datetime | None:
    """Unix seconds as an instant; None for anything else, as a bad date must not lose a paid task."""
    seconds = number(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def from_milliseconds(value: object) -> datetime | None:
    """Unix milliseconds as an instant, else None."""
    milliseconds = number(value)
    try:
        return None if milliseconds is None else from_seconds(milliseconds / 1000)
    except OverflowError:  # more digits than a float holds
        return None


def from_iso(value: object) -> datetime | None:
    """ISO 8601 text with a zone as an instant, else None."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (OverflowError, ValueError):  # in UTC it may be before the year 1
        return None
