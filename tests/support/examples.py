"""How many cases a law is tried with."""

from __future__ import annotations

from hypothesis import settings


def examples(most: int) -> int:
    """`most` in a full or long run, and its share of that in a quick one: hypothesis' profile says which it is."""
    return max(5, min(most, most * settings().max_examples // 100))
