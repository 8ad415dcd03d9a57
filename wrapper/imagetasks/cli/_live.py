"""A line a task while they go on, and a bar for all of them: for terminals from 40 columns."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import rich.live
from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

import imagetasks

from ._output import echo_exactly, print_failure, say

COLOURS = {
    imagetasks.State.SUCCEEDED: "green",
    imagetasks.State.FAILED: "red",
    imagetasks.State.CANCELLED: "red",
    imagetasks.State.UNKNOWN: "yellow",
}
NARROW = 60
"""Columns below which a line has only the most important."""


@dataclass
class Line:
    """One task, with monotonic times."""

    task: imagetasks.Task
    began: float = field(default_factory=time.monotonic)
    took: float | None = None
    """Seconds until its state was terminal."""
    is_over: bool = False

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began if self.took is None else self.took

    @property
    def words(self) -> str:
        if self.task.state is imagetasks.State.SUCCEEDED:
            return "SAVING"
        return self.task.state.name


class Live:
    """`total`: tasks that there will be."""

    def __init__(
        self,
        console: Console,
        total: int,
        *,
        go_on: str | None = None,
        usual: Mapping[str, float] | None = None,
    ) -> None:
        """`usual`: seconds that tasks of each vendor took in earlier runs."""
        self._usual = dict(usual or {})
        self._go_on = go_on
        self._console = console
        self._total = total
        self._lines: dict[tuple[str, str], Line] = {}
        self._done = 0
        self._failed = 0
        self._live = rich.live.Live(
            get_renderable=self._render,
            console=console,
            refresh_per_second=8,
            redirect_stdout=False,
            transient=True,
        )

    def __enter__(self) -> Live:
        self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(None, None, None)
        if self._total > 1:
            say(self._summary())

    def accepted(self, task: imagetasks.Task) -> None:
        self._lines[task.provider, task.id] = Line(task)
        self._total = max(self._total, len(self._lines))

    def changed(self, task: imagetasks.Task) -> None:
        line = self._lines.setdefault((task.provider, task.id), Line(task))
        line.task = task
        if task.state.is_terminal and line.took is None:
            line.took = line.elapsed

    def saved(self, task: imagetasks.Task, files: Iterable[Path]) -> None:
        self.changed(task)
        self._lines[task.provider, task.id].is_over = True
        self._done += 1
        for file in files:
            if sys.stdout.isatty():  # the same terminal: it would strike the view
                self._console.print(Text(str(file)), soft_wrap=True)
            else:
                echo_exactly(file)

    def failed(self, error: imagetasks.ImageTasksError) -> None:
        self._failed += 1
        if error.task is not None:
            self.changed(error.task)
            self._lines[error.task.provider, error.task.id].is_over = True
        print_failure(error, self._go_on)

    def note(self, words: str) -> None:
        say(words)

    def expected(self, provider: str) -> float | None:
        """Seconds that this vendor's tasks of this run took, else those of earlier ones."""
        took = [
            line.took
            for line in self._lines.values()
            if line.task.provider == provider
            and line.task.state is imagetasks.State.SUCCEEDED
            and line.took is not None
        ]
        return median(took) if took else self._usual.get(provider)

    def _summary(self) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._done} of {self._total} saved{failed}"

    def _render(self) -> RenderableType:
        width = self._console.width
        going_on = [line for line in self._lines.values() if not line.is_over]
        room = max(self._console.height - 4, 1)
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        is_wide = width >= NARROW
        vendor, state, took = (14, 9, 12) if is_wide else (6, 9, 5)
        what = max(width - vendor - state - took - 4, 1)
        for room_for in (vendor, what, state, took):
            table.add_column(no_wrap=True, overflow="ellipsis", width=room_for)
        for line in going_on[:room]:
            table.add_row(
                Text(line.task.provider),
                Text(line.task.label or line.task.id),
                Text(line.words, COLOURS.get(line.task.state, "")),
                Text(self._time(line, is_wide)),
            )
        if not self._lines:
            table.add_row("", Text("submitting"), "", "")
        if len(going_on) > room:
            table.add_row("", Text(f"and {len(going_on) - room} more"), "", "")
        bar = Table.grid(padding=(0, 1, 0, 0))
        ended = self._done + self._failed
        bar.add_row(
            ProgressBar(total=self._total, completed=ended, width=min(width // 3, 30)),
            Text(self._summary()),
        )
        return Group(table, bar)

    def _time(self, line: Line, is_wide: bool) -> str:
        expected = self.expected(line.task.provider)
        about = f" of ~{expected:.0f} s" if is_wide and expected is not None else " s"
        return f"{line.elapsed:.0f}{about}"
