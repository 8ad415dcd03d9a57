"""Ids in the form that a vendor documents."""

from __future__ import annotations

import re
from random import Random
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def draw_id(example: str, rng: Random) -> str:
    """An id like the documented one: what varies is drawn anew, a prefix stays."""
    if example.isdecimal():
        return rng.choice("123456789") + draw_text("0123456789", len(example) - 1, rng)
    if _UUID.search(example):
        return _UUID.sub(str(UUID(int=rng.getrandbits(128), version=4)), example)
    if _ULID.search(example):
        # A ULID has 128 bits: its first digit goes up to 7.
        drawn = rng.choice("01234567") + draw_text(_CROCKFORD, 25, rng)
        return _ULID.sub(drawn, example)
    if _OBJECT_ID.search(example):
        return _OBJECT_ID.sub(f"{rng.getrandbits(96):024x}", example)
    prefix = re.match(r"(.*[_-])?", example)
    return f"{prefix[0] if prefix else ''}{rng.getrandbits(64):016x}"


def draw_text(alphabet: str, length: int, rng: Random) -> str:
    return "".join(rng.choices(alphabet, k=length))
