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
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Generic, TypeVar

CONNECTIONS_PER_CLIENT = 2

C = TypeVar("C")


class Closed(RuntimeError):
    """The client is used after it was closed: a mistake of the caller's, no failure of the network."""


class ClientPool(Generic[C]):
    """
    Clients of `CONNECTIONS_PER_CLIENT` exchanges each, made when needed.

    `discard` closes a client that is used no more.
    """

    def __init__(
        self,
        make: Callable[[], C],
        *,
        discard: Callable[[C], object] = lambda client: None,
        capacity: float = CONNECTIONS_PER_CLIENT,
    ) -> None:
        self._make = make
        self._discard = discard
        self._capacity = capacity
        self._clients: list[_Shared[C]] = []
        self._lock = threading.Lock()
        self._closed = False
        self._only: AbstractContextManager[C] | None = None

    def borrow(self) -> AbstractContextManager[C]:
        if self._only is not None and not self._closed:
            return self._only
        with self._lock:
            if self._closed:
                raise Closed("the client is closed")
            shared = self._free()
            if math.isinf(self._capacity):
                # There is nothing to count.
                self._only = nullcontext(shared.client)
                return self._only
            shared.in_flight += 1
            return Lease(self, shared)

    def give_back(self, shared: _Shared[C], *, is_good: bool) -> None:
        with self._lock:
            shared.in_flight -= 1
            if not is_good and shared in self._clients:
                self._clients.remove(shared)
                shared.is_retired = True
            is_over = shared.is_retired and not shared.in_flight
        if is_over:
            self._discard(shared.client)

    def close(self) -> list[C]:
        """No more borrowing. Returns the clients, for the caller to close."""
        with self._lock:
            self._closed = True
            clients, self._clients = self._clients, []
            return [shared.client for shared in clients]

    def _free(self) -> _Shared[C]:
        for shared in self._clients:
            if shared.in_flight < self._capacity:
                return shared
        self._clients.append(_Shared(self._make()))
        return self._clients[-1]


class _Shared(Generic[C]):
    """A client, and how many exchanges it carries."""

    __slots__ = ("client", "in_flight", "is_retired")

    def __init__(self, client: C) -> None:
        self.client = client
        self.in_flight = 0
        self.is_retired = False


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
