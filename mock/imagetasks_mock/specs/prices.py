"""What a submit costs, as `x-prices` of a spec has it from the vendor's pages."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .defaults import Defaults
from .places import Json, value_at


@dataclass(frozen=True, slots=True)
class Price:
    """`per` points at a number in the request that the credits are multiplied by."""

    operation: str | None
    when: dict[str, Json]
    credits: tuple[int, ...]
    """Several, of which the page does not say when which one holds."""
    per: str | None

    @classmethod
    def parse(cls, entry: Json) -> Price:
        credits = entry["credits"]
        several = tuple(credits) if isinstance(credits, list) else (credits,)
        return cls(entry.get("operation"), entry["when"], several, entry.get("per"))

    def of(self, amount: Json) -> list[int]:
        """For so many seconds, or pictures; none where that is no amount."""
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            return []
        # No page gives limits: what is below zero, or beyond all numbers, has no price.
        if not 0 <= amount <= 2**53:
            return []
        # A fraction of a credit is rounded up (inferred).
        return [math.ceil(each * Decimal(str(amount))) for each in self.credits]


class Prices:
    def __init__(self, document: Json) -> None:
        stated = document.get("x-prices", {}).get("prices", [])
        self._prices = [Price.parse(entry) for entry in stated]
        self._defaults = Defaults(document)

    def state(self, operation: str) -> bool:
        """Whether a page states prices of such calls."""
        return any(price.operation in (None, operation) for price in self._prices)

    def of(self, operation: str, schema: Json, body: Json) -> int | None:
        """
        Credits for all that the call makes; None where no page states them for such a request.

        Where several are possible, one of them: always the same for the same request.
        """
        possible = list(self.possible(operation, schema, body))
        if not possible:
            return None
        text = json.dumps(body, sort_keys=True)
        return possible[zlib.crc32(text.encode()) % len(possible)]

    def possible(self, operation: str, schema: Json, body: Json) -> Iterator[int]:
        """By the entries that nothing in the request speaks against, up to the first that it asks for outright."""
        for price in self._prices:
            if price.operation not in (None, operation):
                continue
            asked = [self._asked(schema, body, place) for place in price.when]
            wanted = zip(asked, price.when.values(), strict=True)
            if all(value in (None, want) for value, want in wanted):
                yield from price.of(
                    self._asked(schema, body, price.per) if price.per else 1
                )
                if None not in asked:
                    return

    def _asked(self, schema: Json, body: Json, place: str) -> Json:
        """What the request says, or what holds when it says nothing; None where that is open."""
        value = value_at(body, place)
        return self._defaults.of(schema, place, body) if value is None else value
