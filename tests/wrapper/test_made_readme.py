"""The tables of README.md and docs/howto/requests.md are what adapters and specs say."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from imagetasks.providers import PROVIDERS

TOOLS = Path(__file__).parents[2] / "wrapper" / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    import make_readme

    return make_readme


def row(table: str, what: str) -> list[str]:
    [line] = [line for line in table.splitlines() if line.startswith(f"| {what} |")]
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_the_tables_are_what_make_readme_writes(tool, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["make_readme.py", "--check"])
    assert tool.main() == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("page", "right_words", "wrong_words"),
    [("README", "| 24 h |", "| 7 h |"), ("REQUESTS", "`/negative_prompt`", "-")],
)
def test_a_table_that_says_otherwise_is_noticed_and_renewed(
    tool, monkeypatch, capsys, tmp_path, page: str, right_words: str, wrong_words: str
) -> None:
    right = getattr(tool, page).read_text()
    stale = tmp_path / "page.md"
    stale.write_text(right.replace(right_words, wrong_words))
    assert stale.read_text() != right
    monkeypatch.setattr(tool, page, stale)
    monkeypatch.setattr(sys, "argv", ["make_readme.py", "--check"])
    assert tool.main() == 1
    assert "make readme" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["make_readme.py"])
    assert tool.main() == 0
    assert stale.read_text() == right


def test_a_vendor_without_a_column_gets_one_whose_rows_in_words_are_left_to_do(
    tool,
) -> None:
    table = "| | akool |\n|---|---|\n| states | 7 |\n| times | ? |\n| beyond that | buttons |\n"
    written = tool.vendors(table)
    names = written.splitlines()[0].split("|")[2:-1]
    assert [name.strip() for name in names] == ["akool", *(n for n in PROVIDERS if n != "akool")]  # fmt: skip
    assert written.splitlines()[1].count("---") == len(PROVIDERS) + 1
    assert row(written, "states")[0] == "1 2 3 4"
    assert set(row(written, "times")) == {"seconds", "milliseconds", "ISO 8601"}
    assert row(written, "beyond that") == ["buttons"] + ["TODO"] * (len(PROVIDERS) - 1)


def test_a_column_without_an_adapter_stays_as_it_is(tool) -> None:
    table = "| | later |\n|---|---|\n| states | TODO |\n"
    assert row(tool.vendors(table), "states")[0] == "TODO"
