"""How far a download has come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from .._task import Task

EVERY = 0.1
"""Seconds between two reports of one artifact; its first and its last come in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far the download of one artifact has come.

        client.download(task, "out/", on_progress=lambda p: print(p.n, p.received, p.total))

    task: whose artifact it is.
    n: its place among the task's artifacts, from 1.
    received: bytes that are here. Fewer than before when the transfer had to start again.
    total: bytes of the whole file; None where the server does not say.
    """

    task: Task
    n: int
    received: int
    total: int | None


OnProgress = Callable[[Progress], object]


class Reporter:
    """Calls the user's function, from one thread at a time, and not for each chunk."""

    def __init__(
        self, on_progress: OnProgress | None, clock: Callable[[], float]
    ) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._due: dict[int, float] = {}
        self._lock = threading.Lock()

    def tell(self, progress: Progress, *, always: bool = False) -> None:
        if self._on_progress is None:
            return
        with self._lock:
            now = self._clock()
            if always or now >= self._due.get(progress.n, now):
                self._due[progress.n] = now + EVERY
                self._on_progress(progress)
