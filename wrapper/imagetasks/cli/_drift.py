"""What `imagetasks drift` reads, and its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from .. import Drift
from ._output import say


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


def read_drift(report: Path) -> Sequence[Drift]:
    """A report, or traffic. Raises ValueError, naming the place that is wrong, and OSError."""
    if report.suffix.lower() != ".har":
        from .._drift.drift import read_report

        return read_report(report)
    from ._har import check_har

    checked = check_har(report)
    say(
        f"{checked.answers} answers were held against the specs; "
        f"{checked.others} requests are no vendor's, or have no answer"
    )
    return checked.drift
