"""The mock as any client meets it: the life of a task, results, time, and one seed for one run."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from imagetasks_mock import Mock, MockError, serve
from imagetasks_mock.specs.spec import Spec
from support import specs
from support.mocked import BODIES, PENDING, PROMPT, Vendor, told

every_provider = pytest.mark.parametrize("provider", specs.PROVIDERS)

Connect = Callable[[str], Vendor]


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, check=True, fail="forbidden") as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def connect(mock: Mock) -> Iterator[Connect]:
    vendors: list[Vendor] = []

    def make(provider: str) -> Vendor:
        vendors.append(Vendor(mock, provider))
        return vendors[-1]

    yield make
    for vendor in vendors:
        vendor.http.close()


def newest(mock: Mock) -> Any:
    return list(mock.tasks)[-1]


def finished(mock: Mock, vendor: Vendor, body: Any = None) -> Any:
    """The status answer of a task that was submitted and has ended."""
    vendor.submit(body)
    mock.clock.advance(4)
    return told(vendor.fetch(newest(mock).id))


# The life of a task.


@every_provider
def test_a_task_goes_through_the_documented_states(mock, connect, provider):
    vendor = connect(provider)
    vendor.submit()
    task, seen = newest(mock), []
    for _ in range(40):
        seen.append(vendor.state(task.id))
        mock.clock.advance(0.1)
    last = seen[-1]
    assert vendor.life.meanings[last] == "succeeded"
    assert list(dict.fromkeys(seen)) == [*PENDING[provider], last]
    assert 2.25 <= 0.1 * len([state for state in seen if state != last]) <= 3.85


def test_running_takes_twice_as_long_as_queued(mock, connect):
    vendor = connect("akool")
    vendor.submit()
    task, states = newest(mock), []
    for _ in range(400):
        states.append(task.state)
        mock.clock.advance(0.01)
    ratio = states.count("running") / states.count("queued")
    assert states.count("succeeded")
    assert ratio == pytest.approx(2, abs=0.1)


def shown(vendor: Vendor, what: str) -> list[Any]:
    """What the examples of the status call have of it."""
    return [vendor.life.read(what, each.value) for each in specs.answers(vendor.status)]


@every_provider
def test_an_answer_tells_of_the_task_that_was_asked_for(mock, connect, provider):
    vendor = connect(provider)
    started = mock.clock.now()
    answer = finished(mock, vendor)
    task = newest(mock)
    assert str(vendor.life.read("id", answer)) == task.id
    # Where the body names no model, the vendor's default is an example's.
    asked = {vendor.body["model"]} if "model" in vendor.body else shown(vendor, "model")
    assert vendor.life.read("model", answer) in {None, *asked}
    assert vendor.life.read("prompt", answer) in (None, PROMPT)
    assert vendor.life.urls(answer) == [
        f"{mock.url}/_results/{provider}/{task.id}/0.png"
    ]
    created = vendor.life.read("created", answer)
    if created is not None:
        assert abs(instant(created) - started) < timedelta(seconds=1.001)


def instant(written: Any) -> datetime:
    if isinstance(written, str):
        return datetime.fromisoformat(written)
    seconds = written / 1000 if written > 10**11 else written
    return datetime.fromtimestamp(seconds, UTC)


@every_provider
def test_a_prompt_that_matches_fail_ends_as_the_documented_failure(
    mock, connect, provider
):
    vendor = connect(provider)
    body = json.loads(json.dumps(vendor.body).replace(PROMPT, "a forbidden thing"))
    answer = finished(mock, vendor, body)
    assert vendor.life.meaning(answer) == "failed"
    state = vendor.life.read("state", answer)
    example = next(
        e.document
        for e in specs.answers(vendor.status)
        if vendor.life.shown(e) == state
    )
    for what in ("error-code", "error-message", "refunded"):
        assert vendor.life.read(what, answer) == vendor.life.read(what, example)


@every_provider
def test_a_terminal_task_answers_the_same_bytes_for_ever(mock, connect, provider):
    vendor = connect(provider)
    vendor.submit()
    mock.clock.advance(4)
    first = vendor.fetch(newest(mock).id).content
    for seconds in (0, 1, 86_400, 10_000_000):
        mock.clock.advance(seconds)
        assert vendor.fetch(newest(mock).id).content == first


@every_provider
def test_a_test_can_end_a_task_at_once(mock, connect, provider):
    vendor = connect(provider)
    vendor.submit()
    failed = newest(mock)
    # One that an example shows, where there is one: the list of them may be closed.
    code = next(filter(None, shown(vendor, "error-code")), "NO_PAINT")
    failed.fail("out of paint", code=code)
    answer = told(vendor.fetch(failed.id))
    assert vendor.life.meaning(answer) == "failed"
    # Where the vendor has no words but its state, they stay.
    words = None, "out of paint", vendor.life.read("state", answer)
    assert vendor.life.read("error-message", answer) in words
    assert vendor.life.read("error-code", answer) in (None, code)
    vendor.submit()
    newest(mock).succeed()
    assert vendor.life.urls(told(vendor.fetch(newest(mock).id)))
    with pytest.raises(MockError, match="failed already"):
        failed.succeed()


def test_tasks_can_be_looked_at(mock, connect):
    connect("akool").submit()
    (task,) = mock.tasks
    assert (task.provider, task.state, task.body) == (
        "akool",
        "queued",
        BODIES["akool"],
    )
    assert mock.tasks[task.id] is task
    assert task.id in mock.tasks
    assert len(mock.tasks) == 1
    with pytest.raises(KeyError):
        mock.tasks["no-such-task"]


# Time and chance.


def test_every_answer_is_dated_in_virtual_time(mock, connect):
    mock.clock.advance(86_400 * 400)
    answers = [connect("akool").submit(), httpx.get(f"{mock.url}/no-such-path")]
    for answer in answers:
        dated = parsedate_to_datetime(answer.headers["date"])
        assert abs(dated - mock.clock.now()) < timedelta(seconds=2)


@pytest.mark.parametrize("speed", [1, 1000])
def test_the_clock_can_be_advanced_in_every_mode(speed):
    with serve(speed=speed, duration=5000) as mock:
        before = mock.clock.now()
        mock.clock.advance(timedelta(hours=2))
        time.sleep(0.02)
        passed = (mock.clock.now() - before).total_seconds()
        assert 7200 + 0.015 * speed <= passed < 7200 + 5 * speed


def test_a_scaled_clock_ends_tasks_by_itself():
    with serve(speed=100, duration=2) as mock:
        vendor = Vendor(mock, "xingchaoyiqing")
        vendor.submit()
        task, until = newest(mock), time.monotonic() + 5
        while task.state != "succeeded" and time.monotonic() < until:
            time.sleep(0.01)
        assert vendor.state(task.id) == "completed"
        vendor.http.close()


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e300])
def test_time_cannot_go_wrong(mock, seconds):
    with pytest.raises(ValueError, match="clock"):
        mock.clock.advance(seconds)


def run_of(mock: Mock) -> list[tuple[str, float]]:
    for provider in specs.PROVIDERS:
        vendor = Vendor(mock, provider)
        vendor.submit()
        vendor.http.close()
    return [(task.id, task.duration) for task in mock.tasks]


def test_one_seed_gives_one_run():
    with serve(seed=7, speed=0) as one, serve(seed=7, speed=0) as two:
        first = run_of(one)
        assert run_of(two) == first
        one.reset()
        assert list(one.tasks) == []
        assert run_of(one) == first
    with serve(seed=8, speed=0) as other:
        assert run_of(other) != first


@pytest.mark.long
def test_durations_are_near_the_one_asked_for():
    with serve(speed=0, duration=8) as mock:
        durations = [duration for _ in range(10) for _, duration in run_of(mock)]
    assert min(durations) >= 6
    assert max(durations) <= 10
    assert max(durations) - min(durations) > 1


# From the spec alone.


@every_provider
def test_a_vendor_without_a_file_of_its_own_works_from_its_spec(monkeypatch, provider):
    monkeypatch.setattr("imagetasks_mock.vendors.find_spec", lambda _: None)
    with serve(speed=0, check=True) as mock:
        vendor = Vendor(mock, provider)
        assert vendor.life.urls(finished(mock, vendor))
        vendor.http.close()
        assert mock.violations == []


def test_a_state_without_an_example_is_told_at_the_start(monkeypatch):
    lacking = copy.deepcopy(specs.load("aigptimage"))
    operation = lacking["paths"]["/api/v1/jobs/recordInfo"]["get"]
    del operation["responses"]["200"]["content"]["application/json"]["examples"]["fail"]
    spec = Spec("aigptimage", lacking)
    monkeypatch.setattr(Spec, "load", lambda name: spec)
    with pytest.raises(MockError, match="getTask: no example shows the state 'fail'"):
        Mock()


@pytest.mark.parametrize(("page", "status"), [("2", 404), ("0", 400), ("two", 400)])
def test_parameters_are_checked_against_their_schemas(monkeypatch, page, status):
    document = copy.deepcopy(specs.load("aigptimage"))
    reading = document["paths"]["/api/v1/jobs/recordInfo"]["get"]
    schema = {"type": "integer", "minimum": 1}
    reading["parameters"].append({"name": "page", "in": "query", "schema": schema})
    load = Spec.load
    changed = Spec("aigptimage", document)
    monkeypatch.setattr(
        Spec, "load", lambda name: changed if name == "aigptimage" else load(name)
    )
    with serve(speed=0, check=True) as mock:
        url = f"{mock.url}/aigptimage/api/v1/jobs/recordInfo?taskId=x&page={page}"
        answer = httpx.get(url, headers={"Authorization": "Bearer key"})
        assert answer.status_code == status
