"""What the tasks of a journal cost, for whoever has the file and no client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .._spending.spending import Spending
from .reading import Contents


class Costs(NamedTuple):
    """`reserved`: credits that submits may have cost whose outcome is unknown, by vendor."""

    spent: list[Spending]
    reserved: dict[str, float]


def costs_of(contents: Iterable[Contents]) -> Costs:
    """Of several journals together, those that clients have open too."""
    spent: dict[object, Spending] = {}
    reserved: dict[str, float] = {}
    for each in contents:
        for entry in each.entries:
            cost = entry.cost
            spent[cost.group] = spent.get(
                cost.group, Spending(cost.provider, cost.model, cost.day)
            ).add(cost)
        for submit in each.unknown:
            name = submit.intent.provider
            reserved[name] = reserved.get(name, 0.0) + submit.reserved
    rows = sorted(spent.values(), key=lambda s: (s.provider, s.day, s.model or ""))
    return Costs(rows, dict(sorted(reserved.items())))
