"""The fleet's driver for threads: one that decides when, and a bounded pool that carries out exchanges."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from ._events import Event, Observer
from ._fleet import Answer, Exchange, Fleet
from ._lane import Wait

THREADS = 16
"""For one provider: the one that decides, and one for each exchange at once."""


class Engine:
    """
    Threads behind all waits of a client. They start when somebody waits; nothing runs in the thread that waits.

    `sleep` is for tests: time passes by it, once no exchange is under way. Without it the engine sleeps until there is
    something to do, or something new.
    """

    def __init__(
        self,
        fleet: Fleet,
        fetch: Callable[[Exchange], Answer],
        observer: Observer,
        *,
        threads: int,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
    ) -> None:
        self._fleet = fleet
        self._fetch = fetch
        self._observer = observer
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="imagetasks")
        # Guards the fleet; whoever changes it says so.
        self._changed = threading.Condition()
        self._is_running = self._is_closed = False

    def add(self, waits: Iterable[Wait]) -> None:
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the client is closed")
            for wait in waits:
                self._fleet.add(wait, now=self._clock())
            if not self._is_running and not self._fleet.is_idle:
                self._is_running = True
                threading.Thread(
                    target=self._run, name="imagetasks", daemon=True
                ).start()
            self._changed.notify()
            events = self._take_events()
        self._observer.tell(events)

    def discard(self, waits: Iterable[Wait]) -> None:
        with self._changed:
            self._fleet.discard(waits)
            self._changed.notify()

    def close(self) -> None:
        """Wakes everyone who waits."""
        with self._changed:
            self._is_closed = True
            self._fleet.abandon(RuntimeError("the client is closed"))
            self._changed.notify()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        try:
            self._decide()
        except Exception as error:  # nobody shall wait for a thread that is no more
            with self._changed:
                self._is_running = False
                self._fleet.abandon(error)

    def _decide(self) -> None:
        """Until nobody waits any more."""
        while True:
            with self._changed:
                if self._fleet.is_idle:
                    self._is_running = False
                    return
                for exchange in self._fleet.start(now=self._clock()):
                    self._pool.submit(self._carry_out, exchange)
                events = self._take_events()
                pause = None if events else self._rest()
            self._observer.tell(events)
            if pause is not None and self._sleep is not None:
                self._sleep(pause)

    def _rest(self) -> float | None:
        """Wait for time to pass or for something new. Returns the seconds to sleep where tests make time pass."""
        wake_at = self._fleet.wake_at(now=self._clock())
        pause = None if wake_at is None else max(wake_at - self._clock(), 0.0)
        if self._sleep is not None and pause is not None and not self._fleet.in_flight:
            return pause
        self._changed.wait(pause if self._sleep is None else None)
        return None

    def _carry_out(self, exchange: Exchange) -> None:
        answer: Answer | Exception | None = None
        try:
            answer = self._fetch(exchange)
        except Exception as error:
            answer = error
        finally:
            with self._changed:
                self._fleet.finish(exchange, answer, now=self._clock())
                self._changed.notify()
                events = self._take_events()
        self._observer.tell(events)

    def _take_events(self) -> list[Event]:
        events = self._fleet.events
        self._fleet.events = []
        return events
