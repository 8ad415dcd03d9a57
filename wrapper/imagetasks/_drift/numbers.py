"""Numbers that JSON has no word for, and that are read as null: NaN, the infinities, and what is too large."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from .differences import pointer_of
from .drift import Finding

Place = tuple[str | int, ...]

# What may be one, in any of JSON's encodings: to say so for certain takes a second reading.
SUSPECT = re.compile(rb"N\0*a\0*N|I\0*n\0*f|\d\0*[eE]\0*\+?\0*\d|(?:\d\0*){309}")


def non_finite(body: bytes) -> list[Finding]:
    if not SUSPECT.search(body):
        return []
    try:
        pointers = {pointer_of(place) for place in _places(json.loads(body))}
    except (ValueError, RecursionError):
        return []
    return [
        Finding(pointer, "unreadable", "a finite number", "one that is not")
        for pointer in sorted(pointers)
    ]


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _places(inner, (*place, name))
        case list():
            for n, inner in enumerate(value):
                yield from _places(inner, (*place, n))
        case float() if not math.isfinite(value):
            yield place
