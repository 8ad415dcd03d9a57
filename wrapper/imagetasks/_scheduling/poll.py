"""When to fetch a task again, and when to stop. No clock, no sleep, no socket: the caller brings the time."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import NamedTuple

from .._errors import (
    MalformedResponse,
    PollOutage,
    ProviderError,
    TaskNotFound,
    UnknownState,
    WaitTimeout,
)
from .._task import State, Task
from .learning import PROBE, Durations, Learning, usual_lag
from .policy import Gap, PollPolicy, check_timeout
from .webhook_evidence import SAFETY_GAP, WebhookEvidence

# inferred: a guess of the vendor is trusted for this many seconds, then looked into
LONGEST_HINT = 30.0
# inferred: how long a vendor may need to find a task that it has just accepted
NOT_FOUND_GRACE = 10.0
# inferred: a result may be written down a moment after the state; not after so many looks
LOOKS_FOR_RESULT = 3


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

    __slots__ = (
        "_began",
        "_deadline",
        "_failing_since",
        "_gap",
        "_hint",
        "_last_failure",
        "_learning",
        "_policy",
        "_reserve",
        "_rng",
        "_seen",
        "_started",
        "_submitted",
        "_unknown_since",
        "_unreadable",
        "_webhooks",
        "due",
        "exchange_began",
        "is_hinted",
        "target",
        "task",
    )

    def __init__(
        self,
        task: Task,
        policy: PollPolicy,
        *,
        gap: Gap,
        now: float,
        rng: Random,
        timeout: float | None = None,
        learning: Learning | None = None,
        webhooks: WebhookEvidence | None = None,
    ) -> None:
        self.task = self.target = task
        """`target` is the task as the wait began."""
        self._policy = policy
        self._gap = gap
        self._rng = rng
        self._learning = learning
        self._webhooks = webhooks
        self._started = self.exchange_began = now
        budget = check_timeout(policy.deadline if timeout is None else timeout)
        self._deadline = now + budget
        # The last exchange gets this much: it begins early enough to end by the deadline.
        self._reserve = min(1.0, budget / 10, policy.attempt)
        # Clocks of others tell nothing here: of a submit, only an age that makes sense is believed.
        age = None if task._submitted is None else now - task._submitted
        self._submitted = (
            task._submitted if age is not None and 0 <= age <= policy.deadline else None
        )
        # When the task entered the state it was last seen in, and when it was last seen in it.
        self._began = self._submitted
        self._seen = now if self._began is None else self._began
        self._hint = task._seconds_left
        self.is_hinted = False
        """Somebody said that there is news: the next look is due at once, and comes first."""
        self.due = now
        """When the next look is. `next_fetch` sees to it that it is neither past nor too late."""
        # A task that was submitted this moment has nothing to tell yet; an older one may be finished.
        if self._is_fresh(now):
            self.due = self._next_look(self._seen)
        self._failing_since: float | None = None
        self._unknown_since: float | None = None
        self._last_failure: ProviderError | None = None
        # Looks at a success whose result could not be read.
        self._unreadable = 0

    @property
    def min_gap(self) -> float:
        return self._gap.min

    @property
    def has_webhook(self) -> bool:
        """Whether it was submitted with one, or one told of it already."""
        return self.target._has_webhook or (
            self._webhooks is not None and self._webhooks.know_of(self.target.id)
        )

    @property
    def last_look(self) -> float:
        """After this, no exchange is sure to end by the deadline."""
        return self._deadline - self._reserve

    def is_past_deadline(self, *, now: float) -> bool:
        """As for a process that was stopped meanwhile: no exchange may begin."""
        return now >= self._deadline

    def next_fetch(self, *, now: float) -> Fetch | None:
        """What to do next; None once the task is terminal. Raises WaitTimeout as `schedule` does."""
        after = self.schedule(now=now)
        if after is None:
            return None
        return Fetch(after, self._time_for_exchange(now + after))

    def schedule(self, *, now: float) -> float | None:
        """
        Seconds until the next look, which `due` has from then on; None once the task is terminal.

        Raises WaitTimeout when no exchange fits before the deadline. Every gap is at least the minimum but the
        last one, which may be cut short for a final look.
        """
        if self.task.state.is_terminal:
            return None
        left = self._deadline - now
        # Rounding can put the last look a little before its time: it is the last one all the same.
        if left <= self._reserve + 1e-6:
            raise self.too_late(now=now)
        after = min(max(self.due - now, 0.0), left - self._reserve)
        if self.is_hinted:
            after = 0.0
        self.exchange_began = self.due = now + after
        return after

    def begin(self, *, now: float) -> float:
        """The exchange begins. Returns the seconds it may take."""
        self.exchange_began = now
        self.is_hinted = False
        return self._time_for_exchange(now)

    def too_late(self, *, now: float) -> WaitTimeout:
        waited = now - self._started
        error = WaitTimeout(f"{self.task} after {waited:.3g} s", task=self.task)
        error.__cause__ = self._last_failure
        return error

    def record(self, task: Task, *, now: float) -> bool:
        """
        Take in a snapshot. True when the task changed its state.

        Raises UnknownState once an undocumented state has outlasted its grace.
        """
        before = self.task
        changed = task.state is not before.state or (
            task.state is State.UNKNOWN and task.wire_state != before.wire_state
        )
        # One that tells nothing new is not kept: ten thousand of them are memory.
        if task is not before and task != before:
            self.task = task
        self._failing_since = self._last_failure = None
        self._unreadable = 0
        if task.state is not before.state:
            self._learn(before.state, now=now)
        self._seen = now
        if task is not before:  # else it is the last answer, word for word
            self._hint = task._seconds_left
        self.due = self._next_look(now)
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
        if isinstance(error, MalformedResponse) and error._success is not None:
            self._record_unreadable(error, error._success, now)
            return
        if not (error.retryable or self._may_be_too_early(error, now)):
            raise error
        if self._failing_since is None:
            self._failing_since = self.exchange_began
        self._last_failure = error
        failing_for = now - self._failing_since
        if failing_for >= self._policy.outage:
            raise PollOutage(
                f"{self.task}, no good answer for {failing_for:.3g} s; last: {error}",
                task=self.task,
            ) from error
        self.due = now + max(
            self._policy.draw_gap(self._gap, self._rng), error.retry_after or 0.0
        )

    def _record_unreadable(
        self, error: MalformedResponse, success: Task, now: float
    ) -> None:
        """The vendor has answered, so this is no outage: it is bounded by a number of looks, not by time."""
        error.task = replace(self.task, raw=success.raw)
        self._last_failure = error
        self._unreadable += 1
        if self._unreadable >= LOOKS_FOR_RESULT:
            error.retryable = False
            raise error
        self.due = now + self._policy.draw_gap(self._gap, self._rng)

    def look_sooner(self, *, now: float) -> None:
        """No webhook will tell, as it was expected to: the next look is a usual gap away at most."""
        self.due = min(self.due, self._next_look(now))

    def lag(self, task: Task, *, now: float) -> float:
        """Seconds since what this snapshot shows has happened, as far as anyone can tell."""
        since = now - self._seen
        lasted = _lasted(task)
        if lasted is None or self._submitted is None:
            return since / 2
        return min(max(now - self._submitted - lasted, 0.0), since)

    def expected_lag(self, *, now: float) -> float:
        """Seconds for which the task will already have been over, in the mean, if it is looked at only now."""
        durations = self._durations_in(self.task.state)
        if durations is None or self._began is None:
            return usual_lag(now - self._seen)
        return durations.expected_lag(self._seen - self._began, now - self._began)

    def waited(self, *, now: float) -> float:
        return now - self._started

    def _time_for_exchange(self, now: float) -> float:
        return min(self._policy.attempt, max(self._deadline - now, 0.0))

    def _next_look(self, now: float) -> float:
        """A gap from now, unless experience says that it is too early then."""
        bounds = self._bounds(now)
        gap = self._policy.draw_gap(bounds, self._rng)
        soon = now + gap
        if self._hint is not None:
            soon = now + max(gap, self._hinted(self._hint) + gap - bounds.min)
        durations = self._durations_in(self.task.state)
        if durations is None or self._began is None or not durations.first_look:
            return soon
        # The jitter of the gap keeps tasks apart that were submitted at once.
        first_look = self._began + durations.first_look + gap - bounds.min
        probe = -math.inf if self._submitted is None else self._submitted + PROBE
        if now < probe and max(soon, probe) + bounds.min <= first_look:
            first_look = probe
        longest = self._policy.max_gap
        if longest is not None:
            first_look = min(first_look, now + longest)
        return max(soon, first_look)

    def _hinted(self, hint: float) -> float:
        """Seconds that the vendor says it will still take, as far as it is trusted."""
        longest = self._policy.max_gap
        most = LONGEST_HINT if longest is None else longest
        # In this order: of two that cannot be compared the first one wins, and a vendor may say NaN.
        return min(max(0.0, hint), most)

    def _bounds(self, now: float) -> Gap:
        """Of the gap: wide as long as a webhook will tell of the end. A failed look is no reason to wait longer."""
        if (
            self._webhooks is None
            or not self._webhooks.do_arrive
            or not self.has_webhook
            or not self._webhooks.will_report_end(self.target.id, now=now)
        ):
            return self._gap
        return Gap(max(self._gap.min, SAFETY_GAP), math.inf)

    def _learn(self, before: State, *, now: float) -> None:
        """The task left a state. How long it was there is kept, unless it failed: that says nothing of others."""
        durations = self._durations_in(before)
        if durations is not None and self.task.state in _GOING_WELL:
            if self._began is not None:
                # Anywhere between two looks, not in the middle: middles would make the percentile jump.
                ended = (
                    self._rng.uniform(self._seen, now)
                    if _lasted(self.task) is None
                    else now - self.lag(self.task, now=now)
                )
                durations.add(ended - self._began)
            # The vendor's word alone, in whatever unit or zone: believed as far as this wait has watched the task.
            elif (
                before is State.PENDING
                and (lasted := _lasted(self.task)) is not None
                and lasted <= now - self._started
            ):
                durations.add(lasted)
        # A state that was there at the first look has no beginning that we know of.
        is_new = self._began is not None or self._seen > self._started
        self._began = now if is_new else None

    def _durations_in(self, state: State) -> Durations | None:
        if self._learning is None or state not in _GOING_WELL:
            return None
        return self._learning[self.task.model, state]

    def _is_fresh(self, now: float) -> bool:
        """Whether we submitted it a moment ago."""
        return self._submitted is not None and now - self._submitted <= NOT_FOUND_GRACE

    def _may_be_too_early(self, error: ProviderError, now: float) -> bool:
        return isinstance(error, TaskNotFound) and self._is_fresh(now)


_GOING_WELL = (State.PENDING, State.QUEUED, State.RUNNING, State.SUCCEEDED)


def _lasted(task: Task) -> float | None:
    """Seconds from creation to completion, by the vendor's own clock; None where that runs backwards."""
    if task.created_at is None or task.finished_at is None:
        return None
    seconds = (task.finished_at - task.created_at).total_seconds()
    return seconds if seconds >= 0 else None
