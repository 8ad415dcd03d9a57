"""What goes wrong with the mock itself. What a vendor refuses is an answer, not an error."""

from __future__ import annotations


class MockError(Exception):
    """The mock cannot do what it was asked to; one sentence says why."""

    def __init__(self, words: str, field: str | None = None) -> None:
        """`field` is the one that is wrong, where there are several."""
        super().__init__(words)
        self.field = field
