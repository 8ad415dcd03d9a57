"""What an async client does in its own way. `shim` has the same names for `Client`, which is generated."""

from __future__ import annotations

import asyncio
from asyncio import sleep as default_sleep
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from .._forking import keep_as_it_is

__all__ = ["Inbox", "Lifetime", "Sleep", "default_sleep", "in_thread", "result_of"]

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


class Inbox(Generic[T]):
    """What the engine delivers to somebody who waits."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[T] = asyncio.Queue()

    def put(self, item: T) -> None:
        self._queue.put_nowait(item)

    async def get(self) -> T:
        return await self._queue.get()


class Lifetime:
    """Whether a client can be used: until it is closed, and on one event loop, the first one that uses it."""

    def __init__(self) -> None:
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def has_lost_its_loop(self) -> bool:
        """Whether that loop is closed."""
        return self._loop is not None and self._loop.is_closed()

    def end(self) -> None:
        self._is_closed = True

    def start_anew(self) -> None:
        """In a child that was forked: it has a loop of its own."""
        keep_as_it_is(self._loop)
        self._loop = None

    def check_open(self) -> None:
        """Raises RuntimeError once the client is closed."""
        if self._is_closed:
            raise RuntimeError("the client is closed")

    def check_usable(self) -> None:
        """Raises RuntimeError once the client is closed, and on any other loop."""
        self.check_open()
        self.check_loop()

    def check_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError(
                "this AsyncClient belongs to another event loop: make one client per loop"
            )


async def result_of(future: Future[T]) -> T:
    """What a thread works out. A cancellation of the caller does not reach it."""
    return await asyncio.shield(asyncio.wrap_future(future))


async def in_thread(function: Callable[[], T]) -> T:
    """Calls what may block in a thread of its own."""
    return await asyncio.to_thread(function)
