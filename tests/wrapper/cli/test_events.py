"""What `--json` prints is what docs/events.schema.json says, on every command that has it."""

from __future__ import annotations

import json
from pathlib import Path

import imagetasks_mock
import jsonschema_rs
import pytest
from vendors import XING

from .conftest import Command, events

SCHEMA = Path(__file__).parents[3] / "docs" / "events.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


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
    ]
    seen = set()
    for result in results:
        assert result.stdout
        for event in events(result):
            validator.validate(event)
            seen.add(event["event"])
    assert [sorted(seen)] == [sorted(kinds) for kinds in known]
