"""Many submits to one provider: which to send now, when to come back, what became of each. No clock, no sleep, no socket."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .._errors import ImageTasksError
from .._request import Request, count_of
from .._scheduling.scheduler import Outcome
from .._task import Task
from .submission import Attempt, Pause, Submission

AttemptResult = list[Outcome] | Exception
"""
What came of an attempt: an outcome for each of its tasks and for those that nobody asked for, none where it may be sent
again, or one error for all.
"""


class Part(NamedTuple):
    """What one POST is for, and where its outcomes go."""

    submission: Submission
    places: range


class Sending(NamedTuple):
    """A part that is to be sent now."""

    part: Part
    attempt: Attempt


class Batch:
    """
    The submits of one `submit_many`, for any driver.

        while not batch.is_over:
            for part, attempt in batch.start(now=clock()): send it
            sleep for batch.pause(now=clock()), or until one ends
            batch.finish(part, what came of it)

    A submission is begun when its turn has come: ten thousand requests are not ten thousand bodies.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        *,
        labels: Sequence[str | None],
        split: Callable[[Request], list[Request]],
        begin: Callable[[Request, str | None], Submission],
        slots: int,
    ) -> None:
        """`labels`: one for each request."""
        self._outcomes: dict[int, Outcome] = {}
        self._places = sum(map(count_of, requests))
        self._new = self._begun(requests, labels, split, begin)
        # Those that are to be sent later, the next one first.
        self._held: list[tuple[float, int, Part]] = []
        self._closed_until = float("-inf")
        self._broken: Exception | None = None
        self.in_flight = 0
        self.slots = min(slots, self._places)
        """Exchanges at once."""

    @property
    def is_over(self) -> bool:
        if self._broken is not None:
            return not self.in_flight
        return len(self._outcomes) == self._places

    @property
    def outcomes(self) -> list[Outcome]:
        """Of all tasks that were asked for, in order, once it is over. Raises what is no outcome."""
        if self._broken is not None:
            raise self._broken
        return [self._outcomes[place] for place in range(self._places)]

    def start(self, *, now: float) -> list[Sending]:
        """What is to be sent now. Each part has to be finished."""
        started: list[Sending] = []
        while self._may_start(now):
            if (part := self._next(now)) is None:
                break
            try:
                step = part.submission.next_step(now=now)
            except ImageTasksError as error:
                self._fill(part.places, error)
                continue
            if isinstance(step, Pause):
                # It is due, so it is the key's budget that holds it up, and all others too.
                self._closed_until = now + step.seconds
                self._hold(part, self._closed_until)
            else:
                self.in_flight += 1
                started.append(Sending(part, step))
        return started

    def finish(self, part: Part, came: AttemptResult) -> list[Task]:
        """Take in what came of an attempt. Returns the tasks that were made."""
        self.in_flight -= 1
        match came:
            case ImageTasksError():
                self._fill(part.places, came)
            case Exception():
                self._broken = self._broken or came
            case []:
                self._hold(part, part.submission.due)
            case outcomes:
                self._outcomes.update(zip(part.places, outcomes, strict=False))
                return [outcome for outcome in outcomes if isinstance(outcome, Task)]
        return []

    def pause(self, *, now: float) -> float | None:
        """Seconds until `start` may have something, unless an attempt ends before; None while only that can change it."""
        is_stuck = self._broken is not None or self.in_flight == self.slots
        if self.is_over or not self._held or is_stuck:
            return None
        return max(self._held[0][0] - now, self._closed_until - now, 0.0)

    def _may_start(self, now: float) -> bool:
        is_open = self._closed_until <= now and self._broken is None
        return is_open and self.in_flight < self.slots

    def _next(self, now: float) -> Part | None:
        if self._held and self._held[0][0] <= now:
            return heapq.heappop(self._held)[2]
        return next(self._new, None)

    def _hold(self, part: Part, until: float) -> None:
        heapq.heappush(self._held, (until, part.places.start, part))

    def _begun(
        self,
        requests: Sequence[Request],
        labels: Sequence[str | None],
        split: Callable[[Request], list[Request]],
        begin: Callable[[Request, str | None], Submission],
    ) -> Iterator[Part]:
        """One after the other. What cannot be asked for has its error at once."""
        after = 0
        for request, label in zip(requests, labels, strict=True):
            count = count_of(request)
            places, after = range(after, after + count), after + count
            try:
                parts = split(request)
            except ImageTasksError as error:
                error.label = label
                self._fill(places, error)
                continue
            for part in parts:
                taken, places = places[: count_of(part)], places[count_of(part) :]
                try:
                    submission = begin(part, label)
                except ImageTasksError as error:
                    error.label = label
                    self._fill(taken, error)
                else:
                    yield Part(submission, taken)

    def _fill(self, places: range, error: ImageTasksError) -> None:
        self._outcomes.update(dict.fromkeys(places, error))
