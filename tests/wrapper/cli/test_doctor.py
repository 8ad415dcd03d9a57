"""`imagetasks doctor`, and how commands speak of what goes wrong."""

from __future__ import annotations

import imagetasks_mock
import pytest
from imagetasks.cli import program
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
    assert "it is tried again" in result.stderr


def test_debug_prints_the_traceback(command: Command) -> None:
    words = ("generate", "x", "-p", "akool", "--size", "1x1", "--name", "{")
    assert "Traceback" not in command(*words).stderr
    result = CliRunner().invoke(program(), ["--debug", *words])
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert "Traceback" not in command(*words).stderr
