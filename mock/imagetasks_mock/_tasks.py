"""The tasks of all vendors: what each is, and which state it is in at the clock's time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from ._clock import Clock
from ._errors import MockError
from ._lifecycle import TERMINAL, Lifecycle, Wire


@dataclass(eq=False)
class Task:
    """
    A task at a vendor. `state` is what its wire state means: pending, queued, running,
    succeeded, failed or cancelled.
    """

    provider: str
    id: str
    body: Any
    """The JSON that made it."""
    model: str | None
    prompt: str | None
    kind: str
    origin: str
    """Where its result is served, as the client that made it called this server."""
    created: float
    duration: float
    """Virtual seconds from `created` to the end; the instants are seconds since 1970."""
    lifecycle: Lifecycle = field(repr=False)
    clock: Clock = field(repr=False)
    outcome: str = "succeeded"
    error: str | None = None
    """Why it failed, in place of the documented example's words."""
    code: str | None = None
    credits: int | None = None
    picture: tuple[int, int] = (1024, 1024)
    extra: dict[str, Any] = field(default_factory=dict)
    """What only its vendor knows of."""
    answers: dict[Wire, bytes] = field(default_factory=dict, repr=False)
    """The status call's answers so far: in one state they do not change."""

    def __post_init__(self) -> None:
        self._lock = RLock()
        self.ends = self.created + self.duration
        shares = range(1, len(self.lifecycle.pending) + 1)
        # Later states take longer: queued a third and running two thirds, for one.
        self._changes = [
            self.created + self.duration * sum(shares[:n]) / sum(shares) for n in shares
        ]

    @property
    def wire_state(self) -> Wire:
        with self._lock:
            now = self.clock.time()
            if now >= self.ends:
                return self.lifecycle.wire(self.outcome)
            return self.lifecycle.pending[bisect_right(self._changes[:-1], now)]

    @property
    def state(self) -> str:
        return self.lifecycle.states[self.wire_state]

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    def succeed(self) -> None:
        """End it now, with a result. Raises MockError when it has ended before."""
        self._end("succeeded")

    def fail(self, message: str | None = None, code: str | None = None) -> None:
        """
        End it now, failed. What is left out is the vendor's documented example. Raises
        MockError when it has ended before.
        """
        self._end("failed", message, code)

    def cancel(self) -> None:
        """End it now, cancelled. Raises MockError where the vendor documents no such state."""
        if "cancelled" not in self.lifecycle.states.values():
            raise MockError(f"{self.provider} documents no cancelled state")
        self._end("cancelled")

    def _end(
        self, outcome: str, error: str | None = None, code: str | None = None
    ) -> None:
        with self._lock:
            if self.is_terminal:
                raise MockError(f"task {self.id} has {self.state} already")
            self.outcome, self.error, self.code = outcome, error, code
            self.ends = self.clock.time()


class Tasks:
    """All tasks, oldest first, and each by its id."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def __iter__(self) -> Iterator[Task]:
        # A copy in one step: the server adds tasks while a test looks at them.
        return iter(list(self._tasks.values()))

    def __len__(self) -> int:
        return len(self._tasks)

    def __getitem__(self, task_id: str) -> Task:
        return self._tasks[task_id]

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._tasks

    def find(self, provider: str, task_id: str) -> Task | None:
        task = self._tasks.get(task_id)
        return task if task and task.provider == provider else None

    def add(self, task: Task) -> None:
        self._tasks[task.id] = task

    def clear(self) -> None:
        self._tasks.clear()
