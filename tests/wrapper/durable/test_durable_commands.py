"""`imagetasks worker` and `imagetasks queue`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import imagetasks_mock
import jsonschema_rs
import pytest
from imagetasks import ImageRequest
from imagetasks.cli import program
from imagetasks.durable import Tasks
from typer.testing import CliRunner

from .conftest import access_to

SCHEMA = Path(__file__).parents[3] / "docs" / "events.schema.json"


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(program(), list(words))
    return result.exit_code, result.output


def records(*words: str) -> list[dict[str, Any]]:
    """What `--json` printed, which is as documented."""
    code, said = call(*words)
    assert code == 0, said
    found = [json.loads(line) for line in said.splitlines()]
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    for event in found:
        schema.validate(event)
        assert event["event"] == "record"
    return found


@pytest.fixture
def environment(mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    held = mock.access("xingchaoyiqing")
    monkeypatch.setenv("XINGCHAOYIQING_API_KEY", held.api_key)
    monkeypatch.setenv("XINGCHAOYIQING_BASE_URL", held.base_url or "")


@pytest.mark.long
def test_a_worker_works_until_sigterm_and_the_queue_says_so(
    sqlite_url: str, mock: imagetasks_mock.Mock, tmp_path: Path, environment: None
) -> None:
    with Tasks(sqlite_url, access_to(mock)) as tasks:
        mock.faults.add("lost_answer", provider="xingchaoyiqing", count=1)
        mock.clock.speed = 0
        lost = tasks.submit("xingchaoyiqing", ImageRequest("lost"), key="lost")
        command = [sys.executable, "-m", "imagetasks", "worker", sqlite_url]
        worker = subprocess.Popen(
            [*command, "--store", tmp_path / "out", "--min-gap", "0.05"],
            env=os.environ | {"NO_COLOR": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert lost.wait(timeout=60).state == "unknown"
        (task,) = mock.tasks
        code, said = call("queue", "list", sqlite_url, "--state", "unknown")
        assert code == 0
        assert "xingchaoyiqing: 1 unknown\nworkers: local\nlost  " in said
        (unknown,) = records("queue", "list", sqlite_url, "--json")
        assert unknown["error"]["type"] == "SubmitOutcomeUnknown"
        resolve = ("queue", "resolve", sqlite_url, "lost", task.id, "--json")
        (resolved,) = records(*resolve)
        assert resolved["state"] == "running"
        mock.clock.advance(60)
        assert lost.wait(timeout=60).state == "succeeded"
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0
        assert "local works for xingchaoyiqing" in errors
        assert "Traceback" not in errors
        (told,) = records("queue", "list", sqlite_url, "--json")
        assert (told["key"], told["state"], told["attempt"]) == ("lost", "succeeded", 2)
        assert told["task"]["id"] == task.id
        assert (tmp_path / "out" / told["files"][0]["key"]).exists()


def test_the_queue_prints_events(
    sqlite_url: str, mock: imagetasks_mock.Mock, environment: None
) -> None:
    with Tasks(sqlite_url, access_to(mock)) as tasks:
        tasks.submit("xingchaoyiqing", ImageRequest("x"), key="a", label="row 1")
    (record,) = records("queue", "list", sqlite_url, "--json")
    assert (record["key"], record["state"], record["task"]) == ("a", "queued", None)


def test_what_cannot_be_done_is_said_in_one_line(
    sqlite_url: str, environment: None
) -> None:
    for words, expected in [
        (["queue", "resubmit", sqlite_url, "k"], "no task has the key 'k'"),
        (["queue", "abandon", sqlite_url, "k"], "no task has the key 'k'"),
        (["queue", "adopt", sqlite_url, "w0"], "on SQLite the next worker"),
        (["queue", "list", "mysql://host/x"], "a database is sqlite:///file.db"),
        (["worker", sqlite_url, "--rate", "akool"], "--rate is PROVIDER="),
        (["worker", sqlite_url, "--rate", "akool=1/1"], "--rate without a key: akool"),
        (["worker", "postgresql://host/x"], "needs an executor"),
    ]:
        code, said = call(*words)
        assert code == 2
        assert expected in said
        assert "Traceback" not in said
