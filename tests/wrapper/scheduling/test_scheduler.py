"""Many tasks at once, over both clients: as_completed and wait_all."""

from __future__ import annotations

import httpx
import pytest
from imagetasks import (
    AuthenticationError,
    Client,
    MalformedResponse,
    PollOutage,
    State,
    Task,
    TaskFailed,
    UnsupportedRequest,
    WaitTimeout,
)
from support.drivers import FakeClock, Script
from support.tasks import STEADY, TASK, XING, body


def vendor_of(states: dict[str, list[str]]):
    """Answers by task id, each from its own list of states; the last one stays."""

    def handler(request: httpx.Request) -> httpx.Response:
        id = request.url.path.rpartition("/")[2]
        left = states[id]
        status = left.pop(0) if len(left) > 1 else left[0]
        return (
            httpx.Response(503)
            if status == "down"
            else httpx.Response(200, json=body(status, id))
        )

    return handler


def tasks(*ids: str) -> list[Task]:
    return [
        Task(provider=XING, id=id, state=State.QUEUED, wire_state="queued")
        for id in ids
    ]


def test_tasks_come_as_they_end(connect) -> None:
    vendor = vendor_of(
        {
            "slow": ["processing", "processing", "completed"],
            "fast": ["completed"],
            "mid": ["down", "completed"],
        }
    )
    done = connect(vendor, policy=STEADY).as_completed(tasks("slow", "fast", "mid"))
    assert [task.id for task in done] == ["fast", "mid", "slow"]


def test_wait_all_keeps_the_order(connect) -> None:
    vendor = vendor_of({"a": ["processing", "completed"], "b": ["completed"]})
    done = connect(vendor, policy=STEADY).wait_all(tasks("a", "b", "a"))
    assert [task.id for task in done] == ["a", "b", "a"]


def test_errors_take_the_place_of_their_tasks_when_asked(connect) -> None:
    vendor = vendor_of(
        {"good": ["processing", "completed"], "bad": ["failed"], "gone": ["down"]}
    )
    ended = connect(vendor, policy=STEADY).wait_all(
        tasks("bad", "good", "gone"), return_errors=True
    )
    assert [type(what) for what in ended] == [TaskFailed, Task, PollOutage]
    assert [getattr(what, "task", what).id for what in ended] == ["bad", "good", "gone"]


def test_a_provider_without_a_key_takes_the_place_of_its_own_tasks_only(
    driver, clock
) -> None:
    vendor = httpx.MockTransport(Script(body("completed")))
    client = driver({XING: "secret-key-0123"}, transport=vendor, clock=clock)
    stranger = Task(provider="akool", id="1", state=State.QUEUED)
    missing, done = client.wait_all([stranger, TASK], return_errors=True)
    assert isinstance(missing, AuthenticationError)
    assert missing.task == stranger
    assert done.state is State.SUCCEEDED
    for call in (
        lambda: client.wait(stranger),
        lambda: client.wait_all([TASK, stranger]),
    ):
        with pytest.raises(AuthenticationError, match="AKOOL_API_KEY") as caught:
            call()
        assert caught.value.task == stranger


def test_whatever_cannot_be_asked_for_takes_the_place_of_its_own_task(connect) -> None:
    """A provider that nobody knows, an id that no path can hold: in every call, and with the task beside it."""
    strange = [
        Task(provider="midjourney", id="1", state=State.QUEUED),
        Task(provider=XING, id="..", state=State.QUEUED),
        Task(provider=XING, id="", state=State.QUEUED),
    ]
    waiting = [strange[0], *tasks("a"), *strange[1:]]
    client = connect(vendor_of({"a": ["completed"]}), policy=STEADY)
    outcomes = client.wait_all(waiting, return_errors=True)
    assert [isinstance(outcome, Task) for outcome in outcomes] == [False, True, False, False]  # fmt: skip
    each = client.as_completed(waiting, return_errors=True)
    ends = [event for event in client.events(waiting) if event.is_last]
    told = [event.error for event in ends if event.error]
    for errors in (outcomes, each, told):
        found = [error for error in errors if not isinstance(error, Task)]
        assert [error.task for error in found] == strange
        assert all(isinstance(error, UnsupportedRequest) for error in found)
        assert "unknown provider 'midjourney'" in str(found[0])
    with pytest.raises(ValueError, match="unknown provider"):
        client.wait_all(waiting)
    with pytest.raises(ValueError, match="timeout"):
        client.wait_all(waiting, timeout=-1, return_errors=True)


def test_an_answer_about_another_task_is_none_and_the_wait_goes_on(connect) -> None:
    for method in ("wait_all", "wait"):
        vendor = Script(body("completed", "OTHER"), body("completed"))
        client = connect(vendor, policy=STEADY)
        seen = getattr(client, method)(TASK if method == "wait" else [TASK])
        (done,) = [seen] if method == "wait" else seen
        assert (done.id, vendor.sent) == ("image_1", 2)


def test_a_fetch_takes_no_answer_about_another_task(connect) -> None:
    client = connect(Script(body("completed", "OTHER")))
    with pytest.raises(MalformedResponse, match="another task") as caught:
        client.fetch(TASK)
    assert caught.value.body
    assert caught.value.task == TASK


def test_the_first_error_is_raised_else(connect) -> None:
    vendor = vendor_of({"good": ["processing", "completed"], "bad": ["failed"]})
    for method in ("wait_all", "as_completed"):
        with pytest.raises(TaskFailed) as caught:
            getattr(connect(vendor, policy=STEADY), method)(tasks("good", "bad"))
        assert caught.value.task.id == "bad"


def test_one_timeout_bounds_them_all(connect, clock: FakeClock) -> None:
    vendor = vendor_of({"a": ["processing"], "b": ["completed"]})
    ended = connect(vendor, policy=STEADY).wait_all(
        tasks("a", "b"), timeout=20, return_errors=True
    )
    assert [type(what) for what in ended] == [WaitTimeout, Task]
    assert clock.elapsed <= 20


def test_no_tasks_are_no_work(connect) -> None:
    client = connect(Script(500))
    assert client.wait_all([]) == []
    assert client.as_completed([]) == []


def test_a_user_who_stops_listening_stops_the_polling() -> None:
    vendor = Script(body("completed", "a"))
    with Client(
        {XING: "secret-key-0123"}, transport=httpx.MockTransport(vendor)
    ) as client:
        for _task in client.as_completed(tasks("a")):
            break
    assert vendor.sent == 1
