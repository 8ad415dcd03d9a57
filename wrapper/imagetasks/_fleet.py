"""Many waits at once, over a bounded number of exchanges. No clock, no sleep, no socket."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ._errors import ImageTasksError, ProviderError, TaskFailed
from ._poll import Poll
from ._task import State, Task

Outcome = Task | ImageTasksError
OnUpdate = Callable[[Task], object]


class Exchange(NamedTuple):
    """To be sent now: a fetch for the nth wait, over within `timeout` seconds."""

    n: int
    task: Task
    timeout: float


class Fleet:
    """
    Which of many waits is due, and what became of those that ended.

    The driver sends what `start` yields, brings each answer to `finish`, hands out `outcomes`, and in between
    sleeps until `next_due` or the next answer.
    """

    def __init__(
        self,
        polls: Sequence[Poll | ImageTasksError],
        *,
        slots: int,
        now: float,
        on_update: OnUpdate | None = None,
    ) -> None:
        self.outcomes: deque[tuple[int, Outcome]] = deque()
        self._polls = {n: p for n, p in enumerate(polls) if isinstance(p, Poll)}
        self._slots = slots
        self._on_update = on_update
        self._due = [(now, n) for n in self._polls]
        self._left = len(polls)
        for n, poll in enumerate(polls):
            if isinstance(poll, ImageTasksError):  # it ended before it began
                self._end(n, poll)

    @property
    def is_over(self) -> bool:
        return not self._left

    @property
    def next_due(self) -> float | None:
        """When the next exchange may start; None while all slots are taken, or no wait is due ever."""
        return self._due[0][0] if self._due and self._slots else None

    def start(self, *, now: float) -> Iterator[Exchange]:
        while self._slots and self._due and self._due[0][0] <= now:
            _, n = heapq.heappop(self._due)
            poll = self._polls[n]
            try:
                step = poll.next_fetch(now=now)
            except ImageTasksError as error:
                self._end(n, error)
                continue
            if step is None:
                self._end(n, outcome(poll.task))
            elif step.after > 0:
                heapq.heappush(self._due, (now + step.after, n))
            else:
                self._slots -= 1
                yield Exchange(n, poll.asked, step.timeout)

    def finish(self, n: int, answer: Task | ProviderError, *, now: float) -> None:
        self._slots += 1
        try:
            take_in(self._polls[n], answer, now=now, on_update=self._on_update)
        except ImageTasksError as error:
            self._end(n, error)
        else:
            heapq.heappush(self._due, (now, n))

    def _end(self, n: int, what: Outcome) -> None:
        self._left -= 1
        self.outcomes.append((n, what))


def take_in(
    poll: Poll, answer: Task | ProviderError, *, now: float, on_update: OnUpdate | None
) -> None:
    """Give a poll the answer of its exchange, and tell the user of a new state."""
    if isinstance(answer, ProviderError):
        poll.record_failure(answer, now=now)
    elif poll.record(answer, now=now) and on_update is not None:
        on_update(answer)


def outcome(task: Task) -> Outcome:
    """A terminal task, or the error that stands for it."""
    if task.state not in (State.FAILED, State.CANCELLED):
        return task
    reason = (
        " ".join(filter(None, (task.error.code, task.error.message)))
        if task.error
        else ""
    )
    return TaskFailed(f"{task}: {reason or 'the vendor gives no reason'}", task=task)
