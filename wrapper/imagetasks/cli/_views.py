"""What a run shows while it goes on: lines, JSON Lines, or a live view on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import imagetasks

from ._described import described, described_error
from ._output import echo, echo_exactly, print_failure, say


class View(Protocol):
    """Hears of each task: accepted, changed any number of times, then saved or failed. All calls come from one thread."""

    def __enter__(self) -> View: ...
    def __exit__(self, *_: object) -> None: ...
    def accepted(self, task: imagetasks.Task) -> None: ...
    def changed(self, task: imagetasks.Task) -> None: ...
    def saved(self, task: imagetasks.Task, files: Iterable[Path]) -> None: ...
    def failed(self, error: imagetasks.ImageTasksError) -> None: ...
    def note(self, words: str) -> None:
        """What is no task's: a vendor that does not answer, rows that are left out."""


class Lines:
    """A line a change on stderr; a path a file on stdout. `waits`: else the token of each task is what is asked for."""

    def __init__(self, *, waits: bool = True, go_on: str | None = None) -> None:
        self._waits = waits
        self._go_on = go_on

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def accepted(self, task: imagetasks.Task) -> None:
        if self._waits:
            self.changed(task)
        else:
            echo(task.to_token())

    def changed(self, task: imagetasks.Task) -> None:
        say(f"{task} {task.label}" if task.label else task)

    def saved(self, task: imagetasks.Task, files: Iterable[Path]) -> None:
        for file in files:
            echo_exactly(file)

    def failed(self, error: imagetasks.ImageTasksError) -> None:
        print_failure(error, self._go_on)

    def note(self, words: str) -> None:
        say(words)


class JsonLines:
    """An object a line on stdout, for programs; what people are told stays on stderr."""

    def __init__(self, *, go_on: str | None = None) -> None:
        self._go_on = go_on

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def accepted(self, task: imagetasks.Task) -> None:
        echo_event("accepted", **described(task))

    def changed(self, task: imagetasks.Task) -> None:
        echo_event("changed", **described(task))

    def saved(self, task: imagetasks.Task, files: Iterable[Path]) -> None:
        echo_event("saved", **described(task), files=[str(file) for file in files])

    def failed(self, error: imagetasks.ImageTasksError) -> None:
        echo_event("failed", **described_error(error))
        print_failure(error, self._go_on)

    def note(self, words: str) -> None:
        say(words)


def echo_event(event: str, **fields: object) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    echo_exactly(json.dumps({"event": event, "at": at, **fields}))


def view_for(
    *, as_json: bool, waits: bool = True, total: int = 1, go_on: str | None = None
) -> View:
    """`go_on`: the command that goes on with what is open, where there is one."""
    if as_json:
        return JsonLines(go_on=go_on)
    from ._console import stderr

    if stderr.is_terminal and waits:
        from ._history import usual_seconds
        from ._live import Live

        return Live(stderr, total, go_on=go_on, usual=usual_seconds())
    return Lines(waits=waits, go_on=go_on)
