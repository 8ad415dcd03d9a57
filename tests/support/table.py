"""A table of cases as one test: a report counts the table once, and names each case that fails."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark import ParameterSet

Ids = Callable[[Any], object] | Sequence[object] | Iterable[object] | None


def table(
    names: str | Sequence[str], cases: Iterable[Any], *, ids: Ids = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    As `pytest.mark.parametrize`, for cases that are data: they share the fixtures of one test.

    Each case runs, whatever became of the one before. An empty table is a mistake.
    """
    split = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    rows = [ParameterSet.extract_from(case, len(split) == 1) for case in cases]
    assert rows, f"a table of {names} without a case"
    assert not any(row.marks for row in rows), "a case with a mark is a test of its own"
    labels = [str(label) for label in _labels(rows, ids)]

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def every_case(subtests: pytest.Subtests, **fixtures: Any) -> None:
            if "subtests" in inspect.signature(test).parameters:
                fixtures["subtests"] = subtests
            for row, label in zip(rows, labels, strict=True):
                with subtests.test(label):
                    test(**fixtures, **dict(zip(split, row.values, strict=True)))

        parameters = [
            parameter
            for name, parameter in inspect.signature(test).parameters.items()
            if name not in (*split, "subtests")
        ]
        subtests = inspect.Parameter("subtests", inspect.Parameter.KEYWORD_ONLY)
        every_case.__signature__ = inspect.Signature([*parameters, subtests])  # type: ignore[attr-defined]
        return every_case

    return decorate


def _labels(rows: list[ParameterSet], ids: Ids) -> Iterable[object]:
    if ids is not None and not callable(ids):
        return list(ids)
    return (
        row.id or "-".join(str(ids(value) if ids else value) for value in row.values)
        for row in rows
    )
