# Made of async_waiter.py by `make generate`. Edit that file.
"""Waiting for tasks: the engine polls them, and whoever waits gets their news."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing

from .._core import Core
from .._forking import keep_as_it_is
from .._scheduling.engine import Engine
from .._scheduling.events import Transition
from .._scheduling.outcomes import first, news, outcome, report
from .._scheduling.scheduler import OnUpdate, Outcome
from .._scheduling.wait import Wait
from .._task import Task
from .exchanges import Exchanges
from .shim import Inbox, Lifetime, Sleep


class Waiter:
    """All waits of a client share one engine; each wait has an inbox for its news."""

    def __init__(
        self,
        core: Core,
        lifetime: Lifetime,
        exchanges: Exchanges,
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
        self._engine = Engine(
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

    def wait(
        self, task: Task, timeout: float | None, on_update: OnUpdate | None
    ) -> Task:
        return first(self.wait_all([task], timeout, False, on_update))

    def wait_all(
        self,
        tasks: Iterable[Task],
        timeout: float | None,
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> list[Outcome]:
        ended: dict[int, Outcome] = {}
        with closing(self.watch(tasks, timeout)) as events:
            for event in events:
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
    ) -> Generator[Outcome]:
        return self._ends(self.watch(tasks, timeout), return_errors, on_update)

    def watch(
        self, tasks: Iterable[Task], timeout: float | None
    ) -> Generator[Transition]:
        """Time runs from this call; requests begin when somebody listens, and end when nobody does."""
        self._lifetime.check_open()
        tasks = list(tasks)
        inbox: Inbox[Transition | Exception] = Inbox()
        waits = self._core.begin_waits(tasks, timeout, inbox.put)
        return self._listen(inbox, waits, len(tasks))

    def _listen(
        self,
        inbox: Inbox[Transition | Exception],
        waits: list[Wait],
        left: int,
    ) -> Generator[Transition]:
        self._lifetime.check_usable()
        try:
            self._engine.add(waits)
            while left:
                event = news(inbox.get())
                left -= event.is_last
                yield event
        finally:
            self._engine.discard(waits)

    def _ends(
        self,
        watched: Generator[Transition],
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> Generator[Outcome]:
        with closing(watched) as events:
            for event in events:
                report(event, on_update)
                if event.is_last:
                    yield outcome(event, return_errors=return_errors)

    def notify(self, provider: str, task_id: str, *, has_ended: bool) -> None:
        self._engine.notify(provider, task_id, has_ended=has_ended)

    def close(self) -> None:
        self._engine.close()
