"""The table of `imagetasks drift`."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from .. import Drift


def drift_table(drifts: Iterable[Drift]) -> Table:
    """The most frequent ones first, by provider and operation."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("operation", "at", "what", "seen", "documented", "times", "last"):
        table.add_column(column, overflow="fold")
    for drift in sorted(drifts, key=lambda d: (d.provider, d.operation, -d.count)):
        cells = (
            f"{drift.provider} {drift.operation} {drift.status}",
            drift.pointer,
            drift.kind.replace("_", " "),
            drift.seen,
            drift.expected,
            str(drift.count),
            f"{drift.last_seen:%Y-%m-%d %H:%M}",
        )
        table.add_row(*map(escape, cells))
    return table
