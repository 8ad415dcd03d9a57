"""The sender of webhooks: many reports at once, each at its own pace, on the virtual clock."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from threading import Condition
from typing import TYPE_CHECKING, Any

from .._errors import MockError
from ..state.clock import Clock
from .reports import Report, Webhook

if TYPE_CHECKING:  # imports httpx
    from .outbound import Outbound


class Sender:
    """
    Delivers reports, until `stop`. One coroutine each: a receiver that is slow, or silent, holds up
    nobody else's.
    """

    def __init__(
        self, clock: Clock, hosts: Collection[str], keep: Callable[[Webhook], None]
    ) -> None:
        self._clock = clock
        self._hosts = hosts
        self._keep = keep
        self._reports: set[Report] = set()
        self._progress = Condition()
        """Held where a report changes."""
        self._moved = asyncio.Event()
        self._background = Background("imagetasks_mock webhooks")

    def start(self, report: Report) -> None:
        with self._progress:
            self._reports.add(report)
        self._background.start(self._deliver(report))

    def look_again(self) -> None:
        """Time has moved by hand, or a task was ended so."""
        self._background.call(self._wake)

    def settle(self, timeout: float) -> None:
        """Until nothing is due. Raises MockError after so many real seconds."""
        with self._progress:
            if not self._progress.wait_for(lambda: not any(self._due()), timeout):
                urls = ", ".join(sorted({report.url for report in self._due()}))
                raise MockError(f"webhooks are unsent after {timeout:g} s: {urls}")

    def stop(self) -> None:
        self._background.stop()
        with self._changing():
            self._reports.clear()

    def _due(self) -> Iterator[Report]:
        now = self._clock.time()
        return (report for report in self._reports if report.due <= now)

    # In the background.

    async def _deliver(self, report: Report) -> None:
        objection = self._outbound.objection(report.url)
        while report.due < math.inf:
            await self._wait_until_due(report)
            if report.webhook is None:
                with self._changing():
                    if webhook := report.begin(objection):
                        self._keep(webhook)
            if report.webhook:
                await self._attempt(report, report.webhook)
        with self._changing():
            self._reports.remove(report)

    async def _wait_until_due(self, report: Report) -> None:
        """Until it is due."""
        while (left := self._clock.real_seconds_until(report.due)) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left if left < math.inf else None):
                    await self._moved.wait()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def _attempt(self, report: Report, webhook: Webhook) -> None:
        started = time.monotonic()
        status, error = await self._outbound.post(webhook.url, report.body(webhook))
        took = (time.monotonic() - started) * self._clock.speed
        with self._changing():
            report.record(webhook, status, error, took)

    @cached_property
    def _outbound(self) -> Outbound:
        from .outbound import Outbound

        return Outbound(self._hosts)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._progress:
            yield
            self._progress.notify_all()


class Background:
    """Runs coroutines in an event loop of its own, until `stop` cancels those that are left."""

    def __init__(self, name: str) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        # The loop itself holds on to no task.
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._runner:
            self._runner.run(self._stop.wait())

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.call(self._start, coroutine)

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """In the loop, soon."""
        self._loop.call_soon_threadsafe(function, *arguments)

    def stop(self) -> None:
        self.call(self._stop.set)
        self._thread.join()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
