"""When this client first saw that a task had succeeded: a result may come a little later than the word of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from .._task import State, Task

MOST = 10_000
"""Tasks that are remembered."""


class Successes:
    """Of one client. Threads may share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, task: Task) -> None:
        """A vendor's answer."""
        if task.state is State.SUCCEEDED:
            self._note(task, self._clock())

    def first_seen(self, task: Task) -> float:
        """By the client's clock. A task that comes from elsewhere has succeeded long ago, as far as anybody knows."""
        return self._note(task, float("-inf"))

    def _note(self, task: Task, now: float) -> float:
        with self._lock:
            first = self._seen.setdefault((task.provider, task.id), now)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
            return first
