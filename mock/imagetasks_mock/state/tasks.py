"""The tasks of all vendors: what each is, and which state it is in at the clock's time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

from .._errors import MockError
from ..http.answers import Answer
from ..specs.lifecycle import Lifecycle, WireState
from .clock import Clock

KEPT = 20_000
"""
Tasks. One more, and the oldest that has ended is forgotten, with its result. A task that has not
ended stays, however many there are.
"""


class Fate(NamedTuple):
    """How a task ends. What is None is as in the documented example."""

    at: float
    """Seconds since 1970 on the virtual clock."""
    wire_state: WireState
    """Its last state."""
    example: str | None = None
    """The name of the example that its last answer is made of."""
    message: str | None = None
    code: str | None = None


@dataclass(eq=False, slots=True)
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
    account: str = field(repr=False)
    """The API key that it belongs to."""
    origin: str
    """Where its result is served, as the client that made it called this server."""
    created: float
    fate: Fate
    lifecycle: Lifecycle = field(repr=False)
    clock: Clock = field(repr=False)
    credits: int | None = None
    """What it costs, where the vendor documents that or tells it in its answers."""
    picture: tuple[int, int] = (1024, 1024)
    refreshed: float | None = None
    """When the vendor last looked at its upstream, where it does so now and then only."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What only its vendor knows of."""
    status_url: str | None = None
    """Where this server tells of it."""
    answers: dict[WireState, Answer] = field(default_factory=dict, repr=False)
    """The status call's last answer, by state: in one state it does not change."""

    @property
    def ends(self) -> float:
        return self.fate.at

    @property
    def known_end(self) -> float:
        """When the vendor learned of the end."""
        return self.ends if self.refreshed is None else self.refreshed

    @property
    def duration(self) -> float:
        """Virtual seconds from `created` to the end."""
        return round(self.fate.at - self.created, 3)

    @property
    def wire_state(self) -> WireState:
        return self.wire_state_at(self.clock.time())

    def wire_state_at(self, instant: float) -> WireState:
        fate = self.fate
        if instant >= fate.at:
            return fate.wire_state
        return self.lifecycle.pending_at(
            (instant - self.created) / (fate.at - self.created)
        )

    @property
    def state(self) -> str:
        return self.lifecycle.states[self.wire_state]

    @property
    def is_terminal(self) -> bool:
        return self.clock.time() >= self.fate.at

    @property
    def result_url(self) -> str:
        suffix = "mp4" if self.kind == "video" else "png"
        return f"{self.origin}/_results/{self.provider}/{self.id}/0.{suffix}"

    @property
    def is_refunded(self) -> bool:
        return self.state == "failed" and self.lifecycle.refunds

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
        self, outcome: str, message: str | None = None, code: str | None = None
    ) -> None:
        with _ending:
            if self.is_terminal:
                raise MockError(f"task {self.id} has {self.state} already")
            wire_state = self.lifecycle.wire_state_for(outcome, self.id)
            self.fate = Fate(self.clock.time(), wire_state, None, message, code)
        self.clock.wake()


_ending = Lock()


class Tasks:
    """The tasks of all vendors, oldest first, and each by its id. See KEPT for how many."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._oldest: deque[Task] = deque()

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
        self._oldest.append(task)
        # Two looks for each task that comes: those that have not ended are passed by, and so looked at again later.
        for _ in range(2):
            if len(self._tasks) <= KEPT:
                return
            oldest = self._oldest.popleft()
            if oldest.is_terminal:
                self._tasks.pop(oldest.id, None)
            else:
                self._oldest.append(oldest)

    def clear(self) -> None:
        self._tasks.clear()
        self._oldest.clear()
