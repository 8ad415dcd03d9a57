"""What the tasks of a journal cost, for whoever has the file and no client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .._spending.spending import Spending, SpendingSums
from .reading import Contents


class Costs(NamedTuple):
    """`reserved`: credits that submits may have cost whose outcome is unknown, by vendor."""

    spent: list[Spending]
    reserved: dict[str, float]


def costs_of(contents: Iterable[Contents]) -> Costs:
    """Of several journals together, those that clients have open too."""
    spent = SpendingSums()
    reserved: dict[str, float] = {}
    for each in contents:
        for entry in each.entries:
            spent.add(entry.cost)
        for submit in each.unknown:
            name = submit.intent.provider
            reserved[name] = reserved.get(name, 0.0) + submit.reserved
    return Costs(spent.rows(), dict(sorted(reserved.items())))
