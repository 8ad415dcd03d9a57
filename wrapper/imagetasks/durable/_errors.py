"""What can go wrong beside what the client raises."""

from __future__ import annotations

from .._errors import ImageTasksError


class DurableError(ImageTasksError):
    """The database cannot be used, or what was asked does not fit what it holds."""


class KeyConflict(DurableError):
    """The key is that of another request: nothing was written. `key` is that key."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


class Backlogged(DurableError):
    """More tasks wait for this provider than `backlog` lets: nothing was written. `waiting`: how many."""

    def __init__(self, message: str, *, waiting: int) -> None:
        super().__init__(message)
        self.waiting = waiting
