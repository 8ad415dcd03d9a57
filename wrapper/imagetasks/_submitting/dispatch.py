"""Sends a batch with threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from threading import Event, Thread

from .._errors import logger
from .._scheduling.scheduler import OnUpdate, Outcome
from .batch import AttemptResult, Batch, Part, Sending
from .submission import Attempt, Submission


class Dispatcher:
    """
    Sends a batch: the thread that calls decides, each exchange has one of its own.

    An interrupt starts nothing more, but what is under way costs money: it is waited for, and its tasks are told,
    before the interrupt goes on. A second one does not wait.

    `sleep` is for tests: time passes by it, once no exchange is under way.
    """

    def __init__(
        self,
        send: Callable[[Submission, Attempt], list[Outcome]],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._sleep = sleep or time.sleep
        self._is_timed = sleep is None

    def run(self, batch: Batch, on_update: OnUpdate | None) -> None:
        # Not an executor: interrupted while it starts a thread, it forgets the thread.
        begun: SimpleQueue[Sending | None] = SimpleQueue()
        ended: deque[tuple[Part, AttemptResult]] = deque()
        news = Event()

        def carry_out() -> None:
            while (sending := begun.get()) is not None:
                ended.append((sending.part, self._result_of(sending)))
                news.set()

        def take_in_all() -> None:
            while ended:
                try:
                    take_in(batch, *ended[0], on_update)
                except Exception:
                    ended.popleft()
                    raise
                # Only now: an interrupt can come between any two steps, and rather has a task told twice than not.
                ended.popleft()

        # In the context of whoever calls, as a single submit and asyncio's tasks are: tracing goes by it.
        threads = [
            Thread(
                target=copy_context().run,
                args=(carry_out,),
                name="imagetasks-submit",
                daemon=True,
            )
            for _ in range(batch.slots)
        ]
        try:
            for thread in threads:
                thread.start()
            while not batch.is_over:
                for sending in batch.start(now=self._clock()):
                    begun.put(sending)
                self._rest(batch, news)
                news.clear()
                take_in_all()
        finally:
            for _ in threads:
                begun.put(None)
            if batch.in_flight:
                logger.warning(
                    "waiting for %d submits under way, which are paid for; a second interrupt does not wait",
                    batch.in_flight,
                )
            try:
                for thread in threads:
                    if thread.ident is not None:
                        thread.join()
            finally:
                take_in_all()

    def _rest(self, batch: Batch, news: Event) -> None:
        """Until an exchange has ended, or it is time for the next."""
        pause = batch.pause(now=self._clock())
        if batch.in_flight:
            news.wait(pause if self._is_timed else None)
        elif pause:
            self._sleep(pause)

    def _result_of(self, sending: Sending) -> AttemptResult:
        try:
            return self._send(sending.part.submission, sending.attempt)
        except Exception as error:
            return error


def take_in(
    batch: Batch, part: Part, came: AttemptResult, on_update: OnUpdate | None
) -> None:
    for task in batch.finish(part, came):
        if on_update is not None:
            on_update(task)
