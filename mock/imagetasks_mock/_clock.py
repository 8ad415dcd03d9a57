"""Virtual time: real, scaled or standing still, and moved by hand in every mode."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from threading import Lock

_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Clock:
    """
    Starts at the real time of day. One real second is `speed` virtual ones; at speed 0 only
    `advance` moves it.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._lock = Lock()
        self._date = (0, b"")
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._origin = (time.time(), time.monotonic())

    def time(self) -> float:
        """Virtual seconds since 1970."""
        virtual, real = self._origin
        if self._speed == 0:
            return virtual
        return virtual + (time.monotonic() - real) * self._speed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float | timedelta) -> None:
        """Raises ValueError for time that runs backwards or past the year 9999."""
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        if not (seconds >= 0 and math.isfinite(seconds)):
            raise ValueError(f"the clock advances by seconds from 0 up, not {seconds}")
        with self._lock:
            if self.time() + seconds > _LAST:
                raise ValueError("the clock ends with the year 9998")
            virtual, real = self._origin
            self._origin = (virtual + seconds, real)

    def http_date(self) -> bytes:
        second = int(self.time())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]


def iso(instant: float) -> str:
    """ISO 8601 with milliseconds, as in 2026-04-22T09:00:32.000Z."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
