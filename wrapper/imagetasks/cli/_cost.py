"""The command `cost`: what the tasks of a journal cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import imagetasks

from ._app import app
from ._exits import failures_as_exit_codes
from ._output import echo

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Total:
    """Of one vendor. `reserved`: what submits may have cost whose outcome is unknown."""

    provider: str
    tasks: int
    estimated: float
    charged: float
    credits: float
    unpriced: int
    reserved: float


@app.command()
def cost(
    journal: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="The journal's file."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print rows and totals as JSON.")
    ] = False,
) -> None:
    """
    What the tasks of a journal cost, by vendor, model and day (UTC, of the submit). Refunds are taken off.

    Estimated is the documented price, charged the vendor's own number; credits is as charged where the vendor tells.
    """
    with failures_as_exit_codes():
        from .._journal.costs import read_costs  # brings SQLite

        spent, reserved = read_costs(journal)
    totals = list(_totals(spent, reserved))
    if as_json:
        rows = [asdict(row) | {"day": row.day.isoformat()} for row in spent]
        found = {"spent": rows, "totals": [asdict(total) for total in totals]}
        echo(json.dumps(found))
        return
    if not totals:
        echo("no tasks")
        return
    from ._console import for_rows

    for_rows().print(_table(spent, totals))


def _totals(
    spent: Iterable[imagetasks.Spending], reserved: dict[str, float]
) -> Iterator[Total]:
    by_vendor: dict[str, list[imagetasks.Spending]] = {name: [] for name in reserved}
    for row in spent:
        by_vendor.setdefault(row.provider, []).append(row)
    for provider, rows in sorted(by_vendor.items()):
        yield Total(
            provider,
            tasks=sum(row.tasks for row in rows),
            estimated=sum(row.estimated for row in rows),
            charged=sum(row.charged for row in rows),
            credits=sum(row.credits for row in rows),
            unpriced=sum(row.unpriced for row in rows),
            reserved=reserved.get(provider, 0.0),
        )


def _table(spent: Iterable[imagetasks.Spending], totals: list[Total]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("provider", no_wrap=True)
    table.add_column("model", overflow="fold")
    table.add_column("day", no_wrap=True)
    columns = ("tasks", "estimated", "charged", "credits", "unpriced", "reserved")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in spent:
        numbers = (row.tasks, row.estimated, row.charged, row.credits, row.unpriced)
        table.add_row(
            escape(row.provider),
            escape(row.model or "-"),
            row.day.isoformat(),
            *(f"{number:g}" for number in numbers),
        )
    for total in totals:
        words = (f"{getattr(total, column):g}" for column in columns)
        table.add_row(escape(total.provider), "total", "", *words, style="bold")
    return table
