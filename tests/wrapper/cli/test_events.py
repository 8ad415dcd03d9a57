"""What `--json` prints is what docs/events.schema.json says, on every command that has it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path

import imagetasks_mock
import jsonschema_rs
import pytest
from imagetasks import Drift
from imagetasks.cli import program
from vendors import XING

from .conftest import Command, events

DRIFT = Drift(
    provider="akool",
    operation="getImage",
    status=200,
    pointer="/hint",
    kind="extra_field",
    expected="nothing",
    seen="string",
    count=2,
    first_seen=datetime(2026, 11, 1, tzinfo=UTC),
    last_seen=datetime(2026, 11, 2, tzinfo=UTC),
)
SCHEMA = Path(__file__).parents[3] / "docs" / "events.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@pytest.mark.long
def test_every_event_is_as_documented(
    command: Command,
    mock: imagetasks_mock.Mock,
    validator: jsonschema_rs.Draft202012Validator,
) -> None:
    known = [json.loads(SCHEMA.read_text())["properties"]["event"]["enum"]]
    dry = command("generate", "x", "-p", "akool", "-p", XING, "--dry-run", "--json")
    refused = command("generate", "x", "-p", "akool", "--size", "1x1", "--dry-run", "--json")  # fmt: skip
    made = command("generate", "x", "-p", "akool", "--json")
    failed = command("generate", "forbidden", "-p", XING, "--json")
    mock.faults.add("lost_answer", count=1)
    lost = command("generate", "x", "-p", "akool", "--json")
    token = events(made)[0]["token"]
    task_id = events(made)[0]["id"]
    late = command("generate", "y", "-p", "akool", "--no-wait", "--json")
    open_id = events(late)[0]["id"]
    (submit,) = [each["submit"] for each in events(command("unknown", "--json"))]
    Path("drift.jsonl").write_text(DRIFT.to_json() + "\n")
    results = [
        *(dry, refused, made, failed, lost),
        command("status", token, "--json"),
        command("wait", token, "--json"),
        command("download", token, "--json"),
        command("list", "--json"),
        command("show", task_id, "--json"),
        command("unknown", "--json"),
        command("balance", "akool", "--json"),
        command("doctor", "--json"),
        command("cost", "--json"),
        command("providers", "--json"),
        command("sheet", ".", "--json"),
        command("drift", "drift.jsonl", "--json"),
        command("verify", "akool", "--max-credits", "4", "--json"),
        command("abandon", open_id, "--json"),
        command("resubmit", submit, "--json"),
        command("resume", "--json"),
        command("again", task_id, "--json"),
        command("prune", "--older-than", "1d", "--json"),
    ]
    seen = set()
    for result in results:
        assert result.stdout
        for event in events(result):
            validator.validate(event)
            seen.add(event["event"])
    assert [sorted(seen)] == [sorted(kinds) for kinds in known]


def test_every_command_prints_events() -> None:
    """But for the servers, and what is for looking at."""
    without = {
        command.callback.__name__
        for command in program().registered_commands
        if command.callback and "as_json" not in signature(command.callback).parameters
    }
    assert without == {"mock", "worker", "demo"}
