"""The README's code runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
SCRIPTS = [code for code in SNIPPETS if not code.startswith("def test_")]


@pytest.mark.parametrize("code", SCRIPTS, ids=lambda code: code.splitlines()[1][:40])
def test_a_snippet_runs_against_the_mock(
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_the_fixtures_snippet_is_a_passing_test(pytester: pytest.Pytester) -> None:
    (code,) = set(SNIPPETS) - set(SCRIPTS)
    pytester.makepyfile("from imagetasks import Client, ImageRequest, State\n\n" + code)
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_the_targets_that_the_readme_names_exist() -> None:
    makefile = (README.parent / "Makefile").read_text()
    for target in set(
        re.findall(r"^\$ make ([a-z -]+?)(?:  |$)", README.read_text(), re.MULTILINE)
    ):
        for name in target.split():
            assert f"\n{name}:" in makefile
