"""What vendors, files and people say reaches a terminal as text, and never steers it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import Drift, State, Task
from imagetasks.cli._console import stderr
from imagetasks.cli._live import Live
from imagetasks.cli._printable import printable

from .conftest import Command, events

STEERING = {
    "escape": "\x1b[2J",
    "title": "\x1b]0;mine\x07",
    "C1": "\x9b2J",
    "override": "\u202egnp.exe",
    "isolate": "\u2066",
    "line separator": "\u2028",
    "delete": "\x7f",
}
HOSTILE = "".join(STEERING.values())


def steers(text: str) -> bool:
    return any(c in text for c in "\x1b\x07\x9b\u202e\u2066\u2028\x7f")


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING.keys())
def test_what_steers_a_terminal_is_replaced(text: str) -> None:
    assert not steers(printable(text))
    assert "\ufffd" in printable(text)


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines\tand a tab",
        "灯塔\u3000黄昏",
        "a\u00a0pier",
        "👩\u200d🚀",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
)
def test_words_of_all_languages_stay(text: str) -> None:
    assert printable(text) == text


def test_no_command_lets_a_text_steer_the_terminal(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    label = ("--label", f"row {HOSTILE}")
    made = command("generate", f"a pier {HOSTILE}", "-p", "akool", *label)
    assert made.exit_code == 0
    (task,) = events(command("list", "--json"))
    assert task["prompt"] == f"a pier {HOSTILE}"
    mock.faults.add("lost_answer", count=1)
    lost = command("generate", f"a boat {HOSTILE}", "-p", "akool", *label)
    assert lost.exit_code == 5
    column = f"colour{HOSTILE}"
    Path("rows.jsonl").write_text(json.dumps({"prompt": "x", column: "red"}))
    drift = Drift(
        provider="akool",
        operation="getImage",
        status=200,
        pointer="/hint",
        kind="extra_field",
        expected="nothing",
        seen=HOSTILE,
        count=2,
        first_seen=datetime(2026, 11, 1, tzinfo=UTC),
        last_seen=datetime(2026, 11, 2, tzinfo=UTC),
    )
    Path("drift.jsonl").write_text(drift.to_json() + "\n")
    results = [
        made,
        lost,
        command("list"),
        command("show", task["id"]),
        command("unknown"),
        command("generate", HOSTILE, "-p", "akool", "--dry-run"),
        command("generate", "--from", "rows.jsonl", "-p", "akool"),
        command("drift", "drift.jsonl"),
    ]
    for result in results:
        assert "\ufffd" in result.output
        assert not steers(result.output)


def test_the_live_view_shows_no_control_codes_of_a_label() -> None:
    live = Live(stderr, total=1)
    label = f"row {HOSTILE}"
    live.accepted(Task(provider="akool", id="66a1", state=State.QUEUED, label=label))
    with stderr.capture() as capture:
        stderr.print(live._render())
    assert "row \ufffd[2J" in capture.get()
    assert not steers(capture.get())
