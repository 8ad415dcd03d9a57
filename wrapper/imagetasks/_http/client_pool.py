"""
Over how many httpx clients exchanges are spread.

httpx searches all its connections on each request, and asks each idle one whether it is still open: at 64 in flight on
one client a poll costs several times the CPU of one at 8 (tests/benchmarks/client_pool.py prints it). Fewer to a client are
better still: 64 waits cost about 1100 us a poll with 8, 640 with 2, and no less with 1. So a client carries 2, and there
are as many clients as needed.

A client is good until an exchange on it is broken off. httpcore loses a connection for good when it is cancelled, or
interrupted by a signal, while it gives one back: then every later exchange waits for that place. So such a client takes
no more exchanges, and is closed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import Generic, TypeVar

CONNECTIONS_PER_CLIENT = 2

C = TypeVar("C")


class Closed(RuntimeError):
    """The client is used after it was closed: a mistake of the caller's, no failure of the network."""


class ClientPool(Generic[C]):
    """
    Clients of `CONNECTIONS_PER_CLIENT` exchanges each, made when needed.

    `discard` closes a client that is used no more, as one is that carries nothing for `idle_expiry` seconds: it is
    noticed when the next exchange ends.
    """

    def __init__(
        self,
        make: Callable[[], C],
        *,
        discard: Callable[[C], object] = lambda client: None,
        capacity: float = CONNECTIONS_PER_CLIENT,
        idle_expiry: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._discard = discard
        self._capacity = capacity
        self._idle_expiry = idle_expiry
        self._clock = clock
        self._clients: set[_Shared[C]] = set()
        # A heap of those that have room, the oldest first; retired ones are passed over.
        self._free: list[_Shared[C]] = []
        self._numbers = count()
        # Since when, the longest first.
        self._idle: dict[_Shared[C], float] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._only: AbstractContextManager[C] | None = None

    def borrow(self) -> AbstractContextManager[C]:
        if self._only is not None and not self._closed:
            return self._only
        with self._lock:
            if self._closed:
                raise Closed("the client is closed")
            shared = self._with_room()
            if math.isinf(self._capacity):
                # There is nothing to count.
                self._only = nullcontext(shared.client)
                return self._only
            self._idle.pop(shared, None)
            shared.in_flight += 1
            if shared.in_flight >= self._capacity:
                heappop(self._free)
            return Lease(self, shared)

    def give_back(self, shared: _Shared[C], *, is_good: bool) -> None:
        with self._lock:
            was_full = shared.in_flight >= self._capacity
            shared.in_flight -= 1
            over = self._settle(shared, was_full=was_full, is_good=is_good)
        for each in over:
            self._discard(each.client)

    def _settle(
        self, shared: _Shared[C], *, was_full: bool, is_good: bool
    ) -> list[_Shared[C]]:
        """Returns those that are used no more."""
        if shared not in self._clients:
            is_over = shared.is_retired and not shared.in_flight
            return [shared] if is_over else []
        if was_full:
            heappush(self._free, shared)
        if not is_good:
            self._retire(shared)
            return [] if shared.in_flight else [shared]
        over: list[_Shared[C]] = []
        if not shared.in_flight:
            self._idle[shared] = now = self._clock()
            for each, since in self._idle.items():
                if now - since <= self._idle_expiry:
                    break
                over.append(each)
            for each in over:
                self._retire(each)
        return over

    def close(self) -> list[C]:
        """No more borrowing. Returns the clients, for the caller to close."""
        with self._lock:
            self._closed = True
            clients = [shared.client for shared in self._clients]
            self._clients.clear()
            self._free.clear()
            self._idle.clear()
            return clients

    def _with_room(self) -> _Shared[C]:
        while self._free and self._free[0].is_retired:
            heappop(self._free)
        if not self._free:
            made = _Shared(self._make(), next(self._numbers))
            self._clients.add(made)
            heappush(self._free, made)
        return self._free[0]

    def _retire(self, shared: _Shared[C]) -> None:
        shared.is_retired = True
        self._clients.remove(shared)
        self._idle.pop(shared, None)


class _Shared(Generic[C]):
    """A client, and how many exchanges it carries."""

    __slots__ = ("client", "in_flight", "is_retired", "number")

    def __init__(self, client: C, number: int) -> None:
        self.client = client
        self.number = number
        self.in_flight = 0
        self.is_retired = False

    def __lt__(self, other: _Shared[C]) -> bool:
        return self.number < other.number


class Lease(Generic[C]):
    """A client for one exchange."""

    __slots__ = ("_pool", "_shared")

    def __init__(self, pool: ClientPool[C], shared: _Shared[C]) -> None:
        self._pool = pool
        self._shared = shared

    def __enter__(self) -> C:
        return self._shared.client

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.give_back(self._shared, is_good=error is None)
