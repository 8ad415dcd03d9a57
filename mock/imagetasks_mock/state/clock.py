"""Virtual time: real, scaled or standing still, and moved by hand in every mode."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from threading import Lock

from ..specs.times import LAST


class Clock:
    """
    Starts at the real time of day. One real second is `speed` virtual ones; at speed 0 only
    `advance` moves it.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = Lock()
        self._watchers: list[Callable[[], None]] = []
        self._date = (0, b"")
        self.moves = 0
        """How often it was moved by hand."""
        self._origin = (time.time(), time.monotonic(), speed)
        """Virtual and real seconds from which it goes on, and at which speed; one tuple, so that readers need no lock."""

    def reset(self) -> None:
        with self._lock:
            self.moves += 1
            self._origin = (time.time(), time.monotonic(), self.speed)

    @property
    def speed(self) -> float:
        return self._origin[2]

    @speed.setter
    def speed(self, speed: float) -> None:
        """From now on. Raises ValueError for one below 0."""
        if not (speed >= 0 and math.isfinite(speed)):
            raise ValueError(f"speed is a number from 0 up, not {speed}")
        with self._lock:
            self._origin = (self.time(), time.monotonic(), speed)
            self.moves += 1
        self.wake()

    def time(self) -> float:
        """Virtual seconds since 1970."""
        virtual, real, speed = self._origin
        if speed == 0:
            return virtual
        return min(virtual + (time.monotonic() - real) * speed, LAST)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float | timedelta) -> None:
        """Raises ValueError for time that runs backwards or past the year 9999."""
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        if not (seconds >= 0 and math.isfinite(seconds)):
            raise ValueError(f"the clock advances by seconds from 0 up, not {seconds}")
        with self._lock:
            if self.time() + seconds > LAST:
                raise ValueError("the clock ends with the year 9998")
            virtual, real, speed = self._origin
            self._origin = (virtual + seconds, real, speed)
            self.moves += 1
        self.wake()

    def real_seconds_until(self, instant: float) -> float:
        """Unless it is advanced. Infinite where it stands still."""
        left, speed = max(instant - self.time(), 0.0), self.speed
        if left and speed == 0:
            return math.inf
        return left / (speed or 1)

    def watch(self, look_again: Callable[[], None]) -> None:
        """Call this, which must be quick, whenever `real_seconds_until` is not true any more."""
        self._watchers.append(look_again)

    def wake(self) -> None:
        """Who waits for an instant looks again: it may be another one now."""
        for look_again in self._watchers:
            look_again()

    def http_date(self) -> bytes:
        second = int(self.time())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]
