"""When `wait` of a handle looks at the database again."""

from __future__ import annotations

import time

from .._errors import WaitTimeout
from .._scheduling.policy import check_timeout
from ._record import Record

FIRST_GAP, LONGEST_GAP = 0.1, 2.0
"""Seconds between two looks."""


class Looks:
    """Those of one wait, each a while after the one before. `timeout` is in seconds, None for no end."""

    def __init__(self, timeout: float | None) -> None:
        self._limit = float("inf") if timeout is None else check_timeout(timeout)
        self._began = time.monotonic()
        self._gap = FIRST_GAP

    def pause(self) -> float | None:
        """Seconds until the next look; None once the time is over."""
        left = self._limit - self._waited
        if left <= 0:
            return None
        pause = min(self._gap, left)
        self._gap = min(1.5 * self._gap, LONGEST_GAP)
        return pause

    def too_late(self, record: Record) -> WaitTimeout:
        words = f"{record} after {self._waited:.3g} s"
        return WaitTimeout(words, task=record.task)

    @property
    def _waited(self) -> float:
        return time.monotonic() - self._began
