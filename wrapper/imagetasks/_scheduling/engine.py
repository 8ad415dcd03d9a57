"""The scheduler's driver for threads: one that decides when, and a bounded pool that carries out exchanges."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from .events import Observer
from .scheduler import Exchange, FetchResult, Scheduler
from .threads import DaemonThreads
from .wait import Wait


class Engine:
    """
    Threads behind all waits of a client. They start when somebody waits; nothing runs in the thread that waits.

    `sleep` is for tests: time passes by it, once no exchange is under way. Without it the engine sleeps until there is
    something to do, or something new.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        fetch: Callable[[Exchange], FetchResult],
        observer: Observer,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
    ) -> None:
        self._scheduler = scheduler
        self._fetch = fetch
        self._observer = observer
        self._clock = clock
        self._sleep = sleep
        self._pool = DaemonThreads(scheduler.slots, "imagetasks")
        # Guards the scheduler; whoever changes it says so.
        self._changed = threading.Condition()
        # Taken before the other is given back, so that news is told in the order in which it came up.
        self._telling = threading.RLock()
        self._is_running = self._is_closed = False

    def add(self, waits: Iterable[Wait]) -> None:
        with self._change():
            if self._is_closed:
                raise RuntimeError("the client is closed")
            for wait in waits:
                self._scheduler.add(wait, now=self._clock())
            if not self._is_running and not self._scheduler.is_idle:
                threading.Thread(
                    target=self._run, name="imagetasks", daemon=True
                ).start()
                self._is_running = True

    def discard(self, waits: Iterable[Wait]) -> None:
        with self._change():
            self._scheduler.discard(waits)

    def notify(self, provider: str, task_id: str, *, has_ended: bool) -> None:
        with self._change():
            self._scheduler.notify(
                provider, task_id, has_ended=has_ended, now=self._clock()
            )

    def close(self) -> None:
        """Wakes everyone who waits."""
        with self._change():
            self._is_closed = True
            self._scheduler.abandon(RuntimeError("the client is closed"))
        self._pool.close()

    def _run(self) -> None:
        try:
            while self._start_what_may():
                self._rest()
        except Exception as error:  # nobody shall wait for a thread that is no more
            with self._change():
                self._is_running = False
                self._scheduler.abandon(error)

    def _start_what_may(self) -> bool:
        """Returns whether anybody waits for anything."""
        with self._change():
            for exchange in self._scheduler.start(now=self._clock()):
                self._pool.submit(partial(self._carry_out, exchange))
            self._is_running = not self._scheduler.is_idle
            return self._is_running

    def _rest(self) -> None:
        """Until there is something to do, or something new."""
        with self._changed:
            now = self._clock()
            wake_at = self._scheduler.wake_at(now=now)
            if self._scheduler.is_idle:
                return
            pause = None if wake_at is None else max(wake_at - now, 0.0)
            if self._sleep is None:
                self._changed.wait(pause)
                return
            if pause is None or self._scheduler.in_flight:
                self._changed.wait()
                return
        if pause > 0:
            self._sleep(pause)

    def _carry_out(self, exchange: Exchange) -> None:
        answer: FetchResult | Exception | None = None
        try:
            answer = self._fetch(exchange)
        except Exception as error:
            answer = error
        finally:
            with self._change():
                self._scheduler.finish(exchange, answer, now=self._clock())

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Change the scheduler, then tell everyone what became of it."""
        with self._changed:
            yield
            self._changed.notify()
            self._telling.acquire()
            news = self._scheduler.take_news()
        try:
            for one in news:
                one.tell(self._observer)
        finally:
            self._telling.release()
