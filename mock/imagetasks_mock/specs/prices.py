"""What a submit costs, as `x-prices` of a spec has it from the vendor's pages."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .places import Json, value_at


@dataclass(frozen=True, slots=True)
class Price:
    """`per` points at a number in the request that the credits are multiplied by."""

    operation: str | None
    when: dict[str, Json]
    credits: int
    per: str | None

    def fits(self, operation: str, body: Json) -> bool:
        """What the request leaves out speaks against nothing."""
        return self.operation in (None, operation) and all(
            value_at(body, pointer) in (None, value)
            for pointer, value in self.when.items()
        )

    def of(self, body: Json) -> int | None:
        if self.per is None:
            return self.credits
        amount = value_at(body, self.per)
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            return None
        price = self.credits * amount
        # No page gives limits: what is below zero, or beyond all numbers, has no price.
        return round(price) if 0 <= price < math.inf else None


class Prices:
    """None where no page states a price."""

    def __init__(self, document: Json) -> None:
        stated = document.get("x-prices", {}).get("prices", [])
        self._prices = [
            Price(p.get("operation"), p["when"], p["credits"], p.get("per"))
            for p in stated
            if "credits" in p
        ]

    def of(self, operation: str, body: Json) -> int | None:
        """The first price that nothing in the request speaks against."""
        fitting = (p for p in self._prices if p.fits(operation, body))
        price = next(fitting, None)
        return price.of(body) if price else None
