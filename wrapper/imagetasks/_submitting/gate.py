"""What all submits with one key go through, whichever call and thread they come from."""

from __future__ import annotations

from threading import Lock

from .._errors import ProviderError
from .._polling.budget import Budget


class Gate:
    """A `Budget` that threads share. No clock: the caller brings the time."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._lock = Lock()

    def enter(self, *, now: float) -> float:
        """0 with a token taken: send. Else the seconds after which to ask again; another may be faster then."""
        with self._lock:
            seconds = self._budget.ready_at(now) - now
            # Rounding can bring somebody back a little before the time.
            if seconds > 1e-6:
                return seconds
            self._budget.take(now)
            return 0.0

    def heed(
        self, error: ProviderError, *, at_least: float, sent_at: float, now: float
    ) -> None:
        """See `Budget.heed`."""
        with self._lock:
            self._budget.heed(error, at_least=at_least, sent_at=sent_at, now=now)
