"""The pages about the project speak of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from support.table import table

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "docs" / "add-a-vendor.md",
    ROOT / "docs" / "decisions.md",
    ROOT / "docs" / "howto" / "vendor-docs-change.md",
    *sorted((ROOT / "docs" / "how-it-works").glob("*.md")),
]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
TESTS = sorted(set(re.findall(r"`([\w/]*test_\w+\.py)(?:::(\w+))?`", TEXT)))


@table(("file", "name"), TESTS)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    paths = [*(ROOT / "tests").rglob(file.removeprefix("tests/"))]
    assert paths
    assert not name or any(f"\ndef {name}(" in path.read_text() for path in paths)


def test_the_threat_model_names_tests() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert len(set(re.findall(r"`test_\w+\.py", text))) > 10


def test_a_place_that_is_named_exists() -> None:
    for place in re.findall(r"`((?:tests|openapi|mock|wrapper)/[\w./]+)`", TEXT):
        assert (ROOT / place).exists(), place


def test_a_file_of_the_library_that_is_named_exists() -> None:
    homes = (ROOT / "wrapper" / "imagetasks", ROOT / "mock" / "imagetasks_mock")
    named = set(re.findall(r"`(_\w+/\w+)(?:\.py)?`", TEXT))
    assert named
    missing = {file for file in named if not any((home / f"{file}.py").exists() for home in homes)}  # fmt: skip
    assert not missing


def test_every_file_of_the_walk_exists() -> None:
    text = (ROOT / "docs" / "walk.md").read_text("utf-8")
    homes = (ROOT / "wrapper" / "imagetasks", ROOT / "mock" / "imagetasks_mock")
    files = set(re.findall(r"`([\w/]+\.py)`", text))
    assert len(files) > 20
    # A file that stands alone is of the folder that was named before it.
    missing = {file for file in files if not any([*home.rglob(file)] for home in homes)}
    assert not missing
