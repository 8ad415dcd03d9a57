"""What a submit costs, as far as a vendor's pages say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .schema import value_at
from .spec import Spec


def price(
    spec: Spec, operation_id: str, body: Any, given: Mapping[str, Any]
) -> float | None:
    """
    Credits, by the first entry of `x-prices` that nothing in the request speaks against.

    None where no page states a price, and where the request leaves open what it depends on.
    """

    def asked(pointer: str) -> Any:
        value = value_at(body, pointer)
        known = spec.field(operation_id, pointer, given)
        return known.unless_given if value is None else value

    for entry in spec.prices:
        if entry.get("operation", operation_id) != operation_id:
            continue
        told = [(asked(pointer), wanted) for pointer, wanted in entry["when"].items()]
        if any(value not in (None, wanted) for value, wanted in told):
            continue
        if any(value is None for value, _ in told) or "credits" not in entry:
            return None
        return _times(entry["credits"], body, entry.get("per"))
    return None


def _times(credits: int, body: Any, per: str | None) -> float | None:
    if per is None:
        return credits
    amount = value_at(body, per)
    is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
    # No page gives limits: there is no price below zero.
    return credits * amount if is_number and amount >= 0 else None
