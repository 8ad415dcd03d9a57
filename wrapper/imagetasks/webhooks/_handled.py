"""Which deliveries have been handled, so that each is handled once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

KEPT = 10_000
"""Deliveries that are remembered; the oldest make room."""


class Handled:
    """Deliveries that were handled within the last `seconds`, and those that are being handled. For any thread."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._done: OrderedDict[bytes, float] = OrderedDict()
        self._under_way: set[bytes] = set()
        self._lock = threading.Lock()

    def __contains__(self, key: bytes) -> bool:
        with self._lock:
            self._forget_old()
            return key in self._done

    def begin(self, key: bytes) -> Literal["new", "done", "under way"]:
        """One that is new has to be ended."""
        with self._lock:
            self._forget_old()
            if key in self._done:
                return "done"
            if key in self._under_way:
                return "under way"
            self._under_way.add(key)
            return "new"

    def end(self, key: bytes, *, is_done: bool) -> None:
        with self._lock:
            self._under_way.discard(key)
            if is_done:
                self._done[key] = self._clock() + self._seconds

    def _forget_old(self) -> None:
        now = self._clock()
        while self._done and (
            len(self._done) > KEPT or next(iter(self._done.values())) <= now
        ):
            self._done.popitem(last=False)
