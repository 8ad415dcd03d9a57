"""The same behaviour, sync and async: a test is written once and runs over both clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from imagetasks import AsyncClient, Client, Drift, Spending, WebhookEvent
from imagetasks.testing import FakeClock
from support.specs import split


class SyncDriver:
    """Client, as it is."""

    def __init__(self, access: Any, **options: Any) -> None:
        if clock := options.pop("clock", None):
            options |= {"clock": clock, "sleep": clock.sleep, "rng": random.Random(0)}
        self.client = Client(access, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def as_completed(self, tasks: Iterable[Any], **options: Any) -> list[Any]:
        return list(self.client.as_completed(tasks, **options))

    def events(self, tasks: Iterable[Any], **options: Any) -> list[Any]:
        return list(self.client.events(tasks, **options))

    def close(self) -> None:
        self.client.close()


class AsyncDriver:
    """AsyncClient behind the same face, on a loop of its own."""

    def __init__(self, access: Any, **options: Any) -> None:
        if clock := options.pop("clock", None):
            options |= {"clock": clock, "sleep": clock.asleep, "rng": random.Random(0)}
        self._runner = asyncio.Runner()
        self._is_closed = False
        self.client = AsyncClient(access, **options)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        return lambda *args, **options: self._runner.run(method(*args, **options))

    def drift(self) -> tuple[Drift, ...]:
        return self.client.drift()

    def spent(self) -> list[Spending]:
        return self.client.spent()

    def notify(self, event: WebhookEvent) -> None:
        self.client.notify(event)

    def as_completed(self, tasks: Iterable[Any], **options: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [task async for task in self.client.as_completed(tasks, **options)]

        return self._runner.run(collect())

    def events(self, tasks: Iterable[Any], **options: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [event async for event in self.client.events(tasks, **options)]

        return self._runner.run(collect())

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._runner.run(self.client.aclose())
            self._runner.close()


class FastDriver(AsyncDriver):
    """The same over the fast transport, where it is installed; AsyncDriver stays with httpx."""


Driver = SyncDriver | AsyncDriver
OVER_SOCKETS = pytest.mark.parametrize(
    "driver",
    [SyncDriver, AsyncDriver, FastDriver],
    ids=["sync", "async", "fast"],
    indirect=True,
)
"""For tests whose bytes travel: every transport must behave alike."""
Handler = Callable[[httpx.Request], httpx.Response]


class Script:
    """A vendor that answers from a list, one entry per request: a body, a status, a response or an exception."""

    def __init__(
        self, *answers: Any, clock: FakeClock | None = None, takes: float = 0
    ) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self._clock = clock
        self._takes = takes

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self._clock is not None:
            self._clock.now += self._takes
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        match answer:
            case Exception():
                raise answer
            case int():
                return httpx.Response(answer, json={"error": f"status {answer}"})
            case httpx.Response():
                if not hasattr(answer, "_content"):  # a stream, and good for once
                    return answer
                return httpx.Response(
                    answer.status_code, headers=answer.headers, content=answer.content
                )
            case str() | bytes():
                return httpx.Response(200, content=answer)
            case _:
                body, headers = split(answer)
                return httpx.Response(200, json=body, headers=headers)

    @property
    def sent(self) -> int:
        return len(self.requests)
