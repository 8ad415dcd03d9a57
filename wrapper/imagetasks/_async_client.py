"""AsyncClient: `Client` with `await`. What to do is decided in _scheduling and _submitting."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
)
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

import httpx

from ._access import Access
from ._core import BaseClient, address, first, news, outcome, report
from ._errors import ImageTasksError, ProviderError
from ._http.answer import fingerprint
from ._http.call import Call
from ._http.sender import AsyncSender, exchanges_at_once
from ._journal.intent import outcome_unknown
from ._request import Action, Intent, Request
from ._results.async_download import AsyncDownloader
from ._results.batch import Fresh
from ._results.progress import OnProgress
from ._scheduling.async_engine import AsyncEngine
from ._scheduling.events import OnEvent, Transition
from ._scheduling.policy import PollPolicy, check_timeout
from ._scheduling.scheduler import Exchange, FetchResult, OnUpdate, Outcome
from ._scheduling.wait import Wait
from ._submitting.dispatch import AsyncDispatcher
from ._submitting.submission import Submission
from ._task import Task
from .providers._keys import access_from_env
from .webhooks import WebhookEvent

T = TypeVar("T")


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
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        journal: str | PathLike[str] | None = None,
        journal_prompts: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(
            access,
            policy,
            lambda c: AsyncSender(c, transport),
            clock,
            rng,
            on_event,
            slots=exchanges_at_once(transport, providers=len(access)),
            journal=journal,
            journal_prompts=journal_prompts,
        )
        self._sleep = sleep or asyncio.sleep
        self._engine = AsyncEngine(
            self._scheduler, self._fetch_for, self._observer, clock=clock, sleep=sleep
        )
        self._dispatcher = AsyncDispatcher(self._attempt, clock=clock, sleep=sleep)
        self._downloader = AsyncDownloader(
            self._downloads(allow_hosts), transport, self._look_again, sleep
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def from_env(
        cls,
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.AsyncBaseTransport | None = None,
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        journal: str | PathLike[str] | None = None,
        journal_prompts: bool = True,
    ) -> Self:
        """See `Client.from_env`."""
        return cls(
            access_from_env(),
            policy=policy,
            transport=transport,
            on_event=on_event,
            allow_hosts=allow_hosts,
            journal=journal,
            journal_prompts=journal_prompts,
        )

    async def submit(self, provider: str, request: Request) -> Task:
        """See `Client.submit`."""
        return await self._submit(self._begin_submit(provider, request))

    async def submit_many(
        self,
        provider: str,
        requests: Iterable[Request],
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]:
        """See `Client.submit_many`. Cancelling is the interrupt."""
        batch = self._begin_batch(provider, requests, timeout)
        await self._dispatcher.run(batch, on_update)
        return batch.outcomes

    async def upscale(
        self, task: Task, n: int, *, webhook_url: str | None = None
    ) -> Task:
        """See `Client.upscale`."""
        return await self._follow_up(task, "upscale", n, webhook_url)

    async def vary(self, task: Task, n: int, *, webhook_url: str | None = None) -> Task:
        """See `Client.vary`."""
        return await self._follow_up(task, "vary", n, webhook_url)

    async def balance(self, provider: str) -> float:
        """See `Client.balance`."""
        call = self._balance_call(provider)
        return await self._send(provider, call, timeout=self._policy.attempt)

    async def cancel(self, task: Task) -> Task:
        """See `Client.cancel`."""
        call = self._cancel_call(task)
        try:
            seen = await self._send(task.provider, call, timeout=self._policy.attempt)
        except ProviderError as error:
            error.task = task
            raise
        self._note(task.provider, task.id, seen)
        return seen

    async def _follow_up(
        self, task: Task, action: Action, n: int, webhook_url: str | None
    ) -> Task:
        button = self._button(task, action, n)
        seen = await self.fetch(task) if task.raw is None else task
        with self._begin_follow_up(task, seen, button, webhook_url) as submission:
            return await self._submit(submission)

    async def _submit(self, submission: Submission) -> Task:
        while True:
            if (seconds := submission.begin(now=self._clock())) > 0:
                await self._sleep(seconds)
            elif outcomes := await self._attempt(submission):
                return first(outcomes)

    async def _attempt(self, submission: Submission) -> list[Outcome]:
        """One POST, between two entries in the journal. Returns nothing where it may be sent again."""
        self._claim_loop()
        try:
            await self._written(self._write_intent(submission))
            came = await self._post(submission)
        except BaseException as error:
            await self._written(self._write_outcome(submission, error))
            raise
        await self._written(self._write_outcome(submission, came))
        return came

    async def _post(self, submission: Submission) -> list[Outcome]:
        submission.begin_attempt()
        sent_at = datetime.now(UTC)
        try:
            tasks = await self._send(
                submission.provider, submission.call, timeout=submission.timeout
            )
        except ProviderError as error:
            submission.record_failure(error, now=self._clock(), sent_at=sent_at)
            return []
        return self._accepted(submission, tasks, sent_at)

    @overload
    async def fetch(self, task: Task, /) -> Task: ...
    @overload
    async def fetch(self, provider: str, task_id: str, /) -> Task: ...
    async def fetch(self, task: Task | str, task_id: str = "", /) -> Task:
        """See `Client.fetch`."""
        provider, known, status_url = address(task, task_id)
        call = self._fetch_call(provider, known, status_url)
        try:
            seen = await self._send(provider, call, timeout=self._policy.attempt)
        except ProviderError as error:
            error.task = task if isinstance(task, Task) else None
            raise
        self._note(provider, known, seen)
        return seen

    async def wait(
        self,
        task: Task,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """See `Client.wait`."""
        (done,) = await self.wait_all([task], timeout=timeout, on_update=on_update)
        return done

    async def run(
        self,
        provider: str,
        request: Request,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """See `Client.run`."""
        began = self._clock()
        budget = check_timeout(self._policy.deadline if timeout is None else timeout)
        task = await self._submit(self._begin_submit(provider, request, budget))
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
        return self._each(self._watch(tasks, timeout), return_errors, on_update)

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
        ended: dict[int, Outcome] = {}
        async with aclosing(self._watch(tasks, timeout)) as events:
            async for event in events:
                report(event, on_update)
                if event.is_last:
                    ended[event.n] = outcome(event, return_errors=return_errors)
        return [ended[n] for n in sorted(ended)]

    def events(
        self, tasks: Iterable[Task], *, timeout: float | None = None
    ) -> AsyncIterator[Transition]:
        """See `Client.events`."""
        return self._watch(tasks, timeout)

    async def resume_all(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> list[Task | ImageTasksError]:
        """See `Client.resume_all`."""
        tasks, intents = await self._until(self._kept_journal().unfinished())
        ended = await self.wait_all(
            tasks, timeout=timeout, return_errors=True, on_update=on_update
        )
        return [*ended, *map(outcome_unknown, intents)]

    async def resolve(self, intent: Intent, task_id: str) -> Task:
        """See `Client.resolve`."""
        journal = self._kept_journal()
        await self._until(journal.claim(intent))
        try:
            found = await self.fetch(intent.provider, task_id)
            task = replace(found, id=task_id)  # the answer may spell it in another way
            await self._until(journal.resolve(intent, task))
        finally:
            journal.release(intent)
        return task

    async def resubmit(self, intent: Intent, *, request: Request | None = None) -> Task:
        """See `Client.resubmit`."""
        journal = self._kept_journal()
        submission = self._begin_resubmit(intent, request)
        await self._until(journal.claim(intent))
        try:
            return await self._submit(submission)
        finally:
            journal.release(intent)

    async def abandon(self, what: Intent | Task) -> None:
        """See `Client.abandon`."""
        await self._until(self._kept_journal().abandon(what))

    async def download(
        self,
        task: Task,
        folder: str | PathLike[str],
        *,
        timeout: float = 600,
        on_progress: OnProgress | None = None,
    ) -> list[Path]:
        """See `Client.download`."""
        self._claim_loop()
        return await self._downloader.download(
            task, Path(folder), timeout=timeout, on_progress=on_progress
        )

    def notify(self, event: WebhookEvent) -> None:
        """See `Client.notify`. For any thread too, not only for the loop of the client."""
        self._engine.notify(
            event.provider, event.task_id, has_ended=event.state.is_terminal
        )

    async def aclose(self) -> None:
        """See `Client.close`."""
        await self._engine.aclose()
        for sender in self._senders.values():
            await sender.aclose()
        await self._downloader.aclose()
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)

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

    async def _until(self, done: Future[T]) -> T:
        """The journal goes on with it in spite of a cancellation."""
        return await asyncio.shield(asyncio.wrap_future(done))

    async def _written(self, done: Future[None] | None) -> None:
        if done is not None:
            await self._until(done)

    async def _send(self, provider: str, call: Call[T], *, timeout: float) -> T:
        self._claim_loop()
        response = await self._senders[provider].send(call.request, timeout=timeout)
        return self._read(provider, call, response)

    async def _try(
        self, provider: str, call: Call[T], *, timeout: float
    ) -> T | ProviderError:
        try:
            return await self._send(provider, call, timeout=timeout)
        except ProviderError as error:
            return error

    def _watch(
        self, tasks: Iterable[Task], timeout: float | None
    ) -> AsyncGenerator[Transition]:
        """Time runs from this call; requests begin when somebody listens, and end when nobody does."""
        tasks = list(tasks)
        self._engine.take_hints()
        inbox: asyncio.Queue[Transition | Exception] = asyncio.Queue()
        waits = self._begin_waits(tasks, timeout, inbox.put_nowait)
        return self._listen(inbox, waits, len(tasks))

    async def _listen(
        self,
        inbox: asyncio.Queue[Transition | Exception],
        waits: list[Wait],
        left: int,
    ) -> AsyncGenerator[Transition]:
        self._claim_loop()
        try:
            self._engine.add(waits)
            while left:
                event = news(await inbox.get())
                left -= event.is_last
                yield event
        finally:
            self._engine.discard(waits)

    async def _each(
        self,
        watched: AsyncGenerator[Transition],
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> AsyncIterator[Outcome]:
        async with aclosing(watched) as events:
            async for event in events:
                report(event, on_update)
                if event.is_last:
                    yield outcome(event, return_errors=return_errors)

    async def _fetch_for(self, exchange: Exchange) -> FetchResult:
        provider, known = exchange.task.provider, exchange.wait.poll.task
        call = self._fetch_call(provider, exchange.task.id, known._status_url)
        try:
            response = await self._senders[provider].send(
                call.request, timeout=exchange.timeout
            )
            return exchange.wait.read(
                fingerprint(response), partial(self._read, provider, call, response)
            )
        except ProviderError as error:
            return error

    async def _look_again(self, task: Task, timeout: float) -> Fresh:
        """One exchange, for a result that is gone."""
        call = self._call_again(task)
        if call is None:
            return None
        timeout = min(timeout, self._policy.attempt)
        return await self._try(task.provider, call, timeout=timeout)
