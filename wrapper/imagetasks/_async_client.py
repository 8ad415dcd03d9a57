"""AsyncClient: `Client` with `await`. What to do is decided in _poll, _submit and _fleet."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
)
from contextlib import aclosing
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

import httpx

from ._access import Access, access_from_env
from ._base_client import USER_AGENT, BaseClient, address, raised_unless, unless_failed
from ._call import Call, read_answer
from ._download import AsyncDownloader
from ._errors import ImageTasksError, ProviderError
from ._fleet import Exchange, Fleet, OnUpdate, Outcome, take_in
from ._poll import PollPolicy, check_timeout
from ._task import ImageRequest, Task
from ._transport import AsyncSender

T = TypeVar("T")

EXCHANGES = 64
"""Exchanges at once of one `as_completed` or `wait_all`: eight httpx clients of eight connections."""


class AsyncClient(BaseClient[AsyncSender]):
    """
    `Client` for asyncio: the same methods, with `await`, `async for` and `async with`; `aclose` closes it.

    It belongs to the event loop that first uses it, and says so in any other.
    """

    def __init__(
        self,
        access: Mapping[str, Access | str],
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(
            access, policy, lambda c: AsyncSender(c, transport), clock, rng
        )
        self._sleep = sleep
        self._downloader = AsyncDownloader(transport, USER_AGENT)
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def from_env(
        cls,
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> Self:
        """See `Client.from_env`."""
        return cls(access_from_env(), policy=policy, transport=transport)

    async def submit(self, provider: str, request: ImageRequest) -> Task:
        """See `Client.submit`."""
        return await self._submit(provider, request, timeout=None)

    async def _submit(
        self, provider: str, request: ImageRequest, timeout: float | None
    ) -> Task:
        submission = self._begin_submit(provider, request, timeout)
        while True:
            step = submission.next_attempt(now=self._clock())
            await self._pause(step.after)
            sent_at = datetime.now(UTC)
            try:
                task = await self._send(provider, submission.call, timeout=step.timeout)
            except ProviderError as error:
                submission.record_failure(error, now=self._clock(), sent_at=sent_at)
            else:
                return self._accepted(task)

    @overload
    async def fetch(self, task: Task, /) -> Task: ...
    @overload
    async def fetch(self, provider: str, task_id: str, /) -> Task: ...
    async def fetch(self, task: Task | str, task_id: str = "", /) -> Task:
        """See `Client.fetch`."""
        provider, known = address(task, task_id)
        call = self._fetch_call(provider, known)
        try:
            return await self._send(provider, call, timeout=self._policy.attempt)
        except ProviderError as error:
            error.task = task if isinstance(task, Task) else None
            raise

    async def wait(
        self,
        task: Task,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """See `Client.wait`."""
        poll = self._begin_wait(task, timeout)
        call = self._fetch_call(task.provider, task.id)
        while (step := poll.next_fetch(now=self._clock())) is not None:
            await self._pause(step.after)
            answer = await self._try(task.provider, call, timeout=step.timeout)
            take_in(poll, answer, now=self._clock(), on_update=on_update)
        return unless_failed(poll.task)

    async def run(
        self,
        provider: str,
        request: ImageRequest,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """See `Client.run`."""
        began = self._clock()
        budget = check_timeout(self._policy.deadline if timeout is None else timeout)
        task = await self._submit(provider, request, budget)
        if on_update is not None:
            on_update(task)
        left = max(budget - (self._clock() - began), 0.0)
        return await self.wait(task, timeout=left, on_update=on_update)

    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task]: ...
    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task | ImageTasksError]: ...
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task | ImageTasksError]:
        """See `Client.as_completed`."""
        fleet = self._begin_waits(tasks, timeout, EXCHANGES, on_update)
        return self._each(fleet, return_errors)

    @overload
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> list[Task]: ...
    @overload
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]: ...
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Any:
        """See `Client.wait_all`."""
        fleet = self._begin_waits(tasks, timeout, EXCHANGES, on_update)
        ended: dict[int, Outcome] = {}
        async with aclosing(self._outcomes(fleet)) as outcomes:
            async for n, what in outcomes:
                ended[n] = raised_unless(return_errors, what)
        return [ended[n] for n in sorted(ended)]

    async def download(
        self, task: Task, folder: str | PathLike[str], *, timeout: float = 600
    ) -> list[Path]:
        """See `Client.download`."""
        self._claim_loop()
        return await self._downloader.download(task, Path(folder), timeout=timeout)

    async def aclose(self) -> None:
        for sender in self._senders.values():
            await sender.aclose()
        await self._downloader.aclose()

    async def __aenter__(self) -> Self:
        self._claim_loop()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _claim_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError(
                "this AsyncClient belongs to another event loop: make one client per loop"
            )

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)

    async def _send(self, provider: str, call: Call[T], *, timeout: float) -> T:
        self._claim_loop()
        response = await self._senders[provider].send(call.kwargs, timeout=timeout)
        return read_answer(provider, call, response)

    async def _try(
        self, provider: str, call: Call[T], *, timeout: float
    ) -> T | ProviderError:
        try:
            return await self._send(provider, call, timeout=timeout)
        except ProviderError as error:
            return error

    async def _each(self, fleet: Fleet, return_errors: bool) -> AsyncIterator[Outcome]:
        async with aclosing(self._outcomes(fleet)) as outcomes:
            async for _, ended in outcomes:
                yield raised_unless(return_errors, ended)

    async def _outcomes(self, fleet: Fleet) -> AsyncGenerator[tuple[int, Outcome]]:
        running: dict[asyncio.Task[Task | ProviderError], int] = {}
        try:
            while True:
                for exchange in fleet.start(now=self._clock()):
                    running[asyncio.create_task(self._fetch_for(exchange))] = exchange.n
                while fleet.outcomes:
                    yield fleet.outcomes.popleft()
                if fleet.is_over:
                    return
                pause = (
                    None if fleet.next_due is None else fleet.next_due - self._clock()
                )
                if not running:
                    await self._pause(pause or 0.0)
                    continue
                done, _ = await asyncio.wait(
                    running, timeout=pause, return_when=asyncio.FIRST_COMPLETED
                )
                for future in done:
                    fleet.finish(
                        running.pop(future), future.result(), now=self._clock()
                    )
        finally:
            for future in running:
                future.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _fetch_for(self, exchange: Exchange) -> Task | ProviderError:
        task = exchange.task
        call = self._fetch_call(task.provider, task.id)
        return await self._try(task.provider, call, timeout=exchange.timeout)
