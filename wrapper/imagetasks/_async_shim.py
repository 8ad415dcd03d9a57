"""What an async client does in its own way. `_sync_shim` has the same names for `Client`, which is generated."""

from __future__ import annotations

import asyncio
from asyncio import sleep as default_sleep
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Inbox", "LoopClaim", "Sleep", "default_sleep", "in_thread", "result_of"]

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


class LoopClaim:
    """The event loop that a client belongs to: the first one that uses it."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_over(self) -> bool:
        """Whether that loop is closed."""
        return self._loop is not None and self._loop.is_closed()

    def check(self) -> None:
        """Raises RuntimeError in any other loop."""
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
