"""The programs of `docs/examples/` do what they say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"

PRINTED = {
    "sync": ["saved: out/akool-", "the vendor could not make it: TaskError("],
    "batch": ["{'akool': 5, 'gptimage2api': 5}"],
    "webhooks": ["akool webhook, task ", ": SUCCEEDED", "saved: out/akool-"],
    "budget": [
        "akool (not gptimage2api: BudgetExceeded)",
        "akool: 2 tasks, 2 credits",
        "gptimage2api: 3 tasks, 9 credits",
    ],
    "resume": [
        "the first one ended with 9",
        *(f"saved: out/view-{n}" for n in range(3)),
        "3 tasks at the vendor",
    ],
}
"""What each of them prints, in parts."""


def test_each_example_is_tested() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == PRINTED.keys()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n == "sync" else pytest.mark.long) for n in PRINTED],
)
def test_an_example_runs_against_the_mock(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    for words in PRINTED[name]:
        assert words in printed
