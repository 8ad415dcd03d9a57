"""The table of `imagetasks list`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from ._history import Known


def history_table(known: Iterable[Known]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("id", overflow="ellipsis", no_wrap=True, max_width=26)
    table.add_column("provider", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("when", no_wrap=True)
    table.add_column("credits", justify="right", no_wrap=True)
    table.add_column("what", overflow="ellipsis", no_wrap=True, max_width=50)
    for one in known:
        entry, task = one.entry, one.task
        state = task.state.name.lower()
        if entry.is_open and task.state.is_terminal:
            state = "not saved"
        table.add_row(
            escape(task.id),
            escape(task.provider),
            state,
            _when(entry.sent_at),
            _credits(one),
            escape(_what(one)),
        )
    return table


def _when(instant: datetime) -> str:
    return f"{instant.astimezone():%Y-%m-%d %H:%M}"


def _credits(one: Known) -> str:
    cost = one.entry.cost
    if cost.is_refunded:
        return "refunded"
    if cost.charged is not None:
        return f"{cost.charged:g}"
    return "?" if cost.estimated is None else f"~{cost.estimated:g}"


def _what(one: Known) -> str:
    asked = one.entry.asked
    prompt = getattr(asked.request, "prompt", "") if asked else ""
    words = prompt if asked and asked.has_prompts else ""
    return " ".join(filter(None, (one.task.label, words.replace("\n", " "))))
