"""The mock for other languages: what there is, whether it answers, what was wrong, and waiting for an event."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain, count, repeat
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml
from imagetasks_clients import PROVIDERS
from imagetasks_mock import Mock, serve
from imagetasks_mock.server import events, waiting
from imagetasks_mock.state import clock as clock_module

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"
KEY = {"x-api-key": "k"}


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, duration=30) as mock:
        yield mock


def submit(mock: Mock, **body: Any) -> str:
    answer = httpx.post(mock.url + SUBMIT, json={"prompt": "x"} | body, headers=KEY)
    if not answer.is_success or answer.json()["code"] != 1000:
        return "none"
    return str(answer.json()["data"]["_id"])


def get(mock: Mock, path: str) -> Any:
    answer = httpx.get(f"{mock.url}/_mock/{path}", timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()


# What there is.


def test_a_program_finds_vendors_operations_specs_and_the_admin_api(mock):
    found = httpx.get(mock.url, headers={"Accept": "application/json"}).json()
    assert [vendor["provider"] for vendor in found["vendors"]] == list(PROVIDERS)
    for vendor in found["vendors"]:
        assert vendor["base_url"] == mock.base_url(vendor["provider"])
        spec = yaml.safe_load(httpx.get(vendor["openapi"]).text)
        assert spec["info"]["title"] == vendor["provider"]
        listed = {(o["id"], o["method"], o["url"]) for o in vendor["operations"]}
        assert listed == {
            (o["operationId"], method.upper(), vendor["base_url"] + path)
            for path, item in spec["paths"].items()
            for method, o in item.items()
            if isinstance(o, dict) and "operationId" in o
        }
        assert all(operation["pages"] for operation in vendor["operations"])
    admin = yaml.safe_load(httpx.get(found["admin"]["openapi"]).text)
    assert admin["info"]["title"] == found["name"]


def test_its_addresses_are_those_by_which_the_program_came(mock):
    found = httpx.get(mock.url, headers={"Host": "mock:8765"}).json()
    assert found["vendors"][0]["base_url"].startswith("http://mock:8765/")


def test_a_served_spec_leads_to_the_mock(mock):
    as_yaml = yaml.safe_load(httpx.get(f"{mock.url}/akool/openapi.yaml").text)
    as_json = httpx.get(f"{mock.url}/akool/openapi.json").json()
    assert as_yaml == as_json
    (server,) = as_json["servers"]
    assert mock.url + server["url"] == mock.base_url("akool")
    assert httpx.post(f"{mock.url}/akool/openapi.yaml").status_code == 405
    assert len(mock.requests) == 0  # it is no request to the vendor


def test_what_is_documented_of_failures_is_listed(mock):
    vendors = {v["provider"]: v for v in httpx.get(mock.url).json()["vendors"]}
    assert "content-policy" in [
        f["reason"] for f in vendors["xingchaoyiqing"]["failures"]
    ]
    assert vendors["akool"]["states"]["3"] == "succeeded"


def test_it_says_that_it_is_well(mock):
    submit(mock)
    assert get(mock, "health") == {"status": "ok", "tasks": 1, "requests": 1}


# What was wrong.


def test_a_refusal_says_rule_place_and_page(mock):
    submit(mock, scale="7:5")
    (request,) = get(mock, "requests?verdict=refused")
    (reason,) = request["reasons"]
    assert (reason["rule"], reason["pointer"]) == ("enum", "/scale")
    assert reason["words"] == request["refused"]
    assert any("docs.akool.com" in page for page in reason["pages"])


def test_a_wrong_parameter_and_a_missing_key_are_told_apart(mock):
    url = f"{mock.base_url('aigptimage')}/api/v1/jobs/recordInfo"
    httpx.get(url, headers={"Authorization": "Bearer k"})
    httpx.get(url)
    httpx.get(f"{url}/nowhere")
    wrong, keyless, lost = ([*r["reasons"]] for r in get(mock, "requests"))
    assert [(r["rule"], r["parameter"]) for r in wrong] == [("required", "taskId")]
    assert [r["rule"] for r in keyless] == ["unauthorized"]
    assert [(r["rule"], r["pages"]) for r in lost] == [("path", [])]


def test_each_request_has_one_verdict(mock):
    task_id = submit(mock)
    submit(mock, scale="7:5")
    mock.faults.add("status", status=503)
    submit(mock, scale="7:5")
    httpx.get(f"{mock.base_url('gptimage2api')}/api/ai/tasks/1")
    verdicts = [r["verdict"] for r in get(mock, "requests")]
    assert verdicts == ["valid", "refused", "struck", "struck"]
    assert len(get(mock, "requests?verdict=struck&provider=akool")) == 1
    assert len(get(mock, "requests?operation=getTask")) == 1
    assert [r["id"] for r in get(mock, "requests?after=2")] == [3, 4]
    assert get(mock, "requests?limit=4")[0]["task"] == task_id


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("verdict=good", "no verdict 'good'; known: valid, refused, struck"),
        ("operation=paint", "no operation 'paint'; known:"),
        ("after=-1", "after is a number from 0 up"),
    ],
)
def test_a_wrong_filter_is_explained(mock, query, words):
    answer = httpx.get(f"{mock.url}/_mock/requests?{query}")
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)


def test_one_request_is_shown_with_answer_and_fault(mock):
    submit(mock)
    mock.faults.add("status", status=429, retry_after=5)
    submit(mock)
    first, second = get(mock, "requests/1"), get(mock, "requests/2")
    assert json.loads(first["answer"]["body"])["data"]["_id"] == first["task"]
    assert first["took"] > 0
    assert second["answer"]["headers"]["retry-after"] == "5"
    assert second["fault_details"]["status"] == 429
    for wrong in ("3", "0", "x", "%D9%A1", "9" * 30):
        assert httpx.get(f"{mock.url}/_mock/requests/{wrong}").status_code == 404


# Who has what.


def test_accounts_are_shown_and_set(mock):
    submit(mock)
    (account,) = get(mock, "accounts")
    assert (account["spent"]["akool"], account["credits"]["akool"]) == (1, None)
    url = f"{mock.url}/_mock/accounts/{account['key']}"
    assert httpx.post(url, json={"provider": "akool", "credits": 0}).is_success
    assert mock.accounts["k"].balance("akool") == 0
    submit(mock)
    assert [r["verdict"] for r in get(mock, "requests")] == ["valid", "refused"]


@pytest.mark.parametrize(
    "body",
    [
        {"provider": "midjourney", "credits": 1},
        {"provider": "akool", "credits": -1},
        {"provider": "akool", "credits": True},
        {"provider": "akool", "credits": 10**13},
        {"provider": "akool", "credits": 1, "tier": "free"},
    ],
)
def test_odd_credits_are_refused(mock, body):
    submit(mock)
    (account,) = get(mock, "accounts")
    url = f"{mock.url}/_mock/accounts/{account['key']}"
    assert httpx.post(url, json=body).status_code == 400
    assert httpx.post(f"{url}0", json=body).status_code == 404


def test_a_key_is_shown_only_where_the_scenario_names_it():
    with serve(scenario={"accounts": [{"key": "team-a"}]}, keys=["team-b"]) as mock:
        assert [a["key"] for a in get(mock, "accounts")] == ["team-a", "team-b"]
    with serve(speed=0) as mock:  # a task reads the same twice
        headers = {"x-api-key": "secret-of-mine"}
        httpx.post(mock.url + SUBMIT, json={"prompt": "x"}, headers=headers)
        (account,), (task,) = get(mock, "accounts"), get(mock, "tasks")
        assert "secret" not in json.dumps([account, task])
        assert re.fullmatch(r"\*{3}[0-9a-f]{6}", account["key"])
        assert get(mock, f"tasks?key={account['key']}") == [task]
        assert get(mock, "tasks?key=other") == []


# The clock.


def test_the_speed_is_set_and_what_has_passed_stays(mock):
    httpx.post(f"{mock.url}/_mock/clock", json={"advance": 30})
    before = mock.clock.time()
    set_ = httpx.post(f"{mock.url}/_mock/clock", json={"speed": 1000}).json()
    assert set_["speed"] == 1000
    assert mock.clock.time() >= before
    httpx.post(f"{mock.url}/_mock/clock", json={"speed": 0})
    stands = mock.clock.time()
    assert stands == mock.clock.time() >= before
    mock.clock.speed = 7
    mock.reset()
    assert mock.clock.speed == 0  # as it was started


def test_a_refused_advance_changes_no_speed(mock):
    body = {"advance": 1e12, "speed": 5}
    assert httpx.post(f"{mock.url}/_mock/clock", json=body).status_code == 409
    assert mock.clock.speed == 0
    body = {"advance": 10, "speed": 5}
    assert httpx.post(f"{mock.url}/_mock/clock", json=body).json()["speed"] == 5


def test_a_speed_that_is_set_while_the_time_is_read_holds_from_then_on(monkeypatch):
    """By another thread; here in the midst of the reading."""
    real, speeds = 100.0, []

    def monotonic() -> float:
        if speeds:
            clock.speed = speeds.pop()
        return real

    fake = SimpleNamespace(time=lambda: 5000.0, monotonic=monotonic)
    monkeypatch.setattr(clock_module, "time", fake)
    clock = clock_module.Clock()
    real, speeds = 110.0, [1000.0]
    assert clock.time() == 5010
    assert clock.time() == 5010
    real = 111.0
    assert clock.time() == 6010


# Waiting.


def later(do: Callable[[], object]) -> threading.Thread:
    """Once somebody waits."""
    thread = threading.Thread(target=do)
    thread.start()
    return thread


def test_a_test_waits_for_a_task_to_succeed(mock):
    task_id = submit(mock)

    def advance() -> None:
        while not len(mock._world.changes.waits):
            time.sleep(0.001)
        mock.clock.advance(100)

    thread = later(advance)
    (task,) = get(mock, f"wait?for=task:succeeded&task={task_id}&timeout=10")
    thread.join()
    assert (task["id"], task["state"]) == (task_id, "succeeded")
    assert httpx.get(task["result"]).headers["content-type"] == "image/png"


def test_what_is_so_already_is_answered_at_once(mock):
    first, second = submit(mock), submit(mock)
    mock.tasks[first].fail()
    (task,) = get(mock, "wait?for=task:failed")
    assert task["id"] == first
    assert len(get(mock, "wait?for=task:queued")) == 1
    mock.tasks[second].succeed()
    assert len(get(mock, "wait?for=task:ended&count=2")) == 2


def test_waiting_on_real_time_sees_tasks_get_on_by_themselves():
    with serve(speed=100, duration=3) as mock:
        submit(mock)
        assert get(mock, "wait?for=task:succeeded&provider=akool&timeout=10")


def test_what_cannot_come_any_more_is_told_at_once(mock):
    task_id = submit(mock)
    mock.tasks[task_id].fail()
    answer = httpx.get(f"{mock.url}/_mock/wait?for=task:succeeded&task={task_id}")
    assert (answer.status_code, "has failed" in answer.json()["error"]) == (409, True)


@pytest.mark.parametrize("reads", range(6))
def test_what_comes_true_while_the_mock_looks_is_no_refusal(mock, monkeypatch, reads):
    task_id = submit(mock)
    begin, ends = mock.clock.time(), mock.tasks[task_id].ends
    instants = chain([begin] * reads, repeat(ends))
    monkeypatch.setattr(mock.clock, "time", lambda: next(instants))
    assert get(mock, f"wait?for=task:succeeded&task={task_id}")
    assert get(mock, f"wait?for=task:ended&task={task_id}")


def test_a_slow_look_does_not_prolong_the_wait(mock, monkeypatch):
    """Each time that it is asked, another second has passed."""
    seconds = count()
    monkeypatch.setattr(
        waiting, "time", SimpleNamespace(monotonic=lambda: next(seconds))
    )
    url = f"{mock.url}/_mock/wait?for=task:ended&timeout=3.5"
    assert httpx.get(url, timeout=8).status_code == 409


def test_waits_have_a_bound_of_their_own(mock, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_WAITS", 2)
    monkeypatch.setattr(events, "MOST_READERS", 1)
    url = f"{mock.url}/_mock/wait?for=task:ended"
    threads = [later(lambda: httpx.get(url, timeout=20)) for _ in range(2)]
    while len(mock._world.changes.waits) < 2:
        time.sleep(0.001)
    refused = httpx.get(url)
    assert (refused.status_code, refused.json()["error"]) == (
        503,
        "2 are waiting already",
    )
    with httpx.stream("GET", f"{mock.url}/_mock/events") as read:
        assert read.status_code == 200
    mock.tasks[submit(mock)].succeed()
    for thread in threads:
        thread.join()
    assert get(mock, "wait?for=task:ended")


def test_the_end_of_waiting_says_what_is_missing(mock):
    submit(mock)
    url = f"{mock.url}/_mock/wait?for=task:succeeded&timeout=0.01"
    words = httpx.get(url).json()["error"]
    assert words.startswith("no task:succeeded within 0.01 s")
    assert "the clock stands still" in words


def test_requests_and_webhooks_are_waited_for_too(mock):
    submit(mock)
    submit(mock, scale="7:5")
    assert [r["id"] for r in get(mock, "wait?for=request:refused")] == [2]
    assert len(get(mock, "wait?for=request:any&count=2&operation=createImage")) == 2
    url = f"{mock.url}/_mock/wait?for=request:valid&after=1&timeout=0"
    assert httpx.get(url).status_code == 409
    url = f"{mock.url}/_mock/wait?for=webhook:delivered&timeout=0"
    assert httpx.get(url).status_code == 409


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "for is one of task:pending"),
        ("for=task:done", "no for 'task:done'"),
        ("for=task:ended&timeout=nan", "timeout is real seconds"),
        ("for=task:ended&timeout=601", "timeout is real seconds"),
        ("for=task:ended&timeout=soon", "timeout is real seconds"),
        ("for=task:ended&count=0", "count is a number from 1 up"),
    ],
)
def test_odd_waits_are_explained(mock, query, words):
    answer = httpx.get(f"{mock.url}/_mock/wait?{query}")
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)


def test_who_leaves_waits_no_longer(mock):
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{mock.url}/_mock/wait?for=task:ended", timeout=0.2)
    end = time.monotonic() + 10
    while len(mock._world.changes.waits) and time.monotonic() < end:
        time.sleep(0.001)
    assert len(mock._world.changes.waits) == 0
