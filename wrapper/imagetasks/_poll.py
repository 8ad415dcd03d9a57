"""When to fetch a task again, and when to stop. No clock, no sleep, no socket: the caller brings the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from ._errors import (
    PollOutage,
    ProviderError,
    TaskNotFound,
    UnknownState,
    WaitTimeout,
)
from ._task import State, Task

# inferred: what the one vendor with a full recommendation asks for
DEFAULT_GAP = (2.0, 5.0)
# inferred: how long a vendor may need to find a task that it has just accepted
NOT_FOUND_GRACE = 10.0


class Gap(NamedTuple):
    """Seconds between two fetches of a task."""

    min: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """
    How to wait. All values are seconds, but `jitter`.

    min_gap, max_gap: bounds of the gap between two fetches of a task. None takes the vendor's documented ones,
        else 2 to 5. A gap that is given replaces them, also below 2.
    deadline: bound on a whole wait, unless the call has a `timeout`.
    attempt: bound on one exchange, body included.
    outage: how long failures in a row are borne before `PollOutage`.
    unknown_grace: how long an undocumented state is borne before `UnknownState`.
    jitter: random part of a gap, as a share of `min_gap`.
    """

    min_gap: float | None = None
    max_gap: float | None = None
    deadline: float = 600
    attempt: float = 30
    outage: float = 60
    unknown_grace: float = 60
    jitter: float = 0.1

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is None and name in ("min_gap", "max_gap"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} is a number of seconds, not {value!r}")
            if not value >= 0 or (
                math.isinf(value) and name in ("min_gap", "max_gap", "jitter")
            ):
                raise ValueError(f"{name} is a number of seconds from 0, not {value!r}")
        if self.attempt == 0:
            raise ValueError(
                "attempt is the time an exchange may take: 0 forbids all of them"
            )
        if None not in (self.min_gap, self.max_gap) and self.min_gap > self.max_gap:  # type: ignore[operator]
            raise ValueError(f"min_gap {self.min_gap} is above max_gap {self.max_gap}")

    def gap(self, documented: tuple[float | None, float | None]) -> Gap:
        """The bounds that hold for a vendor which documents these."""
        shortest, longest = (
            own if own is not None else vendor if vendor is not None else default
            for own, vendor, default in zip(
                (self.min_gap, self.max_gap), documented, DEFAULT_GAP, strict=True
            )
        )
        if shortest > longest:  # one of them is given, the other gives way
            shortest, longest = (
                (shortest, shortest) if self.max_gap is None else (longest, longest)
            )
        return Gap(shortest, longest)

    def draw_gap(self, gap: Gap, rng: Random) -> float:
        # Fixed, not growing. Exponential backoff is dominated: in simulation as many polls as a fixed 5 s, twice
        # the lag, and worst just where most tasks finish.
        return min(gap.min * (1 + rng.uniform(0, self.jitter)), gap.max)


class Fetch(NamedTuple):
    """Wait `after` seconds, then fetch; the exchange may take `timeout` seconds."""

    after: float
    timeout: float


class Poll:
    """
    One wait for one task.

        while (step := poll.next_fetch(now=clock())) is not None:
            sleep(step.after)
            try: poll.record(fetch(timeout=step.timeout), now=clock())
            except ProviderError as error: poll.record_failure(error, now=clock())
    """

    def __init__(
        self,
        task: Task,
        policy: PollPolicy,
        *,
        gap: Gap,
        now: float,
        rng: Random,
        timeout: float | None = None,
    ) -> None:
        self.task = self.asked = task
        """`asked` keeps the id to ask for: an answer may spell it in another way."""
        self._policy = policy
        self._gap = gap
        self._rng = rng
        self._started = now
        budget = check_timeout(policy.deadline if timeout is None else timeout)
        self._deadline = now + budget
        # The last exchange gets this much: it begins early enough to end by the deadline.
        self._reserve = min(1.0, budget / 10, policy.attempt)
        # A task that was submitted this moment has nothing to tell yet; an older one may be finished.
        self._submitted = self._own_submit(task, now)
        self._due = now
        if self._submitted is not None:
            self._due = self._submitted + policy.draw_gap(gap, rng)
        self._exchange_began = now
        self._failing_since: float | None = None
        self._unknown_since: float | None = None
        self._last_failure: ProviderError | None = None

    def next_fetch(self, *, now: float) -> Fetch | None:
        """
        What to do next; None once the task is terminal.

        Raises WaitTimeout when no exchange fits before the deadline. Every gap is at least the minimum but the
        last one, which may be cut short for a final look.
        """
        if self.task.state.is_terminal:
            return None
        left = self._deadline - now
        if left <= self._reserve:
            waited = now - self._started
            raise WaitTimeout(
                f"{self.task} after {waited:.3g} s", task=self.task
            ) from self._last_failure
        after = min(max(self._due - now, 0.0), left - self._reserve)
        self._exchange_began = now + after
        return Fetch(after=after, timeout=min(self._policy.attempt, left - after))

    def record(self, task: Task, *, now: float) -> bool:
        """
        Take in a snapshot. True when the task changed its state.

        Raises UnknownState once an undocumented state has outlasted its grace.
        """
        before, self.task = self.task, task
        changed = task.state is not before.state or (
            task.state is State.UNKNOWN and task.wire_state != before.wire_state
        )
        self._failing_since = self._last_failure = None
        self._due = now + self._policy.draw_gap(self._gap, self._rng)
        if task.state is not State.UNKNOWN:
            self._unknown_since = None
            return changed
        if self._unknown_since is None:
            self._unknown_since = now
        if now - self._unknown_since >= self._policy.unknown_grace:
            raise UnknownState(
                f"{task.provider} task {task.id}: undocumented state {task.wire_state!r} "
                f"for {now - self._unknown_since:.3g} s",
                task=task,
            )
        return changed

    def record_failure(self, error: ProviderError, *, now: float) -> None:
        """Take in a failed exchange. Raises it when time cannot heal it, PollOutage when there was time enough."""
        error.task = self.task
        if not (error.retryable or self._may_be_too_early(error, now)):
            raise error
        if self._failing_since is None:
            self._failing_since = self._exchange_began
        self._last_failure = error
        failing_for = now - self._failing_since
        if failing_for >= self._policy.outage:
            raise PollOutage(
                f"{self.task}, no good answer for {failing_for:.3g} s; last: {error}",
                task=self.task,
            ) from error
        self._due = now + max(
            self._policy.draw_gap(self._gap, self._rng), error.retry_after or 0.0
        )

    @staticmethod
    def _own_submit(task: Task, now: float) -> float | None:
        """When this machine submitted the task, if it was a moment ago: clocks of others tell nothing here."""
        submitted = task._submitted
        if submitted is None or not 0 <= now - submitted <= NOT_FOUND_GRACE:
            return None
        return submitted

    def _may_be_too_early(self, error: ProviderError, now: float) -> bool:
        return (
            isinstance(error, TaskNotFound)
            and self._submitted is not None
            and now - self._submitted <= NOT_FOUND_GRACE
        )


def check_timeout(timeout: float) -> float:
    if not timeout >= 0:
        raise ValueError(f"timeout is a number of seconds from 0, not {timeout!r}")
    return timeout
