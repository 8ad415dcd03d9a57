"""Which licences there are, and that somebody has read them."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("licences", ROOT / "wrapper" / "tools" / "licences.py")  # fmt: skip
assert SPEC is not None
licences = importlib.util.module_from_spec(SPEC)
assert SPEC.loader is not None
SPEC.loader.exec_module(licences)


@pytest.mark.parametrize("lock", licences.LOCKS)
def test_the_licence_of_all_that_is_locked_is_known(lock: str) -> None:
    names = licences.locked(lock)
    assert len(names) > 20
    for name in names:
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        assert licences.is_known(licences.licence(package)), name


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("MIT", True),
        ("Apache-2.0 OR (MIT AND BSD-3-Clause)", True),
        ("", False),
        ("GPL-3.0-or-later", False),
        ("MIT AND SSPL-1.0", False),
    ],
)
def test_a_licence_that_nobody_has_read_is_told(expression: str, known: bool) -> None:
    assert licences.is_known(expression) is known
