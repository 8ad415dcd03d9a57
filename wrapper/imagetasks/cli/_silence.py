"""Says so when a vendor does not answer for a while: people wait, and see nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from ._output import say

SILENCE = 8.0
"""Seconds without an answer before the command says so."""


def silence_in_words(provider: str) -> str:
    return f"{provider}: no answer for {SILENCE:.0f} s; is the network down? `imagetasks doctor` looks"


@contextmanager
def report_silence(provider: str) -> Iterator[None]:
    """For one exchange."""
    timer = Timer(SILENCE, lambda: say(silence_in_words(provider)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
