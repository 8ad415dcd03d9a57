"""`imagetasks doctor`, and how commands speak of what goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import imagetasks_mock
import pytest
from imagetasks.cli import program
from imagetasks.cli._doctor import clock_finding
from imagetasks_clients import PROVIDERS
from typer.testing import CliRunner

from .conftest import KEY, Command, events


def test_all_is_well_and_nothing_is_spent(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    result = command("doctor", "--json")
    assert result.exit_code == 0, result.output
    found = {event["what"]: event for event in events(result)}
    assert f"{KEY[:2]}***{KEY[-2:]}" in found["akool"]["found"]
    assert found["reach akool"]["is_good"]
    assert found["history"]["found"].startswith("0 runs")
    assert len(mock.tasks) == 0


def test_what_is_amiss_comes_with_advice(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:1/akool")
    monkeypatch.setenv("https_proxy", "http://me:password@proxy.example:3128")
    monkeypatch.delenv("AIGPTIMAGE_API_KEY")
    result = command("doctor")
    assert result.exit_code == 1
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["!!", "reach", "akool"] in [line[:3] for line in lines]
    assert ["->", "set", "AIGPTIMAGE_API_KEY", "to", "use", "it"] in lines
    assert "proxy.example:3128" in result.stdout
    assert "password" not in result.stdout


def test_a_proxy_that_no_exchange_could_use_is_told_of(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_BASE_URL", "https://akool.example")
    monkeypatch.setenv("https_proxy", "ftp://proxy.example")
    result = command("doctor", "--json")
    assert result.exit_code == 1
    found = {event["what"]: event for event in events(result)}
    assert not found["reach akool"]["is_good"]
    assert "https_proxy" in found["reach akool"]["found"].lower()


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Mon, 30 Nov 2026 12:00:30 GMT", None),
        ("Mon, 30 Nov 2026 12:05:00 GMT", "300 s behind akool"),
        ("Mon, 30 Nov 2026 11:58:00 GMT", "120 s ahead of akool"),
        ("Mon, 30 Nov 2026 12:05:00 -0000", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_clock_that_is_wrong_is_told_of(date: str, words: str | None) -> None:
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    found = clock_finding("akool", date, noon)
    assert (found and found.found) == words


def test_no_key_at_all_is_amiss(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS:
        monkeypatch.delenv(f"{provider.upper()}_API_KEY", raising=False)
    result = CliRunner().invoke(program(), ["doctor"])
    assert result.exit_code == 1
    assert "nothing can be made" in result.stdout


def test_a_vendor_that_is_down_is_named_at_once(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:1/akool")
    result = command("generate", "x", "-p", "akool", "--timeout", "1.5")
    assert result.exit_code in (4, 5)
    assert "akool: " in result.stderr
    assert "the client tries again" in result.stderr


def test_an_address_that_is_none_is_named_with_its_vendor(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_BASE_URL", "nonsense")
    result = command("doctor")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "akool: base_url is http(s)://" in result.stdout
    for words in (["balance", "akool"], ["providers"], ["providers", "--json"]):
        refused = command(*words)
        assert refused.exit_code == 2
        assert "akool: base_url" in refused.stderr


def test_a_server_that_says_nothing_is_told_of(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagetasks.cli._silence.SILENCE", 0.2)
    with imagetasks_mock.serve() as silent:
        silent.faults.add("latency", seconds=2)
        monkeypatch.setenv("AKOOL_BASE_URL", silent.base_url("akool"))
        result = command("balance", "akool")
    assert result.exit_code == 0
    assert "akool: no answer for" in result.stderr


def test_a_server_that_answers_is_not_called_silent(
    command: Command, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole verification takes longer than any of its answers."""
    monkeypatch.setattr("imagetasks.cli._silence.SILENCE", 1)
    monkeypatch.setattr(mock.clock, "speed", 4)
    words = ("verify", "akool", "--max-credits", "4", "--min-gap", "0.1", "--json")
    result = command(*words)
    assert result.exit_code == 0, result.output
    assert events(result)[0]["took"] > 1
    assert "no answer" not in result.stderr


def test_debug_prints_the_traceback(command: Command) -> None:
    words = ("generate", "x", "-p", "akool", "--size", "1x1", "--name", "{")
    assert "Traceback" not in command(*words).stderr
    result = CliRunner().invoke(program(), ["--debug", *words])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert "Traceback" not in command(*words).stderr
