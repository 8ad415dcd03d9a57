"""The command `cost`: what the tasks of earlier commands cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import imagetasks

from ._app import app
from ._arguments import AsJson
from ._exits import failures_as_exit_codes
from ._history import History, here, is_here
from ._history_commands import HistoryFile
from ._output import echo
from ._views import echo_event

if TYPE_CHECKING:
    from rich.table import Table

    from .._journal.reading import Contents


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


@app.command(rich_help_panel="What was made")
def cost(
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Print what the tasks of earlier commands, or of a journal, cost: by vendor, model and day of the submit (UTC), less refunds.

    Estimated is the documented price, charged the vendor's own number; credits is as charged where the vendor tells. What
    was made at other servers than those of today (a mock) is not counted.
    """
    with failures_as_exit_codes():
        from .._journal.costs import costs_of  # brings SQLite

        contents = [each for _, each in History(journal).contents]
        spent, reserved = costs_of(map(_of_here(here()), contents))
    totals = list(_totals(spent, reserved))
    if as_json:
        rows = [asdict(row) | {"day": row.day.isoformat()} for row in spent]
        echo_event("cost", spent=rows, totals=[asdict(total) for total in totals])
        return
    if not totals:
        echo("no tasks")
        return
    from ._console import for_rows

    console = for_rows()
    console.print(cost_table(spent, totals, console.width))


def _of_here(servers: Mapping[str, str]) -> Callable[[Contents], Contents]:
    def of_here(contents: Contents) -> Contents:
        return replace(
            contents,
            entries=[
                each
                for each in contents.entries
                if is_here(each.task.provider, each.base_url, servers)
            ],
            unknown=[
                each
                for each in contents.unknown
                if is_here(each.intent.provider, each.base_url, servers)
            ],
        )

    return of_here


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


COLUMNS = ("tasks", "estimated", "charged", "credits", "unpriced", "reserved")


def _columns(width: int) -> tuple[str, ...]:
    """What there is room for: credits are as charged, else as estimated."""
    if width >= 100:
        return COLUMNS
    if width >= 72:
        return ("tasks", "credits", "unpriced", "reserved")
    return ("tasks", "credits")


def cost_table(
    spent: Iterable[imagetasks.Spending], totals: list[Total], width: int
) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("provider", no_wrap=True)
    table.add_column("model", overflow="fold")
    has_days = width >= 72
    if has_days:
        table.add_column("day", no_wrap=True)
    columns = _columns(width)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in spent:
        numbers = (getattr(row, name) for name in columns if name != "reserved")
        table.add_row(
            escape(row.provider),
            escape(row.model or "-"),
            *((row.day.isoformat(),) if has_days else ()),
            *(f"{number:g}" for number in numbers),
        )
    for total in totals:
        words = (f"{getattr(total, column):g}" for column in columns)
        day = ("",) if has_days else ()
        table.add_row(escape(total.provider), "total", *day, *words, style="bold")
    return table
