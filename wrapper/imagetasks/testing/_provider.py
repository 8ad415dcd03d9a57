"""A vendor that follows a script, in the words of its own documentation."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import count
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote

import httpx

from .._async_client import AsyncClient
from .._client import Client
from .._errors import ImageTasksError
from .._http.answer import Answer as VendorAnswer
from .._request import ImageRequest
from .._scheduling.policy import PollPolicy
from .._task import State
from ..providers import PROVIDERS, check_provider
from ._clock import FakeClock

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNg"
    "YGAAAAAEAAHI6uv5AAAAAElFTkSuQmCC"
)
"""A PNG of one pixel."""

Answer = State | int | Exception
"""A state, an HTTP status, or what the connection dies of, such as `httpx.ReadError`."""


class Asked(NamedTuple):
    """A request that came in, and when, by the clock."""

    at: float
    request: httpx.Request


class ScriptedProvider:
    """
    One vendor that follows a script, behind an httpx transport, in a fake clock's time.

        clock = FakeClock()
        vendor = ScriptedProvider("akool", [(0, State.QUEUED), (5, 429), (30, State.SUCCEEDED)], clock)
        with vendor.client() as client:
            task = client.run("akool", ImageRequest("a lighthouse"))

    Every task lives by the same script. The answers are the examples of the vendor's OpenAPI spec, so they read like real ones. A
    task that was not submitted here begins with the first look at it. Every result is a PNG of one pixel.

    Args:
        provider: whose examples it answers with.
        script: pairs of seconds since the submit, and the answer from then on: a `State`, an HTTP status, or an exception such as
            `httpx.ReadError("reset")`.
        clock: the clock of the client.

    `asked` has the requests in order, downloads too.

    Raises:
        ValueError: the vendor documents no such state.
    """

    def __init__(
        self, provider: str, script: Sequence[tuple[float, Answer]], clock: FakeClock
    ) -> None:
        check_provider(provider)
        self.asked: list[Asked] = []
        self._adapter = PROVIDERS[provider]
        self._clock = clock
        self._script = sorted(script, key=lambda step: step[0])
        self._began: dict[str, float] = {}
        self._numbers = count(1)
        missing = {
            what for _, what in script if isinstance(what, State)
        } - self._examples.keys()
        if missing:
            raise ValueError(f"{provider} documents no {', '.join(sorted(missing))}")

    def client(self, *, policy: PollPolicy = PollPolicy(), **options: Any) -> Client:
        """A `Client` of this vendor in its clock's time. `options` are those of the class."""
        return Client(
            {self._adapter.name: "test-key"},
            policy=policy,
            transport=self.transport,
            clock=self._clock,
            sleep=self._clock.sleep,
            rng=Random(0),
            **options,
        )

    def async_client(
        self, *, policy: PollPolicy = PollPolicy(), **options: Any
    ) -> AsyncClient:
        """An `AsyncClient` of this vendor in its clock's time. `options` are those of the class."""
        return AsyncClient(
            {self._adapter.name: "test-key"},
            policy=policy,
            transport=self.transport,
            clock=self._clock,
            sleep=self._clock.asleep,
            rng=Random(0),
            **options,
        )

    @cached_property
    def transport(self) -> httpx.MockTransport:
        """The transport, for clients that are made elsewhere, sync or async."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        now = self._clock()
        self.asked.append(Asked(now, request))
        # No key goes to where results are.
        if not any(name in request.headers for name in self._adapter.auth("")):
            return httpx.Response(200, content=PICTURE)
        if request.method == "POST":
            number = next(self._numbers)
            id = str(number) if self._submitted.id.isdecimal() else f"task-{number}"
            self._began[id] = now
            return self._submitted.of(id)
        id = self._id_in(request)
        age = now - self._began.setdefault(id, now)
        reached = [what for at, what in self._script if at <= age]
        match reached[-1] if reached else self._script[0][1]:
            case State() as state:
                return self._examples[state].of(id)
            case int() as status:
                return httpx.Response(status)
            case error:
                raise error

    def _id_in(self, request: httpx.Request) -> str:
        if parameter := self._adapter.fetch("x").kwargs.get("params"):
            return str(request.url.params[next(iter(parameter))])
        return unquote(request.url.raw_path.decode().rpartition("/")[2])

    @cached_property
    def _submitted(self) -> _Example:
        """The answer of a submit."""
        read = self._adapter.submit(ImageRequest("a lighthouse")).read
        operation = self._adapter.images.id
        shown = next(iter(self._adapter.spec.examples(operation)))
        return _Example(*shown, read(_answer(*shown)).id)

    @cached_property
    def _examples(self) -> dict[State, _Example]:
        """An answer for each state that the vendor documents."""
        examples: dict[State, _Example] = {}
        spec = self._adapter.spec
        for shown in spec.examples(self._adapter.status.id):
            try:
                task = self._adapter.fetch("x").read(_answer(*shown))
            except ImageTasksError:  # an error inside of a success
                continue
            examples.setdefault(task.state, _Example(*shown, task.id))
        return examples


class _Example(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str]
    id: str

    def of(self, id: str) -> httpx.Response:
        """The example as if it were of another task."""
        body = _told_of(self.body, self.id, id)
        return httpx.Response(self.status, json=body, headers=self.headers)


def _answer(status: int, body: Any, headers: Mapping[str, str]) -> VendorAnswer:
    sent = {name.encode(): value.encode() for name, value in headers.items()}
    return VendorAnswer(status, sent, json.dumps(body).encode())


def _told_of(node: Any, old: str, new: str) -> Any:
    """With another id, wherever it stands: in a text, or as a number."""
    match node:
        case dict():
            return {name: _told_of(value, old, new) for name, value in node.items()}
        case list():
            return [_told_of(value, old, new) for value in node]
        case str():
            return node.replace(old, new)
        case int() if str(node) == old:
            return int(new) if new.isdecimal() else new
        case _:
            return node
