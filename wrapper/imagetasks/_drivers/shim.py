"""What `Client` does in its own way; see `async_shim`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue as Inbox
from time import sleep as default_sleep
from typing import TypeVar

__all__ = ["Inbox", "Lifetime", "Sleep", "default_sleep", "in_thread", "result_of"]

T = TypeVar("T")
Sleep = Callable[[float], object]


class Lifetime:
    """Whether a client can be used: until it is closed."""

    def __init__(self) -> None:
        self._is_closed = False

    def end(self) -> None:
        self._is_closed = True

    def check_open(self) -> None:
        """Raises RuntimeError once the client is closed."""
        if self._is_closed:
            raise RuntimeError("the client is closed")

    def check_usable(self) -> None:
        self.check_open()


def result_of(future: Future[T]) -> T:
    """What a thread works out."""
    return future.result()


def in_thread(function: Callable[[], T]) -> T:
    return function()
