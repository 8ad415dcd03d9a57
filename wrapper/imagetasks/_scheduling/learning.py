"""What finished tasks teach about when to look at the next ones. No clock: durations go in, durations come out."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from itertools import accumulate

from .._task import State

ENOUGH = 8
"""Durations below which nothing is concluded: in simulation, fewer cost more lag than they save polls."""
KEPT = 1000
"""Durations that are remembered: older ones tell of a vendor that has changed."""
PROBE = 3.0
"""
Seconds after which a task is looked at once, before a long wait: tasks that are refused end within a few seconds, and
without this look they would be noticed eleven seconds late instead of one.
"""
# inferred: how long a task takes of which nothing is known yet
USUAL = 30.0


class Durations:
    """How long tasks of one model stayed in one state."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=KEPT)
        self._sorted: list[float] = []
        self._sums: list[float] = []

    def add(self, seconds: float) -> None:
        seconds = max(
            seconds, 0.0
        )  # the difference of two equal instants may round to less
        if len(self._recent) == KEPT:
            del self._sorted[bisect_left(self._sorted, self._recent[0])]
        self._recent.append(seconds)
        insort(self._sorted, seconds)
        self._sums.clear()

    @property
    def first_look(self) -> float | None:
        """
        The age before which looking is not worth it: the 5th percentile, made smaller as long as it rests on little.

        None while there are too few durations.
        """
        n = len(self._sorted)
        if n < ENOUGH:
            return None
        percentile = self._sorted[math.ceil(0.05 * n) - 1]
        return percentile * (1 - 2 / math.pow(n, 2 / 3))

    def expected_lag(self, seen: float, age: float) -> float:
        """
        Seconds for which a task will already have been over, in the mean, if it is looked at only now.

        `seen`: its age when it was last seen unfinished. The integral of (F(u) - F(seen)) / (1 - F(seen)) over u from
        `seen` to `age`, where F is the share of durations up to u, with one imagined duration among them that decays
        slowly: else a task that outlasts all others would never be looked at again.
        """
        n = len(self._sorted)
        if n < ENOUGH:
            return usual_lag(age - seen)
        if not self._sums:
            self._sums = list(accumulate(self._sorted, initial=0.0))
        slow = 2 * self._sums[n] / n or USUAL
        over, later = bisect_right(self._sorted, seen), bisect_right(self._sorted, age)
        if over == n:
            return usual_lag(age - seen, slow)
        gone = (later - over) * age - (self._sums[later] - self._sums[over])
        still = math.exp(-seen / slow)
        return (gone + still * usual_lag(age - seen, slow)) / (n - over + still)


class Learning(defaultdict[tuple[str | None, State], Durations]):
    """Of one provider: durations by model and state, in memory."""

    def __init__(self) -> None:
        super().__init__(Durations)


def usual_lag(seconds: float, mean: float = USUAL) -> float:
    """The expected lag of a task that may end at any time: the longer ago the last look, the larger."""
    seconds = max(seconds, 0.0)
    return seconds - mean * -math.expm1(-seconds / mean)
