"""Waiting for tasks: the engine polls them, and whoever waits gets their news."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from .._core import Core
from .._forking import keep_as_it_is
from .._scheduling.async_engine import AsyncEngine
from .._scheduling.events import Transition
from .._scheduling.outcomes import first, news, outcome, report
from .._scheduling.scheduler import OnUpdate, Outcome
from .._scheduling.wait import Wait
from .._task import Task
from .async_exchanges import AsyncExchanges
from .async_shim import Inbox, Lifetime, Sleep


class AsyncWaiter:
    """All waits of a client share one engine; each wait has an inbox for its news."""

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
        self._sleep = sleep
        self._start()

    def _start(self) -> None:
        core = self._core
        self._scheduler = core.scheduler
        self._engine = AsyncEngine(
            core.scheduler,
            self._exchanges.poll,
            core.observer,
            clock=core.clock,
            sleep=self._sleep,
        )

    def start_anew(self) -> None:
        """In a child that was forked. Who waited in the parent waits there, not here, and hears of it."""
        keep_as_it_is(self._engine)
        abandoned = self._scheduler
        self._start()
        abandoned.abandon(
            RuntimeError("this wait belongs to the process that this one forked from")
        )
        for one in abandoned.take_news():
            one.tell(self._core.observer)

    async def wait(
        self, task: Task, timeout: float | None, on_update: OnUpdate | None
    ) -> Task:
        return first(await self.wait_all([task], timeout, False, on_update))

    async def wait_all(
        self,
        tasks: Iterable[Task],
        timeout: float | None,
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> list[Outcome]:
        ended: dict[int, Outcome] = {}
        async with aclosing(self.watch(tasks, timeout)) as events:
            async for event in events:
                report(event, on_update)
                if event.is_last:
                    ended[event.n] = outcome(event, return_errors=return_errors)
        return [ended[n] for n in sorted(ended)]

    def as_completed(
        self,
        tasks: Iterable[Task],
        timeout: float | None,
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> AsyncGenerator[Outcome]:
        return self._ends(self.watch(tasks, timeout), return_errors, on_update)

    def watch(
        self, tasks: Iterable[Task], timeout: float | None
    ) -> AsyncGenerator[Transition]:
        """Time runs from this call; requests begin when somebody listens, and end when nobody does."""
        self._lifetime.check_open()
        tasks = list(tasks)
        self._engine.take_hints()  # asyncio only
        inbox: Inbox[Transition | Exception] = Inbox()
        waits = self._core.begin_waits(tasks, timeout, inbox.put)
        return self._listen(inbox, waits, len(tasks))

    async def _listen(
        self,
        inbox: Inbox[Transition | Exception],
        waits: list[Wait],
        left: int,
    ) -> AsyncGenerator[Transition]:
        self._lifetime.check_usable()
        try:
            self._engine.add(waits)
            while left:
                event = news(await inbox.get())
                left -= event.is_last
                yield event
        finally:
            self._engine.discard(waits)

    async def _ends(
        self,
        watched: AsyncGenerator[Transition],
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> AsyncGenerator[Outcome]:
        async with aclosing(watched) as events:
            async for event in events:
                report(event, on_update)
                if event.is_last:
                    yield outcome(event, return_errors=return_errors)

    def notify(self, provider: str, task_id: str, *, has_ended: bool) -> None:
        self._engine.notify(provider, task_id, has_ended=has_ended)

    async def aclose(self) -> None:
        await self._engine.aclose()
