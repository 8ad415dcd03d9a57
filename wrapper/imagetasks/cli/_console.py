"""The terminal. It brings rich, which takes a while to load: imported where something is printed."""

from __future__ import annotations

import os
from typing import IO

from rich.console import Console


class _Console(Console):
    """Goes on without its reader: what is paid for is waited for and saved all the same."""

    def on_broken_pipe(self) -> None:
        write_to_nobody(self.file)


def is_plain() -> bool:
    """Whether somebody wants no control codes, though there may be a terminal."""
    return any(os.environ.get(name) for name in ("NO_COLOR", "CI"))


_TERMINAL = False if is_plain() else None  # None: rich looks
stdout = _Console(highlight=False, force_terminal=_TERMINAL)
stderr = _Console(stderr=True, highlight=False, force_terminal=_TERMINAL)


def for_rows() -> Console:
    """For a table whose reader may be a program: each row is on one line then, whatever its width."""
    return stdout if stdout.is_terminal else _Console(highlight=False, width=200)


def write_to_nobody(stream: IO[str]) -> None:
    """From now on; also what is in its buffer, which the end of the program would fail on."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, stream.fileno())
    os.close(nobody)
