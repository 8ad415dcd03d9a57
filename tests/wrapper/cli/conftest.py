"""Commands as they are typed, against a mock of all vendors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import imagetasks_mock
import pytest
from imagetasks.cli import program
from imagetasks_clients import PROVIDERS
from typer.testing import CliRunner, Result

KEY = "secret-key-0123"


class Command(Protocol):
    """Runs a command with these words."""

    def __call__(self, *words: str, input: str | None = None) -> Result: ...


def events(result: Result) -> list[dict[str, Any]]:
    """What `--json` printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="session")
def served() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=60, fail="forbidden", check=True) as mock:
        yield mock
        assert list(mock.violations) == []


@pytest.fixture
def mock(served: imagetasks_mock.Mock) -> imagetasks_mock.Mock:
    served.reset()
    return served


@pytest.fixture
def command(
    mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    """In a folder and with a history of its own; all vendors have a key."""
    for provider in PROVIDERS:
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", KEY)
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", mock.base_url(provider))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*words: str, input: str | None = None) -> Result:
        is_slow = words[0] in ("generate", "wait", "resume", "again")
        fast = ("--min-gap", "0.02") if is_slow else ()
        result = CliRunner().invoke(program(), [*words, *fast], input=input)
        assert KEY not in result.output
        assert "Traceback" not in result.output
        return result

    return run
