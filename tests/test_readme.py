"""The code of the READMEs runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import imagetasks_mock
import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MOCK = ROOT / "mock" / "README.md"


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", file.read_text(), re.DOTALL)


SCRIPTS = blocks(README, "python") + blocks(MOCK, "python")


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


@pytest.mark.parametrize("text", blocks(MOCK, "yaml"))
def test_a_scenario_of_the_readme_is_a_good_one(text: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with imagetasks_mock.serve(scenario=file) as mock:
        assert len(mock.faults) == 1


def test_the_readme_of_the_mock_lists_every_fault() -> None:
    kinds = set(re.findall(r"`([a-z_]+)`", MOCK.read_text()))
    with imagetasks_mock.serve() as mock:
        with pytest.raises(imagetasks_mock.MockError) as caught:
            mock.faults.add("")
    listed = str(caught.value).partition("known: ")[2]
    assert set(listed.split(", ")) <= kinds


def test_they_are_short() -> None:
    """What is longer belongs on a page of `docs/`."""
    for name in ("README.md", "CONTRIBUTING.md"):
        assert len((ROOT / name).read_text().splitlines()) <= 150, name


def test_the_targets_that_the_readme_names_exist() -> None:
    makefile = (README.parent / "Makefile").read_text()
    for target in set(
        re.findall(r"^\$ make ([a-z -]+?)(?:  |$)", README.read_text(), re.MULTILINE)
    ):
        for name in target.split():
            assert f"\n{name}:" in makefile
