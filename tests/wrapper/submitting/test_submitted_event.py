"""`Submitted`: what became of each POST, for whoever counts them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from imagetasks import (
    AsyncClient,
    ImageRequest,
    ImageTasksError,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollPolicy,
    RateLimited,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    Submitted,
    Submitting,
)
from support.drivers import FakeClock, Script
from support.tasks import XING, created

AIG, AKOOL, GPT = "aigptimage", "akool", "gptimage2api"
REQUEST = ImageRequest("a very secret lighthouse", model="gpt-image-2")
PLAIN = ImageRequest("a very secret lighthouse")
DEDUPLICATED = {"code": 200, "msg": "success", "data": {"taskId": "task_1"}}
Connect = Callable[..., tuple[Any, list[Any]]]


def accepted(n: int = 1, **fields: object) -> dict[str, object]:
    return {"taskId": f"tsk_{n}", "status": 0, "creditsUsed": 3} | fields


@pytest.fixture
def told(connect, clock: FakeClock) -> Connect:
    """A client, and the events of its submits."""

    def make(*answers: Any, takes: float = 0.0, **options: Any) -> tuple[Any, Any]:
        events: list[Any] = []

        def on_event(event: object) -> None:
            if isinstance(event, Submitting | Submitted):
                events.append(event)

        script = Script(*answers, clock=clock, takes=takes)
        options = {"policy": PollPolicy(jitter=0), "on_event": on_event} | options
        return connect(script, **options), events

    return make


def ends(events: list[Any]) -> list[Submitted]:
    return [event for event in events if isinstance(event, Submitted)]


def test_an_accepted_submit_is_told_with_its_task_and_price(told: Connect) -> None:
    client, events = told(accepted(), takes=1.5)
    task = client.submit(GPT, REQUEST, label="row 7")
    assert [type(event) for event in events] == [Submitting, Submitted]
    (end,) = ends(events)
    assert end == Submitted(
        provider=GPT,
        label="row 7",
        model="gpt-image-2",
        outcome="accepted",
        tasks=(task,),
        error=None,
        took=1.5,
        estimated=3,
    )
    assert "secret" not in repr(end)


def test_a_submit_that_no_page_prices_has_no_estimate(told: Connect) -> None:
    client, events = told(created())
    client.submit(XING, PLAIN)
    (end,) = ends(events)
    assert (end.outcome, end.estimated) == ("accepted", None)


@pytest.mark.parametrize(
    ("answer", "outcome", "error"),
    [
        (httpx.Response(400, json={"error": "no"}), "refused", InvalidRequest),
        (httpx.ReadTimeout("slow"), "unknown", SubmitOutcomeUnknown),
        (500, "unknown", SubmitOutcomeUnknown),
        ("<html>", "unknown", SubmitOutcomeUnknown),
    ],
)
def test_a_submit_that_is_not_accepted_says_why(
    told: Connect, answer: Any, outcome: str, error: type[ImageTasksError]
) -> None:
    client, events = told(answer)
    with pytest.raises(error) as raised:
        client.submit(GPT, REQUEST)
    (end,) = ends(events)
    assert (end.outcome, end.tasks, end.error) == (outcome, (), raised.value)


def test_a_task_that_fails_in_its_answer_was_accepted(told: Connect) -> None:
    client, events = told(accepted(status=2))
    with pytest.raises(ImageTasksError) as raised:
        client.submit(GPT, REQUEST)
    (end,) = ends(events)
    assert (end.outcome, end.error) == ("accepted", raised.value)
    assert [task.state for task in end.tasks] == [State.FAILED]


def test_each_attempt_is_told_of(told: Connect) -> None:
    client, events = told(429, httpx.ConnectError("refused"), accepted())
    client.submit(GPT, REQUEST)
    assert [type(event) for event in events] == [Submitting, Submitted] * 3
    found = [(end.outcome, type(end.error)) for end in ends(events)]
    assert found == [
        ("retried", RateLimited),
        ("retried", NetworkError),
        ("accepted", type(None)),
    ]


def test_an_attempt_that_may_have_arrived_is_retried_where_that_is_safe(
    told: Connect,
) -> None:
    client, events = told(500, DEDUPLICATED)
    client.submit(AIG, PLAIN)
    found = [(end.outcome, type(end.error)) for end in ends(events)]
    assert found == [("retried", ServerError), ("accepted", type(None))]


def test_the_last_attempt_that_did_not_leave_is_not_sent(told: Connect) -> None:
    policy = PollPolicy(jitter=0, outage=5, min_gap=2)
    client, events = told(httpx.ConnectError("refused"), policy=policy)
    with pytest.raises(NetworkError):
        client.submit(GPT, REQUEST)
    outcomes = [end.outcome for end in ends(events)]
    assert outcomes == ["retried"] * (len(outcomes) - 1) + ["not_sent"]
    assert len(outcomes) > 1


def test_a_refusal_after_an_attempt_that_may_have_arrived_is_unknown(
    told: Connect,
) -> None:
    client, events = told(500, httpx.Response(400, json={"code": 400, "msg": "no"}))
    with pytest.raises(SubmitOutcomeUnknown):
        client.submit(AIG, PLAIN)
    assert [end.outcome for end in ends(events)] == ["retried", "unknown"]


def test_many_submits_are_told_of_one_by_one(told: Connect) -> None:
    client, events = told(accepted(1), accepted(2), 500, accepted(4))
    made = client.submit_many(GPT, [REQUEST] * 4, label=["a", "b", "c", "d"])
    assert sorted(end.label or "" for end in ends(events)) == ["a", "b", "c", "d"]
    outcomes = sorted(end.outcome for end in ends(events))
    assert outcomes == ["accepted"] * 3 + ["unknown"]
    assert {t for end in ends(events) for t in end.tasks} == {
        one for one in made if not isinstance(one, ImageTasksError)
    }
    assert sum(end.estimated or 0 for end in ends(events)) == 9


def test_an_answer_that_lacks_tasks_says_so(told: Connect) -> None:
    """AKOOL makes up to four in one POST."""
    data = [{"_id": "a", "image_status": 1}, {"_id": "b", "image_status": 1}]
    client, events = told({"code": 1000, "msg": "OK", "data": data})
    client.submit_many(AKOOL, [ImageRequest("x", count=3, resolution="1080p")])
    (end,) = ends(events)
    assert (end.outcome, len(end.tasks), end.estimated) == ("accepted", 2, 2)
    assert isinstance(end.error, SubmitOutcomeUnknown)
    assert isinstance(end.error.__cause__, MalformedResponse)


def test_nothing_is_told_of_what_never_leaves(told: Connect) -> None:
    client, events = told(accepted())
    with pytest.raises(ImageTasksError):
        client.submit(GPT, ImageRequest("x", count=2))
    with pytest.raises(ImageTasksError):
        client.submit(GPT, REQUEST, max_credits=1)
    assert events == []


def test_the_journal_knows_the_outcome_by_then(
    told: Connect, journal_file, connect
) -> None:
    known: list[bool] = []

    def on_event(event: object) -> None:
        if isinstance(event, Submitted):
            files = journal_file.parent.glob(f"{journal_file.name}*")
            known.append(any(b"tsk_1" in each.read_bytes() for each in files))

    client = connect(Script(accepted()), on_event=on_event, journal=journal_file)
    client.submit(GPT, REQUEST)
    assert known == [True]


def test_a_submit_that_is_cancelled_under_way_is_unknown(clock: FakeClock) -> None:
    events: list[Any] = []

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError

    async def main() -> None:
        transport = httpx.MockTransport(hang)
        access = {GPT: "secret-key-0123"}
        async with AsyncClient(
            access, transport=transport, on_event=events.append
        ) as client:
            submit = asyncio.create_task(client.submit(GPT, REQUEST))
            while not events:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            submit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await submit

    asyncio.run(main())
    (end,) = ends(events)
    assert (end.outcome, end.error) == ("unknown", None)


def test_a_watcher_that_fails_costs_no_task(connect) -> None:
    def on_event(event: object) -> None:
        raise RuntimeError("no")

    client = connect(Script(accepted()), on_event=on_event)
    assert client.submit(GPT, REQUEST).id == "tsk_1"
