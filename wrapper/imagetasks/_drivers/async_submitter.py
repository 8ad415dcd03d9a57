"""Carrying out submits: each POST between two entries in the journal, and again where that is safe."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from datetime import UTC, datetime

from .._core import Core
from .._errors import ImageTasksError, ProviderError, carry
from .._request import Action, Request
from .._scheduling.outcomes import first
from .._scheduling.scheduler import OnUpdate, Outcome
from .._submitting.async_dispatch import AsyncDispatcher
from .._submitting.submission import Attempt, Pause, Submission
from .._submitting.telling import Telling
from .._task import Task
from .async_exchanges import AsyncExchanges
from .async_shim import Lifetime, Sleep, default_sleep, result_of


class AsyncSubmitter:
    """Does what a `Submission` says, and has the books and the observer know of it."""

    def __init__(
        self,
        core: Core,
        lifetime: Lifetime,
        exchanges: AsyncExchanges,
        sleep: Sleep | None,
    ) -> None:
        self._core = core
        self._lifetime = lifetime
        self._exchanges = exchanges
        self._sleep = sleep or default_sleep
        self._dispatcher = AsyncDispatcher(self._attempt, clock=core.clock, sleep=sleep)

    async def submit(self, submission: Submission) -> Task:
        self._lifetime.check_usable()
        while True:
            step = submission.next_step(now=self._core.clock())
            if isinstance(step, Pause):
                await self._sleep(step.seconds)
            elif outcomes := await self._attempt(submission, step):
                return first(outcomes)

    async def submit_many(
        self,
        provider: str,
        requests: Iterable[Request],
        timeout: float | None,
        label: str | Iterable[str | None] | None,
        max_credits: float | None,
        on_update: OnUpdate | None,
    ) -> list[Outcome]:
        self._lifetime.check_usable()
        batch = self._core.submissions.begin_batch(
            provider, requests, timeout, label, max_credits
        )
        await self._dispatcher.run(batch, on_update)
        return batch.outcomes

    async def follow_up(
        self,
        task: Task,
        action: Action,
        n: int,
        webhook_url: str | None,
        label: str | None,
    ) -> Task:
        self._lifetime.check_usable()
        button = self._core.submissions.button(task, action, n)
        seen = task
        if task.raw is None:
            seen = await self._exchanges.fetch(task.provider, task.id, task)
        with self._core.submissions.begin_follow_up(
            task, seen, button, webhook_url, label
        ) as submission:
            return await self.submit(submission)

    async def _attempt(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        """One POST, between two entries in the journal. Returns nothing where it may be sent again."""
        self._lifetime.check_usable()
        books = self._core.books
        with Telling(self._core.observer, submission, self._core.clock) as telling:
            try:
                await _written(books.write_intent(submission))
                telling.begin()
                outcomes = await self._post(submission, attempt)
                telling.end(outcomes)
            except BaseException as error:
                telling.end(error)
                if isinstance(error, ImageTasksError):
                    error.label = submission.label
                await _written(books.write_outcome(submission, error))
                raise
            try:
                await _written(books.write_outcome(submission, outcomes))
            except BaseException as error:
                carry(error, (task for task in outcomes if isinstance(task, Task)))
                raise
            return outcomes

    async def _post(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        sent_at = datetime.now(UTC)
        try:
            tasks = await self._exchanges.send(
                submission.provider,
                submission.call,
                timeout=attempt.timeout,
                on_leave=submission.begin_attempt,
            )
        except ProviderError as error:
            submission.record_failure(error, now=self._core.clock(), sent_at=sent_at)
            return []
        return self._core.submissions.accepted(submission, tasks, sent_at)


async def _written(done: Future[None] | None) -> None:
    if done is not None:
        await result_of(done)
