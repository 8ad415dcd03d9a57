"""What an adapter is, and the small things all of them do: refusing, reading, dating."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar, TypeVar

import httpx

from .._errors import ProviderError, UnsupportedRequest
from .._http.call import Call, refusal
from .._request import ImageRequest
from .._spec import Spec
from .._task import Artifact, Kind, State, Task, TaskError

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Provider(ABC):
    """
    One vendor: builds calls, reads answers, never sends.

    `clients` is the package generated from its spec. `fields` are the optional fields of ImageRequest that its API
    can express; any other that is given raises UnsupportedRequest.
    """

    name: ClassVar[str]
    clients: ClassVar[ModuleType]
    fields: ClassVar[frozenset[str]]
    submit_operation: ClassVar[str]

    @abstractmethod
    def build_submit(self, request: ImageRequest) -> Call[Task]:
        """The call that creates the task, not yet checked."""

    @abstractmethod
    def fetch(self, task_id: str) -> Call[Task]:
        """The call that reads the task once."""

    def submit(self, request: ImageRequest) -> Call[Task]:
        """The call that creates the task. Raises UnsupportedRequest and InvalidRequest."""
        self._refuse_what_cannot_be_said(request)
        call = self.build_submit(request)
        self._add_extra(call.kwargs["json"], request.extra)
        self.spec.check_body(self.submit_operation, call.kwargs["json"])
        return call

    def idempotency_key(self, request: ImageRequest) -> str | None:
        """What makes a repeated submit safe; None where the vendor documents nothing of the kind."""
        return None

    @cached_property
    def spec(self) -> Spec:
        return Spec(self.name, self.clients.spec())

    def auth(self, api_key: str) -> Mapping[str, str]:
        return {
            self.clients.AUTH_HEADER: f"{self.clients.AUTH_PREFIX} {api_key}".strip()
        }

    def refuse(self, response: httpx.Response) -> ProviderError:
        """The error of an answer whose status is not 200."""
        return refusal(self.name, response)

    def extra_target(self, body: dict[str, Any]) -> dict[str, Any]:
        """Where in the body the vendor's own fields go."""
        return body

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
    ) -> Task:
        """A snapshot from what came in, whatever its type. Raises ValueError where a task cannot do without."""
        if not isinstance(id, str) or id in ("", ".", ".."):
            raise ValueError("there is no task id")
        id.encode()  # a ValueError for half a character, which no URL could carry
        # The docs do not say when the clock of a URL starts.
        began = finished_at or created_at
        lifetime = self.spec.result_lifetime
        expires_at = _later(began, lifetime)
        artifacts = tuple(Artifact(check_url(url), kind, expires_at) for url in urls)
        if state is State.SUCCEEDED and not artifacts:
            raise ValueError("the task succeeded, but there is no result URL")
        failed = state in (State.FAILED, State.CANCELLED)
        return Task(
            provider=self.name,
            id=id,
            kind=kind,
            state=state,
            wire_state=plain(wire_state),
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
        )

    def submitted(
        self, *, id: object, state: State, wire_state: str | int | None, **known: Any
    ) -> Task:
        """The snapshot of a submit's answer. One that claims success has no result in it: the next fetch has."""
        known_state = State.PENDING if state is State.SUCCEEDED else state
        return self.task(id=id, state=known_state, wire_state=wire_state, **known)

    def _refuse_what_cannot_be_said(self, request: ImageRequest) -> None:
        if request.count != 1:
            raise UnsupportedRequest(
                f"{self.name}: a submit makes one task; for {request.count} pictures submit {request.count} times"
            )
        optional = {
            "aspect_ratio": request.aspect_ratio,
            "resolution": request.resolution,
            "size": request.size,
            "quality": request.quality,
            "reference_images": request.reference_images or None,
            "negative_prompt": request.negative_prompt,
            "webhook_url": request.webhook_url,
            "idempotency_key": request.idempotency_key,
        }
        for field, value in optional.items():
            if value is not None and field not in self.fields:
                raise UnsupportedRequest(
                    f"{self.name}: its API documents nothing for {field}"
                )

        key = request.idempotency_key
        if key is not None and not re.fullmatch(r"[!-~]([ -~]*[!-~])?", key):
            raise UnsupportedRequest(
                f"{self.name}: idempotency_key goes into a header, which takes printable ASCII"
            )

    def _add_extra(self, body: dict[str, Any], extra: Mapping[str, Any]) -> None:
        target = self.extra_target(body)
        for name, value in extra.items():
            if name in target and target[name] != value:
                raise UnsupportedRequest(
                    f"{self.name}: {name!r} is set twice, by the request and by its extra"
                )
            target[name] = value


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


def check_url(value: object) -> str:
    if not isinstance(value, str) or not value.lower().startswith(
        ("https://", "http://")
    ):
        raise ValueError("a result is not a URL")
    value.encode()
    return value


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
    return None if milliseconds is None else from_seconds(milliseconds / 1000)


def from_iso(value: object) -> datetime | None:
    """ISO 8601 text with a zone as an instant, else None."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None
