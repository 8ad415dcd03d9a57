"""What a session leaves behind: scenarios, HAR, and the life of a task as a test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from imagetasks_mock import Mock, serve
from jsonschema_rs import Draft202012Validator

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"
KEY = {"x-api-key": "k"}


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, duration=30) as mock:
        yield mock


def submit(mock: Mock, prompt: str = "x", **body: Any) -> httpx.Response:
    return httpx.post(mock.url + SUBMIT, json={"prompt": prompt} | body, headers=KEY)


def look(mock: Mock, task_id: str) -> httpx.Response:
    url = f"{mock.base_url('akool')}/api/open/v3/content/image/infobymodelid"
    return httpx.get(url, params={"image_model_id": task_id}, headers=KEY)


def id_of(answer: httpx.Response) -> str:
    return str(answer.json()["data"]["_id"])


def scenario(mock: Mock, query: str = "") -> str:
    return httpx.get(f"{mock.url}/_mock/scenario{query}").text


def load(mock: Mock, text: str | bytes) -> httpx.Response:
    # A nested one takes seconds of a busy machine.
    return httpx.put(f"{mock.url}/_mock/scenario", content=text, timeout=60)


# Scenarios.


def test_the_scenario_of_now_loads_as_itself(mock):
    mock.faults.add("status", status=503, provider="akool", after=2)
    mock.outcomes.add("failed", prompt="doomed", provider="akool")
    text = scenario(mock)
    assert yaml.safe_load(text)["duration"] == 30
    mock.faults.clear()
    assert load(mock, text).is_success
    assert scenario(mock) == text
    assert [fault.after for fault in mock.faults] == [2]


@pytest.mark.parametrize("name", ["realistic", "rough"])
def test_a_shipped_scenario_loads_while_the_mock_runs(mock, name):
    import imagetasks_mock

    folder = Path(imagetasks_mock.__file__).parent / "scenarios"
    assert load(mock, (folder / f"{name}.yaml").read_bytes()).is_success
    with serve(scenario=name) as other:
        assert scenario(mock) == scenario(other)


def test_a_loaded_scenario_decides_on_all_that_it_names(mock):
    submit(mock)
    given = {
        "speed": 0,
        "accounts": [{"key": "k", "credits": 1}],
        "outcomes": [{"prompt": "doomed", "outcome": "failed", "count": 1}],
        "examples": {"gptimage2api": "quickstart"},
        "durations": [{"median": 5}],
    }
    assert load(mock, json.dumps(given)).is_success
    assert len(mock.tasks) == 0
    task = mock.tasks[id_of(submit(mock, "doomed"))]
    assert task.duration < 20
    mock.clock.advance(20)
    assert task.state == "failed"
    assert submit(mock).json()["code"] == 1104
    mock.reset()
    assert submit(mock).json()["code"] == 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"seed: x", "the body, line 1: seed"),
        (b"seed: 1\nsped: 2", "the body"),
        (b"seed: [", "the body, line 1"),
        (b"faults:\n- {kind: status}\n- {kind: none}", "the body, line 3: faults[1]"),
        (b"outcomes:\n- {outcome: cancelled}", "documents no outcome"),
        (b"seed: 1\nseed: 2", "is there twice"),
        (b"\xff", "not UTF-8"),
        (b"[" * 5000, "nested too deeply"),
    ],
)
def test_a_scenario_with_a_mistake_changes_nothing(mock, text, words):
    submit(mock)
    before = scenario(mock)
    refused = load(mock, text)
    assert (refused.status_code, words in refused.json()["error"]) == (400, True)
    assert (scenario(mock), len(mock.tasks)) == (before, 1)


def test_a_fault_can_let_some_pass_first(mock):
    mock.faults.add("status", status=503, after=2, count=1)
    assert [submit(mock).status_code for _ in range(4)] == [200, 200, 503, 200]
    for wrong in (-1, 1.5, "x"):
        body = {"kind": "status", "after": wrong}
        assert httpx.post(f"{mock.url}/_mock/faults", json=body).status_code == 400


def session(mock: Mock) -> list[tuple[int, str]]:
    """Of each request the status, and at the end the states."""
    seen, ids = [], []
    for prompt in ("one", "a (doomed) [x]\n\u202e", "a (doomed) [x]\n\u202e", "two"):
        answer = submit(mock, prompt)
        seen.append((answer.status_code, ""))
        if answer.is_success:
            ids.append(id_of(answer))
        for task_id in ids:
            seen.append((look(mock, task_id).status_code, ""))
    mock.clock.advance(1000)
    return [*seen, *((0, mock.tasks[task_id].state) for task_id in ids)]


def test_a_failing_session_is_repeated_by_its_scenario(mock):
    mock.faults.add("status", status=503, operation="getImage", probability=0.5)
    mock.faults.add("status", status=429, operation="createImage", after=2, count=1)
    mock.outcomes.add("failed", prompt="doomed", count=1, code="7", message="no: 'x'")
    first = session(mock)
    assert {status for status, _ in first} == {0, 200, 429, 503}
    text = scenario(mock, "?of=session")
    with serve(scenario=yaml.safe_load(text)) as other:
        assert session(other) == first
        assert [t.fate.message for t in other.tasks if t.state == "failed"] == [
            "no: 'x'"
        ]


# HAR.

HEADERS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
SHARED = {
    "httpVersion": {"type": "string"},
    "cookies": {"type": "array"},
    "headers": HEADERS,
    "headersSize": {"type": "integer"},
    "bodySize": {"type": "integer"},
}
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "entries": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": [
                            *("startedDateTime", "time", "request", "response"),
                            *("cache", "timings"),
                        ],
                        "properties": {
                            "startedDateTime": {
                                "type": "string",
                                "format": "date-time",
                            },
                            "time": {"type": "number", "minimum": 0},
                            "request": {
                                "type": "object",
                                "required": [*SHARED, "method", "url", "queryString"],
                                "properties": {**SHARED, "queryString": HEADERS},
                            },
                            "response": {
                                "type": "object",
                                "required": [
                                    *SHARED,
                                    *("status", "statusText", "content", "redirectURL"),
                                ],
                                "properties": {**SHARED, "status": {"type": "integer"}},
                            },
                            "timings": {"required": ["send", "wait", "receive"]},
                        },
                    },
                },
            },
        }
    },
}
"""What HAR 1.2 requires of the parts that are written."""


def test_traffic_is_a_har(mock):
    task_id = id_of(submit(mock, "منارة"))
    mock.faults.add("reset", count=1)
    with pytest.raises(httpx.TransportError):
        look(mock, task_id)
    look(mock, task_id)
    httpx.get(f"{mock.base_url('akool')}/api/nowhere?a=1&a=&b=%ff")
    answer = httpx.get(f"{mock.url}/_mock/traffic.har")
    har = answer.json()
    Draft202012Validator(HAR, validate_formats=True).validate(har)
    made, lost, seen, wrong = har["log"]["entries"]
    assert made["request"]["url"] == mock.url + SUBMIT
    assert json.loads(made["request"]["postData"]["text"]) == {"prompt": "منارة"}
    assert json.loads(made["response"]["content"]["text"])["data"]["_id"] == task_id
    assert {"name": "image_model_id", "value": task_id} in seen["request"][
        "queryString"
    ]
    assert (lost["response"]["status"], wrong["response"]["status"]) == (0, 404)
    assert "struck: reset" in lost["comment"]
    assert '"k"' not in answer.text


# A test.


@pytest.mark.long
@pytest.mark.parametrize("end", ["succeed", "fail", None])
def test_a_tasks_life_is_a_test_that_passes(mock, end, tmp_path):
    task_id = id_of(submit(mock, "x\"\"\"''' {key} \\ \n import os", scale="1:1"))
    look(mock, task_id)
    mock.faults.add("status", status=503, retry_after=1, count=1)
    look(mock, task_id)
    mock.faults.add("hang", count=1)
    url = f"{mock.base_url('akool')}/api/open/v3/content/image/infobymodelid"
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, params={"image_model_id": task_id}, headers=KEY, timeout=0.2)
    if end:
        getattr(mock.tasks[task_id], end)()
    look(mock, task_id)
    made = httpx.get(f"{mock.url}/_mock/test", params={"task": task_id})
    assert made.status_code == 200
    (tmp_path / "test_it.py").write_bytes(made.content)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "1 passed" in run.stdout, run.stdout + run.stderr


def test_what_is_no_task_makes_no_test(mock):
    task_id = id_of(submit(mock))
    url = f"{mock.url}/_mock/test"
    assert httpx.get(url).status_code == 404
    assert httpx.get(url, params={"task": "x"}).status_code == 404
    mock.requests.clear()
    assert httpx.get(url, params={"task": task_id}).status_code == 409
