"""What a submit costs, as far as a vendor's pages say so: the entries of `x-prices` that fit its body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from .schema import value_at
from .spec import Spec

Asked = Callable[[str], Any]
"""What a request says at a place, or what is certain where it says nothing; else None."""

_LARGEST = 2**53
"""Beyond it nothing is priced: floats no longer hold each whole number."""


def price(
    spec: Spec, operation_id: str, body: Any, given: Mapping[str, Any]
) -> float | None:
    """
    Credits for all that the call makes.

    None where no page states a price, or states several, and where the request leaves open what it depends on.
    """
    asked = _reader(spec, operation_id, body, given)
    for entry in _possible(spec, operation_id, asked):
        stated = _credits(entry, asked)
        if stated is None or not _is_asked_for(entry, asked):
            return None
        first, *others = stated
        # No page says how a fraction of a credit is rounded.
        return None if others or first.denominator != 1 else int(first)
    return None


def highest_price(
    spec: Spec, operation_id: str, body: Any, given: Mapping[str, Any]
) -> float | None:
    """
    The most credits that the pages let the call cost, a fraction rounded up.

    None where no page states a price, and where the number that it is multiplied by is not known.
    """
    asked = _reader(spec, operation_id, body, given)
    highest = None
    for entry in _possible(spec, operation_id, asked):
        stated = _credits(entry, asked)
        if stated is None:
            return None
        highest = max(ceil(max(stated)), highest or 0)
    return highest


def _reader(
    spec: Spec, operation_id: str, body: Any, given: Mapping[str, Any]
) -> Asked:
    def asked(pointer: str) -> Any:
        value = value_at(body, pointer)
        if value is not None:
            return value
        return spec.field(operation_id, pointer, given).unless_given

    return asked


def _possible(
    spec: Spec, operation_id: str, asked: Asked
) -> Iterator[Mapping[str, Any]]:
    """Those that nothing in the request speaks against, up to the first that it asks for outright."""
    for entry in spec.prices:
        if entry.get("operation", operation_id) != operation_id:
            continue
        wanted = entry["when"].items()
        if all(asked(pointer) in (None, value) for pointer, value in wanted):
            yield entry
            if _is_asked_for(entry, asked):
                return


def _is_asked_for(entry: Mapping[str, Any], asked: Asked) -> bool:
    return all(asked(pointer) is not None for pointer in entry["when"])


def _credits(entry: Mapping[str, Any], asked: Asked) -> list[Fraction] | None:
    """The prices of an entry, exactly; None where they are not known."""
    stated = entry["credits"]
    stated = stated if isinstance(stated, list) else [stated]
    amount = asked(entry["per"]) if "per" in entry else 1
    is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
    # No page gives limits: there is no price below zero.
    if not is_number or not 0 <= amount <= _LARGEST:
        return None
    # As it is written: 10 credits for 1.1 seconds are 11.
    exact = Fraction(str(amount))
    return [exact * each for each in stated]
