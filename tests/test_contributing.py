"""CONTRIBUTING.md speaks of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from support.table import table

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
TESTS = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", TEXT)))


@table(("file", "name"), TESTS)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    (path,) = (ROOT / "tests").rglob(file)
    assert not name or f"\ndef {name}(" in path.read_text()


def test_the_threat_model_names_tests() -> None:
    assert len(TESTS) > 10


def test_a_place_that_is_named_exists() -> None:
    for place in re.findall(r"`((?:tests|openapi|mock|wrapper)/[\w./]+)`", TEXT):
        assert (ROOT / place).exists(), place


def test_every_file_of_the_walk_exists() -> None:
    text = (ROOT / "docs" / "walk.md").read_text("utf-8")
    homes = (ROOT / "wrapper" / "imagetasks", ROOT / "mock" / "imagetasks_mock")
    files = set(re.findall(r"`([\w/]+\.py)`", text))
    assert len(files) > 20
    # A file that stands alone is of the folder that was named before it.
    missing = {file for file in files if not any([*home.rglob(file)] for home in homes)}
    assert not missing
