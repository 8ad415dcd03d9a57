"""The scheduler's driver for asyncio: a timer, and a task for each exchange that is under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

from .events import Observer
from .scheduler import Exchange, FetchResult, Scheduler
from .wait import Wait
from .webhook_evidence import KEPT

STARTED_AT_ONCE = 16
"""
At each provider, in one turn of the loop; the others in the next. What starts together ends together, and is due together
again: a wave of hundreds stays one, and each of them waits for all others. So starts and ends take turns. 4 to 16 measure
alike (tests/benchmarks/README.md); the sync engine has 16 threads.
"""


class AsyncEngine:
    """`Engine` for asyncio: the same, on the loop of whoever waits."""

    def __init__(
        self,
        scheduler: Scheduler,
        fetch: Callable[[Exchange], Coroutine[Any, Any, FetchResult]],
        observer: Observer,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] | None,
    ) -> None:
        self._scheduler = scheduler
        self._fetch = fetch
        self._observer = observer
        self._clock = clock
        self._sleep = sleep
        # A wait has one exchange under way at most.
        self._running: dict[Wait, tuple[Exchange, asyncio.Task[None]]] = {}
        self._timer: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._wake_at: float | None = None
        self._steps_soon = False
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        # Other threads put in at one end, the loop takes out at the other.
        self._hints: deque[tuple[str, str, bool]] = deque(maxlen=KEPT)

    def add(self, waits: Iterable[Wait]) -> None:
        if self._is_closed:
            raise RuntimeError("the client is closed")
        self._loop = asyncio.get_running_loop()
        for wait in waits:
            self._scheduler.add(wait, now=self._clock())
        self._step()

    def discard(self, waits: Iterable[Wait]) -> None:
        """Their exchanges are broken off."""
        waits = list(waits)
        self._scheduler.discard(waits)
        for wait in waits:
            self._break_off(wait)
        self._arm()

    def notify(self, provider: str, task_id: str, *, has_ended: bool) -> None:
        """For any thread."""
        self._hints.append((provider, task_id, has_ended))
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._step)

    def take_hints(self) -> None:
        """What was told since the loop last ran. Also before waits are made: when they look first depends on it."""
        while self._hints:
            provider, task_id, has_ended = self._hints.popleft()
            self._scheduler.notify(
                provider, task_id, has_ended=has_ended, now=self._clock()
            )

    async def aclose(self) -> None:
        """Wakes everyone who waits, and ends what is under way."""
        self._is_closed = True
        self._scheduler.abandon(RuntimeError("the client is closed"))
        self._arm()
        self._tell()
        broken_off = [self._break_off(wait) for wait in list(self._running)]
        await asyncio.gather(*filter(None, broken_off), return_exceptions=True)

    def _step(self) -> None:
        """Start what may start, and come back for the next."""
        self._steps_soon = False
        try:
            self.take_hints()
            now = self._clock()
            for exchange in self._scheduler.start(now=now, at_most=STARTED_AT_ONCE):
                carried_out = asyncio.create_task(self._carry_out(exchange))
                self._running[exchange.wait] = exchange, carried_out
            self._arm()
        except Exception as error:  # else it would end in the loop's log, unseen
            self._scheduler.abandon(error)
        self._tell()

    def _tell(self) -> None:
        for one in self._scheduler.take_news():
            one.tell(self._observer)

    async def _carry_out(self, exchange: Exchange) -> None:
        answer: FetchResult | Exception | None = None
        try:
            answer = await self._fetch(exchange)
        except Exception as error:
            answer = error
        finally:
            # Not in a callback of the task: that would come a turn of the loop later, and cost one.
            self._finish(exchange, answer)

    def _break_off(self, wait: Wait) -> asyncio.Task[None] | None:
        """The exchange of a wait, if one is under way."""
        if wait not in self._running:
            return None
        exchange, carried_out = self._running[wait]
        carried_out.cancel()
        # One that has not begun never will, and does not finish itself.
        carried_out.add_done_callback(lambda _: self._finish(exchange, None))
        return carried_out

    def _finish(
        self, exchange: Exchange, answer: FetchResult | Exception | None
    ) -> None:
        if self._running.pop(exchange.wait, None) is None:
            return
        self._scheduler.finish(exchange, answer, now=self._clock())
        # Exchanges that end in one turn of the loop share a step.
        if not self._steps_soon:
            self._steps_soon = True
            asyncio.get_running_loop().call_soon(self._step)

    def _arm(self) -> None:
        """The timer goes off for whatever comes first of all, not for what was put in last."""
        now = self._clock()
        wake_at = self._scheduler.wake_at(now=now)
        if self._sleep is not None and self._scheduler.in_flight:
            wake_at = None
        if wake_at == self._wake_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._wake_at = None, wake_at
        if wake_at is None:
            return
        if self._sleep is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(wake_at - now, 0.0), self._ring)
        else:
            seconds = max(wake_at - now, 0.0)
            self._timer = asyncio.create_task(self._pass_time(self._sleep, seconds))

    def _ring(self) -> None:
        self._timer = self._wake_at = None
        self._step()

    async def _pass_time(
        self, sleep: Callable[[float], Awaitable[object]], seconds: float
    ) -> None:
        try:
            await sleep(seconds)
        except Exception as error:
            self._scheduler.abandon(error)
        self._ring()
