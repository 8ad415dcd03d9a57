"""A thread for what the mock does by itself, beside answering."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any


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
