"""The terminal. It brings rich, which takes a while to load: imported where something is printed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ._printable import printable


class _Console(Console):
    """
    Goes on without its reader: what is paid for is waited for and saved all the same. No text steers the terminal; what rich
    itself has to tell it are control segments.
    """

    def on_broken_pipe(self) -> None:
        write_to_nobody(self.file)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)


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
