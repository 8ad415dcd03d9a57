"""How many cases a law is tried with: hypothesis' profile says whether the run is a quick one or a full one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

Test = TypeVar("Test", bound=Callable[..., Any])

FULL = 100
"""Cases of a full run; of a quick one a quarter."""


def examples(most: int) -> int:
    """`most` in a full run, and its share of that in a quick one."""
    return max(5, min(most, most * settings().max_examples // FULL))


def many() -> settings:
    """Twenty times the cases in a full run."""
    each = settings().max_examples
    return settings(max_examples=20 * each if each == FULL else each)


def law(test: Test) -> Test:
    """A test that a full run tries with twenty times the cases, apart from those that measure coverage."""
    decorated: Test = pytest.mark.law(many()(test))
    return decorated
