"""Threads that a program does not wait for when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class DaemonThreads:
    """
    Up to so many, started as they are needed. An executor's would be waited for at the end of the program, however long
    their exchanges still take.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._work: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._started = 0
        self._free = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._is_closed = False

    def submit(self, work: Callable[[], object]) -> None:
        """`work` is done by the next thread that is free. It raises nothing."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the client is closed")
            self._work.put(work)
            if self._free.acquire(blocking=False) or self._started >= self._most:
                return
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
            self._started += 1

    def close(self) -> None:
        """What has not begun is not done."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._started):
                self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            if not self._is_closed:
                work()
            del work
            self._free.release()
