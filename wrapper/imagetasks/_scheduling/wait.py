"""One task that somebody waits for, as the scheduler has it. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from .._task import Task
from .events import Transition
from .poll import Poll

Deliver = Callable[[Transition | Exception], object]
_numbers = count()


class Wait:
    """One task that somebody waits for."""

    __slots__ = (
        "_fingerprint",
        "deliver",
        "is_over",
        "is_queued",
        "n",
        "number",
        "poll",
    )

    def __init__(self, n: int, poll: Poll, deliver: Deliver) -> None:
        self.n = n
        self.poll = poll
        self.deliver = deliver
        self.is_over = False
        self.is_queued = False
        """Whether it is in its queue until `poll.due`."""
        self.number = next(_numbers)
        """Of those due at once, the one that came first is first."""
        self._fingerprint: int | None = None

    def read(self, fingerprint: int, read: Callable[[], Task]) -> Task:
        """An answer that says word for word what the last one said is the known snapshot; others are read."""
        # Its hash, not the answer: ten thousand of them are memory.
        if fingerprint == self._fingerprint:
            return self.poll.task
        task = read()
        self._fingerprint = fingerprint
        return task
