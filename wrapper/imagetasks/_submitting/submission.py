"""Whether a submit may be sent again. No clock, no sleep, no socket: the caller brings the time."""

from __future__ import annotations

from datetime import datetime
from random import Random

from .._errors import (
    MalformedResponse,
    NetworkError,
    ProviderError,
    RateLimited,
    ServerError,
    SubmitOutcomeUnknown,
    WaitTimeout,
)
from .._http.call import Call
from .._polling.poll import Fetch, Gap, PollPolicy
from .._request import Request
from .._task import Task
from .intent import Intent


class Submission:
    """
    One submit, until it is accepted, refused, or nobody can tell.

    | what happened                       | then                                                      |
    |-------------------------------------|-----------------------------------------------------------|
    | the connection was not made         | again                                                     |
    | HTTP 429                            | again, after Retry-After                                  |
    | reset, timeout, HTTP 5xx            | again where the vendor deduplicates, else unknown         |
    | 3xx, 408, an unreadable answer      | unknown                                                   |
    | any other 4xx, an envelope error    | refused: raised as it is                                  |

    "Again" is bounded by `PollPolicy.outage`. Once one attempt may have arrived, a later refusal does not prove
    that it did not: the outcome stays unknown.
    """

    def __init__(
        self,
        provider: str,
        request: Request,
        call: Call[Task],
        policy: PollPolicy,
        *,
        gap: Gap,
        deduplicates: bool,
        now: float,
        rng: Random,
        timeout: float | None = None,
        sent_before: datetime | None = None,
    ) -> None:
        self.provider = provider
        self.call = call
        self._request = request
        self.intent: Intent | None = None
        """What the journal has of it, where there is one."""
        self.replaces: Intent | None = None
        """The submit of unknown outcome that this one stands in for."""
        self._policy = policy
        self._gap = gap
        self._deduplicates = deduplicates
        self._rng = rng
        self._deadline = now + (policy.deadline if timeout is None else timeout)
        self._due = self._attempt_began = now
        self._failing_since: float | None = None
        self._may_have_arrived_at = sent_before
        self._is_under_way = False

    @property
    def request(self) -> Request:
        return self._request

    @property
    def idempotency_key(self) -> str | None:
        return self._request.idempotency_key

    @property
    def may_have_arrived(self) -> bool:
        return self._is_under_way or self._may_have_arrived_at is not None

    def next_attempt(self, *, now: float) -> Fetch:
        """Raises WaitTimeout when there is no time for even one attempt."""
        if now >= self._deadline and self._failing_since is None:
            raise WaitTimeout(f"{self.provider}: no time to submit, nothing was sent")
        after = max(self._due - now, 0.0)
        self._attempt_began = now + after
        left = self._deadline - self._attempt_began
        return Fetch(after=after, timeout=max(min(self._policy.attempt, left), 0.001))

    def begin_attempt(self) -> None:
        """From now on it may have arrived, unless `record_failure` is told otherwise."""
        self._is_under_way = True

    def record_failure(
        self, error: ProviderError, *, now: float, sent_at: datetime
    ) -> None:
        """
        Take in a failed attempt that began at `sent_at`. Returns when it is safe to try again.

        Raises the refusal itself, or SubmitOutcomeUnknown.
        """
        self._is_under_way = False
        if not is_certainly_not_accepted(error) and self._may_have_arrived_at is None:
            self._may_have_arrived_at = sent_at
        if self._may_go_again(error) and self._there_is_time(error, now):
            return
        if self._may_have_arrived_at is None:
            raise error
        raise SubmitOutcomeUnknown(
            f"{self.provider}: the submit of {self._may_have_arrived_at:%Y-%m-%d %H:%M:%S} UTC may have been "
            f"accepted and billed, it was answered by: {error}",
            provider=self.provider,
            request=self._request,
            sent_at=self._may_have_arrived_at,
            idempotency_key=self._request.idempotency_key,
            intent=self.intent,
        ) from error

    def _may_go_again(self, error: ProviderError) -> bool:
        match error:
            case NetworkError():
                return self._deduplicates or not error.sent
            case RateLimited():  # inside of HTTP 200 it is a refusal like any other
                return error.status_code == 429
            case ServerError():
                return self._deduplicates and (error.status_code or 0) >= 500
            case _:
                return False

    def _there_is_time(self, error: ProviderError, now: float) -> bool:
        if self._failing_since is None:
            self._failing_since = self._attempt_began
        gap = self._policy.draw_gap(self._gap, self._rng)
        self._due = now + max(gap, error.retry_after or 0.0)
        return self._due < min(
            self._failing_since + self._policy.outage, self._deadline
        )


def is_certainly_not_accepted(error: ProviderError) -> bool:
    """Whether this failure of a submit proves that no task was created."""
    if isinstance(error, NetworkError):
        return not error.sent
    if isinstance(error, MalformedResponse) or error.status_code == 408:
        return False
    return error.status_code is None or error.status_code < 500
