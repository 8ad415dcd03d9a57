"""The table of `imagetasks list`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ._history import Known

SHORT = 14
"""Characters of an id on a terminal: commands take its beginning."""
NARROW = 60
"""Columns below which a row has only the most important."""


def history_table(known: Iterable[Known], width: int | None) -> Table:
    """`width`: of a terminal; None where a program reads it, which gets whole ids and dates."""
    is_narrow = width is not None and width < NARROW
    table = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1 if width else 2, 0, 0),
    )
    names = ("id", "state") if is_narrow else ("id", "provider", "state", "when")
    for name in names:
        table.add_column(name, no_wrap=True)
    if not is_narrow:
        table.add_column("credits", justify="right", no_wrap=True)
    table.add_column(
        "what", max_width=50
    )  # it gives way, and its text stays on one line
    for one in known:
        entry, task = one.entry, one.task
        state = task.state.name.lower()
        if entry.is_open and task.state.is_terminal:
            state = "not saved"
        cells = {
            "id": escape(task.id if width is None else task.id[:SHORT]),
            "provider": escape(task.provider),
            "state": state,
            "when": _when(entry.sent_at, is_short=width is not None),
        }
        what = Text(_what(one), no_wrap=True, overflow="ellipsis")
        credits = () if is_narrow else (_credits(one),)
        table.add_row(*(cells[name] for name in names), *credits, what)
    return table


def _when(instant: datetime, *, is_short: bool) -> str:
    local = instant.astimezone()
    if is_short and local.year == datetime.now().year:
        return f"{local:%m-%d %H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _credits(one: Known) -> str:
    cost = one.entry.cost
    if cost.is_refunded:
        return "refunded"
    if cost.charged is not None:
        return f"{cost.charged:g}"
    return "?" if cost.estimated is None else f"~{cost.estimated:g}"


def _what(one: Known) -> str:
    words = one.prompt or ""
    return " ".join(filter(None, (one.task.label, words.replace("\n", " "))))
