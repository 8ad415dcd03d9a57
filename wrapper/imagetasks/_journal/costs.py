"""What the tasks of a journal cost, for whoever has the file and no client."""

from __future__ import annotations

import os
from os import PathLike
from typing import NamedTuple

from .._spending.ledger import Ledger
from .._spending.spending import Spending
from .books import read_books
from .file import JournalFile, explained


class Costs(NamedTuple):
    """`reserved`: credits that submits may have cost whose outcome is unknown, by vendor."""

    spent: list[Spending]
    reserved: dict[str, float]


def read_costs(path: str | PathLike[str]) -> Costs:
    """Raises JournalError where a client has it open, and for what is no journal."""
    path = os.path.realpath(os.fsdecode(path))
    file = JournalFile(path, may_create=False)
    try:
        with explained(path):
            books = read_books(file.connection)
    finally:
        file.close()
    ledger = Ledger({}, books)
    vendors = sorted({provider for provider, _ in books.reserved.values()})
    return Costs(ledger.spent(), {name: ledger.reserved(name) for name in vendors})
