"""
Over how many httpx clients exchanges are spread.

httpx searches all its connections on each request, and asks each idle one whether it is still open: at 64 in flight on
one client a poll costs several times the CPU of one at 8 (tests/benchmarks/shards.py prints it). Fewer to a client are
better still: 64 waits cost about 1100 us a poll with 8, 640 with 2, and no less with 1. So a client carries 2, and there
are as many clients as needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

CONNECTIONS_PER_CLIENT = 2

C = TypeVar("C")


class Shards(Generic[C]):
    """Clients of `CONNECTIONS_PER_CLIENT` exchanges each, made when needed."""

    def __init__(
        self, make: Callable[[], C], *, capacity: float = CONNECTIONS_PER_CLIENT
    ) -> None:
        self._make = make
        self._capacity = capacity
        self._clients: list[C] = []
        self._in_flight: list[int] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[C]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            free = (
                n for n, used in enumerate(self._in_flight) if used < self._capacity
            )
            n = next(free, len(self._clients))
            if n == len(self._clients):
                self._clients.append(self._make())
                self._in_flight.append(0)
            self._in_flight[n] += 1
        try:
            yield self._clients[n]
        finally:
            with self._lock:
                self._in_flight[n] -= 1

    def close(self) -> list[C]:
        """No more borrowing. Returns the clients, for the caller to close."""
        with self._lock:
            self._closed = True
            return self._clients
