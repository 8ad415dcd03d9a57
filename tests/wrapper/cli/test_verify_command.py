"""`imagetasks verify`: what it prints of one real task, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks.cli import program
from imagetasks.providers import PROVIDERS
from imagetasks_clients import PROVIDERS as NAMES
from typer.testing import CliRunner, Result

Verify = Callable[..., Result]


@pytest.fixture(scope="module")
def served() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=100) as mock:
        yield mock


@pytest.fixture
def mock(served: imagetasks_mock.Mock) -> imagetasks_mock.Mock:
    served.reset()
    return served


@pytest.fixture
def verify(
    mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Verify:
    for provider in NAMES:
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", "secret-key-0123")
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", mock.base_url(provider))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        words = ["verify", *arguments, "--min-gap", "0.02"]
        result = CliRunner().invoke(program(), words)
        assert "secret-key" not in result.output
        return result

    return run


def test_a_vendor_as_documented_ends_with_0(verify: Verify, tmp_path: Path) -> None:
    result = verify("akool", "--max-credits", "1", "--out", "kept")
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert lines["task"].endswith("SUCCEEDED")
    assert lines["state"].startswith("state   SUCCEEDED (3) after ")
    (file,) = (tmp_path / "kept").iterdir()
    assert f"kept/{file.name}, {file.stat().st_size} bytes" in lines["file"]
    assert lines["price"] == "price   1 credit documented, 1 credit charged" or (
        lines["price"] == "price   1 credit documented, none charged"
    )
    assert lines["drift"] == "drift   none"
    assert "akool: as documented" in result.stderr


def test_drift_is_a_table_and_ends_with_1(
    verify: Verify, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("extra_field", provider="akool", operation="getImage", count=1)
    result = verify("akool", "--max-credits", "1")
    assert result.exit_code == 1
    assert "drift   1" in result.stdout
    assert "undocumented" in result.stdout or "getImage" in result.stdout
    assert "akool: not as documented" in result.stderr


def test_another_price_ends_with_1(
    verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = [{"operation": "generateImage", "when": {}, "credits": 2}]
    adapter = PROVIDERS["gptimage2api"]
    monkeypatch.setitem(adapter.spec.__dict__, "prices", prices)
    result = verify("gptimage2api", "--max-credits", "5")
    assert result.exit_code == 1
    assert "price   2 credits documented, 3 credits charged" in result.stdout


def test_as_json_it_is_the_whole_report(
    verify: Verify, mock: imagetasks_mock.Mock
) -> None:
    told = json.loads(verify("akool", "--max-credits", "1", "--json").stdout)
    assert (told["is_as_documented"], told["error"]) == (True, None)
    mock.outcomes.add("failed")
    result = verify("akool", "--max-credits", "1", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["error"]["type"]) == (1, "TaskFailed")
    assert told["task"]["state"] == "failed"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ({"kind": "status", "status": 401}, 3, "401"),
        ({"kind": "lost_answer"}, 5, "may have been accepted"),
        (
            {"kind": "status", "status": 503, "operation": "getImage"},
            4,
            "imagetasks wait",
        ),
    ],
    ids=["refused", "unknown", "late"],
)
def test_each_failure_has_its_exit_code_and_its_words(
    verify: Verify, mock: imagetasks_mock.Mock, fault: dict, code: int, words: str
) -> None:
    mock.faults.add(**fault, provider="akool")
    result = verify("akool", "--max-credits", "1", "--timeout", "1")
    assert result.exit_code == code, result.output
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("akool", "--max-credits", "0.5"),
        ("xingchaoyiqing", "--max-credits", "0"),
        ("akool", "--max-credits", "-1"),
        ("akool", "--max-credits", "nan"),
        ("akool",),
        ("midjourney", "--max-credits", "1"),
        ("akool", "--max-credits", "1", "--out", "/proc/imagetasks"),
    ],
)
def test_what_cannot_be_done_sends_nothing_and_ends_with_2(
    verify: Verify, mock: imagetasks_mock.Mock, arguments: tuple[str, ...]
) -> None:
    result = verify(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert list(mock.requests) == []
