"""Which vendors a command asks, and what it is to make, as typed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from ..providers import PROVIDERS
from ._rows import Row, read_rows


def rows_asked_for(words: Sequence[str], file: Path | None) -> list[Row]:
    """From the prompt, standard input or a file. Raises ValueError."""
    if file is not None:
        if words:
            raise ValueError("a prompt, or --from a file: one of the two")
        return read_rows(file)
    if words and words[0] in PROVIDERS:
        rest = " ".join(words[1:]) or "a lighthouse"
        raise ValueError(
            f'the vendor is an option: imagetasks generate "{rest}" -p {words[0]}'
        )
    if not words:
        raise ValueError(
            'what to draw? imagetasks generate "a lighthouse", or - to read it, or --from FILE'
        )
    if len(words) > 1:
        raise ValueError("a prompt is one argument: put it into quotes")
    (prompt,) = words
    if prompt == "-":
        prompt = sys.stdin.read().strip()
    if not prompt.strip():
        raise ValueError("the prompt is empty")
    return [Row("", {"prompt": prompt})]


def vendors_asked(named: Sequence[str], with_key: Collection[str]) -> list[str]:
    """Those that are named, once each; else the only one that has a key. Raises ValueError."""
    for name in named:
        if name not in PROVIDERS:
            raise ValueError(f"no vendor {name!r}; known: {', '.join(PROVIDERS)}")
    if named:
        return list(dict.fromkeys(named))
    if len(with_key) > 1:
        raise ValueError(
            f"which vendor? -p one or several of those that have a key: {', '.join(with_key)}"
        )
    return list(with_key)
