"""A vendor's own codes, as `x-codes` of its spec has them."""

from __future__ import annotations

from .places import Json, value_at
from .spec import Operation


class Codes:
    """Of a vendor that has none, no example means anything by its code."""

    def __init__(self, document: Json) -> None:
        described = document.get("x-codes", {})
        self._at: str = described.get("at", "")
        self._meanings: list[Json] = described.get("meanings", [])

    def example(self, operation: Operation, meaning: str) -> str | None:
        """The name of a documented answer whose code means this: that of the code which is listed first."""
        codes = [
            entry["code"]
            for entry in self._meanings
            if entry["error"] == meaning
            and operation.id in entry.get("operations", [operation.id])
        ]
        examples = operation.examples(operation.success).items()
        shown = (
            name
            for code in codes
            for name, example in examples
            if value_at(example, self._at) == code
        )
        return next(shown, None)
