"""Whether a submit may be sent again. No clock, no sleep, no socket: the caller brings the time."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple, NoReturn

from .._errors import (
    ImageTasksError,
    MalformedResponse,
    NetworkError,
    ProviderError,
    RateLimited,
    ServerError,
    SubmitOutcomeUnknown,
    WaitTimeout,
)
from .._http.call import Call
from .._request import FollowUp, Intent, Request, count_of
from .._scheduling.limits import RateLimiter
from .._scheduling.policy import Gap, PollPolicy
from .._scheduling.scheduler import Outcome, failure
from .._spending.ledger import CallLimit
from .._task import Task

PATIENCE = 1.0
"""Seconds for which a rate may hold back a submit that another vendor could take."""


class Attempt(NamedTuple):
    """Send the request now; it may take `timeout` seconds."""

    timeout: float


class Pause(NamedTuple):
    """Nothing may be sent for so many seconds."""

    seconds: float


class Submission:
    """
    One POST that makes a task, or a batch of `count`, until it is accepted, refused, or nobody can tell.

    | what happened                       | then                                                      |
    |-------------------------------------|-----------------------------------------------------------|
    | the connection was not made         | again                                                     |
    | HTTP 429                            | again, after Retry-After                                  |
    | reset, timeout, HTTP 5xx            | again where the vendor deduplicates, else unknown         |
    | 3xx, 408, an unreadable answer      | unknown                                                   |
    | any other 4xx, an envelope error    | refused: raised as it is                                  |

    "Again" is bounded by `PollPolicy.outage`, in which waiting at the limiter does not count: all submits of a key go
    through it. Once one attempt may have arrived, a later refusal does not prove that it did not: the outcome stays
    unknown.
    """

    def __init__(
        self,
        provider: str,
        request: Request | FollowUp,
        call: Call[list[Task]],
        policy: PollPolicy,
        *,
        limiter: RateLimiter,
        gap: Gap,
        now: float,
        rng: Random,
        timeout: float | None = None,
        sent_before: datetime | None = None,
        intent: Intent | None = None,
        replaces: Intent | None = None,
        label: str | None = None,
        highest_price: float | None = None,
        call_limit: CallLimit | None = None,
        is_patient: bool = True,
    ) -> None:
        """
        `intent`: the entry in the journal that this goes on with, after `sent_before`. `replaces`: the one whose
        unknown outcome it settles. `highest_price`: credits for all its tasks, None where no page states it.
        `call_limit`: the `max_credits` of the call that it is part of. Not `is_patient`: as long as nothing can have
        arrived, the first failure ends it, and so does a rate that holds it back; another vendor can be asked.
        """
        self.id = intent.id if intent else uuid.uuid4().hex
        self.highest_price = highest_price
        self.call_limit = call_limit
        self.provider = provider
        self.request = request
        self.call = call
        self.count = 1 if isinstance(request, FollowUp) else count_of(request)
        self.idempotency_key = (
            None if isinstance(request, FollowUp) else request.idempotency_key
        )
        self.intent = intent
        """Its entry in the journal, where there is one."""
        self.replaces = replaces
        self.label = label
        self._is_patient = is_patient
        self._policy = policy
        self._limiter = limiter
        self._gap = gap
        self._rng = rng
        self._deadline = now + (policy.deadline if timeout is None else timeout)
        self.due = self._attempt_began = now
        """No attempt before this instant."""
        self._failing_since: float | None = None
        self._last_failure: ProviderError | None = None
        self._may_have_arrived_at = sent_before
        self._is_under_way = False

    @property
    def model(self) -> str | None:
        return None if isinstance(self.request, FollowUp) else self.request.model

    @property
    def replaces_id(self) -> str | None:
        return self.replaces.id if self.replaces else None

    @property
    def last_failure(self) -> ProviderError | None:
        """Of the attempts after which it was safe to try again."""
        return self._last_failure

    @property
    def may_have_arrived(self) -> bool:
        return self._is_under_way or self._may_have_arrived_at is not None

    def next_step(self, *, now: float) -> Attempt | Pause:
        """
        What to do now. After a pause, ask again.

        Raises what has become of the submit when there is no time for one more attempt: WaitTimeout where none was made.
        """
        after = self.due - now
        # Rounding can bring somebody back a little before the time.
        if after <= 1e-6:
            after = self._limiter.enter(now=now) if now < self._deadline else 0.0
        if now + after >= self._deadline:
            self._conclude(
                self._last_failure
                or WaitTimeout(f"{self.provider}: no time to submit, nothing was sent")
            )
        if after > PATIENCE and not self._has_patience:
            self._conclude(
                RateLimited(
                    f"{self.provider}: the next submit may leave in {after:.1f} s, nothing was sent",
                    provider=self.provider,
                    retry_after=after,
                )
            )
        if after > 0:
            return Pause(after)
        if self._failing_since is not None:
            # What our own limiter holds back is no failure of the vendor's.
            self._failing_since += max(now - self.due, 0.0)
        self._attempt_began = now
        return Attempt(max(min(self._policy.attempt, self._deadline - now), 0.001))

    def open_intent(self) -> Intent:
        """The entry in the journal: the same for all attempts."""
        if self.intent is None:
            self.intent = Intent(
                id=self.id,
                provider=self.provider,
                request=self.request,
                sent_at=datetime.now(UTC),
                idempotency_key=self.idempotency_key,
                label=self.label,
            )
        return self.intent

    def record(
        self, tasks: list[Task], *, now: float, sent_at: datetime
    ) -> list[Outcome]:
        """
        One outcome per requested task, from the answer to the attempt of `sent_at`; extra tasks follow.

        A task that has failed already is a TaskFailed. A missing task may exist, and be billed: SubmitOutcomeUnknown.
        """
        made = [
            replace(task, label=self.label, _submitted=now, _request=self.request)
            for task in tasks
        ]
        outcomes: list[Outcome] = [failure(task) or task for task in made]
        if len(tasks) < self.count:
            error = MalformedResponse(
                f"{self.provider}: {self.count} tasks were asked for, {len(tasks)} can be read in the answer",
                provider=self.provider,
                status_code=200,
            )
            outcomes += [self._unknown(error, sent_at)] * (self.count - len(tasks))
        return outcomes

    def begin_attempt(self) -> None:
        """The first byte is about to leave: from now on it may have arrived, unless `record_failure` is told otherwise."""
        self._is_under_way = True

    def record_failure(
        self, error: ProviderError, *, now: float, sent_at: datetime
    ) -> None:
        """
        Record a failed attempt that began at `sent_at`. Returns if it is safe to try again.

        Raises the refusal itself, or SubmitOutcomeUnknown.
        """
        self._is_under_way = False
        self._limiter.heed(
            error, at_least=self._gap.min, sent_at=self._attempt_began, now=now
        )
        if not is_certainly_not_accepted(error) and self._may_have_arrived_at is None:
            self._may_have_arrived_at = sent_at
        if not (self._may_go_again(error) and self._there_is_time(error, now)):
            self._conclude(error)
        self._last_failure = error

    @property
    def _has_patience(self) -> bool:
        return self._is_patient or self._may_have_arrived_at is not None

    def _conclude(self, error: ImageTasksError) -> NoReturn:
        if self._may_have_arrived_at is None:
            error.label = self.label
            raise error
        raise self._unknown(error, self._may_have_arrived_at) from error

    def _unknown(
        self, error: ImageTasksError, sent_at: datetime
    ) -> SubmitOutcomeUnknown:
        unknown = SubmitOutcomeUnknown(
            f"{self.provider}: the submit of {sent_at:%Y-%m-%d %H:%M:%S} UTC may have been "
            f"accepted and billed, it was answered by: {error}",
            provider=self.provider,
            request=self.request,
            sent_at=sent_at,
            idempotency_key=self.idempotency_key,
            intent=self.intent,
        )
        unknown.label = self.label
        # For one that is returned, not raised.
        unknown.__cause__ = error
        return unknown

    def _may_go_again(self, error: ProviderError) -> bool:
        deduplicates = self.idempotency_key is not None
        if not self._has_patience and is_certainly_not_accepted(error):
            return False
        match error:
            case NetworkError():
                return error.retryable and (deduplicates or not error.sent)
            case RateLimited():  # inside of HTTP 200 it is a refusal like any other
                return error.status_code == 429
            case ServerError():
                return deduplicates and (error.status_code or 0) >= 500
            case _:
                return False

    def _there_is_time(self, error: ProviderError, now: float) -> bool:
        if self._failing_since is None:
            self._failing_since = self._attempt_began
        gap = self._policy.draw_gap(self._gap, self._rng)
        self.due = now + max(gap, error.retry_after or 0.0)
        return self.due < min(self._failing_since + self._policy.outage, self._deadline)


def is_certainly_not_accepted(error: ProviderError) -> bool:
    """Whether this failure of a submit proves that no task was created."""
    if isinstance(error, NetworkError):
        return not error.sent
    if isinstance(error, MalformedResponse) or error.status_code == 408:
        return False
    return error.status_code is None or error.status_code < 500
