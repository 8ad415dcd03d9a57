"""What `Client` does in its own way; see `_async_shim`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue as Inbox
from time import sleep as default_sleep
from typing import TypeVar

__all__ = ["Inbox", "Sleep", "default_sleep", "in_thread", "result_of"]

T = TypeVar("T")
Sleep = Callable[[float], object]


def result_of(future: Future[T]) -> T:
    """What a thread works out."""
    return future.result()


def in_thread(function: Callable[[], T]) -> T:
    return function()
