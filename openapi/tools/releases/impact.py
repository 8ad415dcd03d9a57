"""The three classes of a change, from the side of who calls."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Impact(IntEnum):
    """Ordered: the worst of many is their max."""

    PATCH = 0  # words: nobody's code sees it
    NEW = 1
    BREAKING = 2  # code that was right before no longer compiles, is refused, or means something else

    def __str__(self) -> str:
        return self.name.lower()


class Change(NamedTuple):
    impact: Impact
    pointer: str
    words: str
