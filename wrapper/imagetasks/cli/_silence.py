"""When nothing comes for a while, people are told: an exchange may take longer than they wait without a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from ._output import say

SILENCE = 8.0
"""Seconds without an answer after which people are told."""


def silence_in_words(provider: str) -> str:
    return f"{provider}: no answer for {SILENCE:.0f} s; is the network down? `imagetasks doctor` looks"


@contextmanager
def silence_told(provider: str) -> Iterator[None]:
    """Around one exchange."""
    timer = Timer(SILENCE, lambda: say(silence_in_words(provider)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
