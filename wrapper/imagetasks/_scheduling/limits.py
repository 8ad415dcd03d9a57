"""How many requests a key may make: documented limits, and what refusals teach. No clock: the caller brings the time."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from .._errors import ProviderError, RateLimited
from .._specs.spec import Limit

# inferred: a vendor counts by its own clock, and requests bunch up on the way
BURST = 0.05
# inferred: where a vendor that documents no limit is taken to begin one
FIRST_PACE = 0.05
SLOWEST_PACE = 5.0
HALF_LIFE = 30.0
LONGEST_CLOSURE = 60.0


class _Bucket:
    """
    A token bucket, kept as the instant at which it would be full again (GCRA): nothing adds up, nothing drifts.

    A twentieth of the limit may come at once and the rest is spread out, so that no window holds more than the limit.
    """

    def __init__(self, limit: Limit) -> None:
        burst = max(1.0, limit.requests * BURST)
        # A limit of one request has no rest to spread: the next comes a window later.
        self._per_token = limit.seconds / max(limit.requests - burst, 1.0)
        self._slack = (burst - 1) * self._per_token
        self._full_at = 0.0

    def ready_at(self) -> float:
        return self._full_at - self._slack

    def take(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + self._per_token


class Limits:
    """
    When the next request to one provider, with one key, may leave.

    Documented limits always hold. A 429 stops all requests for as long as the vendor asks, at most a minute. Then it
    doubles the pause between two requests. The pause halves with every half minute without a 429.
    """

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        self._buckets = [_Bucket(limit) for limit in limits]
        self._closed_until = float("-inf")
        self._taken_at = float("-inf")
        self._pace = 0.0
        self._paced_at = float("-inf")

    def ready_at(self, now: float) -> float:
        """When a request may leave: `now`, or later."""
        ready_at = max(now, self._closed_until)
        if self._pace:
            ready_at = max(ready_at, self._taken_at + self._pace_at(now))
        if self._buckets:
            ready_at = max(ready_at, self._tokens_at())
        return ready_at

    def has_token(self, now: float) -> bool:
        """Whether the documented limits leave room, whatever a refusal has asked for."""
        return self._tokens_at() <= now

    def take(self, now: float) -> None:
        self._taken_at = now
        for bucket in self._buckets:
            bucket.take(now)

    def heed(
        self, error: ProviderError, *, at_least: float, sent_at: float, now: float
    ) -> float | None:
        """
        Slow down after a failure of the request that left at `sent_at`. A 429 or a Retry-After concerns the whole key.

        Returns the seconds without requests. None if the error is not about rate limits, or was already counted.
        """
        if not isinstance(error, RateLimited) and (
            error.retry_after is None or not error.retryable
        ):
            return None
        seconds = max(error.retry_after or 0.0, at_least)
        return self.refused(seconds, sent_at=sent_at, now=now)

    def refused(self, seconds: float, *, sent_at: float, now: float) -> float | None:
        """
        A request was refused, and the vendor asks to wait so many seconds. At most a minute is waited.

        Returns the seconds without requests. None if the request left before the last refusal arrived: concurrent refusals
        count as one.
        """
        seconds = min(seconds, LONGEST_CLOSURE)
        self._closed_until = max(self._closed_until, now + seconds)
        if sent_at < self._paced_at:
            return None
        slower = max(2 * self._pace_at(now), FIRST_PACE)
        self._pace, self._paced_at = min(slower, SLOWEST_PACE), now
        return seconds

    def _pace_at(self, now: float) -> float:
        """Seconds between two requests."""
        if not self._pace:
            return 0.0
        return float(self._pace * 0.5 ** ((now - self._paced_at) / HALF_LIFE))

    def _tokens_at(self) -> float:
        return max(
            (bucket.ready_at() for bucket in self._buckets), default=float("-inf")
        )


class RateLimiter:
    """`Limits` that threads share. No clock: the caller brings the time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = Lock()

    def enter(self, *, now: float) -> float:
        """0 with a token taken: send. Else the seconds after which to ask again; another may be faster then."""
        with self._lock:
            seconds = self._limits.ready_at(now) - now
            # Rounding can bring somebody back a little before the time.
            if seconds > 1e-6:
                return seconds
            self._limits.take(now)
            return 0.0

    def heed(
        self, error: ProviderError, *, at_least: float, sent_at: float, now: float
    ) -> None:
        """See `Limits.heed`."""
        with self._lock:
            self._limits.heed(error, at_least=at_least, sent_at=sent_at, now=now)
