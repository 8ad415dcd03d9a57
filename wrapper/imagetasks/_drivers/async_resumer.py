"""Continuing what the journal holds, and settling what it leaves open."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from .._core import Core
from .._journal.intent import outcome_unknown
from .._journal.listing import as_it_is, unsaved
from .._request import Intent, Request
from .._scheduling.scheduler import OnUpdate, Outcome
from .._task import Task
from .async_exchanges import AsyncExchanges
from .async_shim import Lifetime, result_of
from .async_submitter import AsyncSubmitter
from .async_waiter import AsyncWaiter

if TYPE_CHECKING:
    from .._journal.journal import Journal


class AsyncResumer:
    """Whoever settles an intent claims it first, so that nobody else does at the same time."""

    def __init__(
        self,
        core: Core,
        lifetime: Lifetime,
        exchanges: AsyncExchanges,
        submitter: AsyncSubmitter,
        waiter: AsyncWaiter,
    ) -> None:
        self._core = core
        self._lifetime = lifetime
        self._exchanges = exchanges
        self._submitter = submitter
        self._waiter = waiter

    def resume(
        self, timeout: float | None, on_update: OnUpdate | None
    ) -> AsyncGenerator[Outcome]:
        self._lifetime.check_open()
        return self._open_tasks(self._core.books.journal, timeout, on_update)

    async def resume_all(
        self, timeout: float | None, on_update: OnUpdate | None
    ) -> list[Outcome]:
        self._lifetime.check_usable()
        unknown = await result_of(self._core.books.journal.unknown())
        ended = [one async for one in self.resume(timeout, on_update)]
        return [*ended, *map(outcome_unknown, unknown)]

    async def _open_tasks(
        self, journal: Journal, timeout: float | None, on_update: OnUpdate | None
    ) -> AsyncGenerator[Outcome]:
        tasks = await result_of(journal.tasks(is_open=True))
        for task in unsaved(tasks):
            yield as_it_is(task)
        unfinished = [task for task in tasks if not task.state.is_terminal]
        ends = self._waiter.as_completed(unfinished, timeout, True, on_update)
        async with aclosing(ends) as ended:
            async for each in ended:
                yield each

    async def resolve(self, intent: Intent, task_id: str) -> Task:
        self._lifetime.check_usable()
        journal = self._core.books.journal
        await result_of(journal.claim(intent))
        try:
            found = await self._exchanges.fetch(intent.provider, task_id)
            task = replace(found, label=intent.label, _request=intent.request)
            await result_of(self._core.books.resolve(intent, task))
        finally:
            journal.release(intent)
        return task

    async def resubmit(self, intent: Intent, request: Request | None) -> Task:
        self._lifetime.check_usable()
        journal = self._core.books.journal
        submission = self._core.submissions.begin_resubmit(intent, request)
        await result_of(journal.claim(intent))
        try:
            return await self._submitter.submit(submission)
        finally:
            journal.release(intent)

    async def release(self, task: Task) -> None:
        self._lifetime.check_usable()
        await result_of(self._core.books.journal.release_task(task))

    async def abandon(self, what: Intent | Task) -> None:
        self._lifetime.check_usable()
        await result_of(self._core.books.abandon(what))
