"""
Over how many httpx clients exchanges are spread.

httpx searches all its connections on each request, and asks each idle one whether it is still open: at 64 in flight on
one client a poll costs several times the CPU of one at 8 (tests/benchmarks/client_pool.py prints it). Fewer to a client are
better still: 64 waits cost about 1100 us a poll with 8, 640 with 2, and no less with 1. So a client carries 2, and there
are as many clients as needed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, TypeVar

CONNECTIONS_PER_CLIENT = 2

C = TypeVar("C")


class Closed(RuntimeError):
    """The client is used after it was closed: a mistake of the caller's, no failure of the network."""


class ClientPool(Generic[C]):
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
        self._only: AbstractContextManager[C] | None = None

    def borrow(self) -> AbstractContextManager[C]:
        if self._only is not None and not self._closed:
            return self._only
        with self._lock:
            if self._closed:
                raise Closed("the client is closed")
            n = self._free()
            if math.isinf(self._capacity):
                # There is nothing to count.
                self._only = nullcontext(self._clients[n])
                return self._only
            self._in_flight[n] += 1
            return Lease(self, n, self._clients[n])

    def give_back(self, n: int) -> None:
        with self._lock:
            self._in_flight[n] -= 1

    def close(self) -> list[C]:
        """No more borrowing. Returns the clients, for the caller to close."""
        with self._lock:
            self._closed = True
            return self._clients

    def _free(self) -> int:
        for n, used in enumerate(self._in_flight):
            if used < self._capacity:
                return n
        self._clients.append(self._make())
        self._in_flight.append(0)
        return len(self._clients) - 1


class Lease(Generic[C]):
    """A client for one exchange."""

    __slots__ = ("_client", "_n", "_pool")

    def __init__(self, pool: ClientPool[C], n: int, client: C) -> None:
        self._pool = pool
        self._n = n
        self._client = client

    def __enter__(self) -> C:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._pool.give_back(self._n)
