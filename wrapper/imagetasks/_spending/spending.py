"""What was spent, by vendor, model and day: what `client.spent()` returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Spending:
    """
    What the tasks cost that one vendor accepted on one day for one model. Refunds are taken off.

        for row in client.spent():
            print(row.provider, row.model, row.day, row.credits)

    provider: the vendor.
    model: None where neither request nor answer names one.
    day: of the submit, UTC.
    tasks: how many.
    estimated: the sum of the documented prices, the highest one where a page gives several.
    charged: the sum of the vendor's own numbers, where it tells.
    credits: what the tasks cost as far as known: each as charged, else as estimated.
    unpriced: tasks of which neither is known.
    """

    provider: str
    model: str | None
    day: date
    tasks: int = 0
    estimated: float = 0.0
    charged: float = 0.0
    credits: float = 0.0
    unpriced: int = 0

    def add(self, cost: Cost) -> Spending:
        """The same with one more task."""
        is_refunded, charged = cost.is_refunded, cost.charged
        known = cost.estimated if charged is None else charged
        return replace(
            self,
            tasks=self.tasks + 1,
            estimated=self.estimated + (0.0 if is_refunded else cost.estimated or 0.0),
            charged=self.charged + (0.0 if is_refunded else charged or 0.0),
            credits=self.credits + (0.0 if is_refunded else known or 0.0),
            unpriced=self.unpriced + (known is None and not is_refunded),
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one accepted task costs, as far as known.

    reserved: credits that count against the limits until the vendor says what it charged.
    """

    provider: str
    model: str | None
    day: date
    reserved: float = 0.0
    estimated: float | None = None
    charged: float | None = None
    is_refunded: bool = False

    @property
    def counted(self) -> float:
        """Credits that count against the limits."""
        if self.is_refunded:
            return 0.0
        return self.reserved if self.charged is None else self.charged


class SpendingSums:
    """A `Spending` for each vendor, model and day."""

    def __init__(self, spent: Iterable[Spending] = ()) -> None:
        self._spent = {(row.provider, row.model, row.day): row for row in spent}

    def add(self, cost: Cost) -> None:
        """One more task."""
        group = cost.provider, cost.model, cost.day
        self._spent[group] = (self._spent.get(group) or Spending(*group)).add(cost)

    def rows(self) -> list[Spending]:
        """By vendor, day and model."""
        return sorted(
            self._spent.values(),
            key=lambda row: (row.provider, row.day, row.model or ""),
        )
