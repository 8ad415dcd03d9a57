"""A success whose result cannot be read: three looks, then the task with what its vendor answered."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
import pytest
from imagetasks import (
    Client,
    MalformedResponse,
    PollOutage,
    PollPolicy,
    State,
    Task,
    WaitTimeout,
)
from support.drivers import Script
from support.specs import PROVIDERS, Lifecycle, put, split
from support.table import table
from support.tasks import REQUEST
from vendors import AIG, AKOOL, GPT, accepted, finished, id_of

NOTHING = [None, "", " ", [], [None], ["", None], [[]], {}, {"url": "https://x/1.png"}, 7, True, "x", "/1.png", "ftp://x/1"]  # fmt: skip
INNER = [None, "", "null", "[]", "{}", '{"other": 1}', '{"resultUrls": null}', '{"resultUrls": []}', '{"resultUrls": [null]}', "{", "not JSON", 7, {}]  # fmt: skip
NO_PLACES = {
    AKOOL: [{"image": None, "upscaled_urls": value} for value in (7, {}, [None], "x")],
    GPT: [{"imageUrls": None, "outputImageUrls": value} for value in (None, [], [7])],
}
PATIENT = PollPolicy(jitter=0)


def unreadable(provider: str) -> list[Any]:
    """Every answer of its kind: the success that is documented, with something else where the result stands."""
    found = []
    for nothing in NOTHING:
        answer = finished(provider)
        Lifecycle(provider).write("result", answer, nothing)
        found.append(answer)
    for inner in INNER if provider == AIG else ():
        answer = finished(provider)
        answer["data"]["resultJson"] = inner
        found.append(answer)
    for fields in NO_PLACES.get(provider, ()):
        answer = finished(provider)
        answer.get("data", answer).update(copy.deepcopy(fields))
        found.append(answer)
    return found


def spoiled(provider: str) -> Any:
    return unreadable(provider)[0]


def waiting(provider: str) -> Task:
    return Task(
        provider=provider, id=id_of(provider, finished(provider)), state=State.RUNNING
    )


def pending(provider: str) -> Any:
    """Of the same task."""
    answer, life = finished(provider), Lifecycle(provider)
    state = next(w for w, m in life.meanings.items() if m in ("pending", "queued"))
    life.write("state", answer, state)
    return answer


@table("provider", PROVIDERS)
def test_a_success_without_a_result_ends_the_wait_at_its_third_look(
    connect, clock, provider
) -> None:
    for answer in unreadable(provider):
        script = Script(answer)
        client = connect(script, policy=PATIENT)
        with pytest.raises(MalformedResponse) as caught:
            client.wait(waiting(provider))
        error = caught.value
        assert script.sent == 3, answer
        assert (error.provider, error.status_code) == (provider, 200)
        assert json.loads(error.body) == error.task.raw == split(answer)[0]
        assert (error.task, error.task.state) == (waiting(provider), State.RUNNING)
        assert not error.retryable
        client.close()


@table("looks", [1, 2])
@table("provider", PROVIDERS)
def test_a_result_that_comes_a_moment_after_its_state_is_taken(
    connect, provider, looks
) -> None:
    script = Script(*[spoiled(provider)] * looks, finished(provider))
    done = connect(script).wait(waiting(provider))
    assert (done.state, len(done.artifacts)) == (State.SUCCEEDED, 1)


def test_failures_in_between_are_no_looks_and_no_news(connect) -> None:
    bad, down = spoiled(AIG), httpx.Response(503)
    script = Script(bad, down, httpx.ReadError("reset"), bad, down, bad)
    with pytest.raises(MalformedResponse, match="no result URL"):
        connect(script).wait(waiting(AIG))
    assert script.sent == 6


def test_a_task_that_goes_on_after_all_is_looked_at_anew(connect) -> None:
    bad, going = spoiled(GPT), pending(GPT)
    script = Script(bad, bad, going, bad, bad, going, finished(GPT))
    assert connect(script).wait(waiting(GPT)).state is State.SUCCEEDED


@pytest.mark.parametrize("outage", [0, 1, 3600])
def test_it_is_no_outage_since_the_vendor_answers(connect, outage) -> None:
    script = Script(spoiled(AIG))
    with pytest.raises(MalformedResponse):
        connect(script, policy=PollPolicy(outage=outage)).wait(waiting(AIG))
    assert script.sent == 3


def test_an_outage_around_it_stays_one(connect) -> None:
    script = Script(httpx.Response(503), spoiled(AIG), httpx.Response(503))
    with pytest.raises(PollOutage, match="503"):
        connect(script, policy=PollPolicy(outage=10)).wait(waiting(AIG))


def test_a_deadline_before_the_third_look_is_a_timeout_that_says_why(connect) -> None:
    with pytest.raises(WaitTimeout) as caught:
        connect(Script(spoiled(AIG)), policy=PATIENT).wait(waiting(AIG), timeout=2)
    assert isinstance(caught.value.__cause__, MalformedResponse)
    assert caught.value.task.state is State.RUNNING


def test_one_look_tells_at_once_and_never_a_success_without_a_result(connect) -> None:
    script = Script(spoiled(AIG))
    with pytest.raises(MalformedResponse, match="no result URL") as caught:
        connect(script).fetch(waiting(AIG))
    assert script.sent == 1
    assert caught.value.retryable


def test_another_task_s_success_without_a_result_ends_no_wait(connect) -> None:
    """A connection that got out of step tells of somebody else's."""
    other = spoiled(GPT) | {"taskId": "tsk_of_somebody_else"}
    script = Script(other, other, other, finished(GPT))
    assert connect(script).wait(waiting(GPT)).state is State.SUCCEEDED


def test_waiting_goes_on_from_its_error(connect) -> None:
    script = Script(*[spoiled(AIG)] * 3, finished(AIG))
    client = connect(script)
    with pytest.raises(MalformedResponse) as caught:
        client.wait(waiting(AIG))
    assert client.wait(caught.value.task).state is State.SUCCEEDED


@table("provider", PROVIDERS)
def test_every_way_to_wait_ends_so(connect, provider) -> None:
    submitted = accepted(provider)
    bad, life = spoiled(provider), Lifecycle(provider)
    life.write("id", bad, _id_in(provider, submitted))
    with pytest.raises(MalformedResponse) as caught:
        connect(Script(submitted, bad)).run(provider, REQUEST)
    assert caught.value.task.id == str(_id_in(provider, submitted))
    task = waiting(provider)
    for outcomes in (
        connect(Script(spoiled(provider))).wait_all([task], return_errors=True),
        connect(Script(spoiled(provider))).as_completed([task], return_errors=True),
    ):
        [error] = outcomes
        assert isinstance(error, MalformedResponse)
        assert error.task == task


def _id_in(provider: str, submitted: Any) -> Any:
    """As the answer of the submit writes it."""
    client = Client(
        {provider: "key"},
        transport=httpx.MockTransport(Script(submitted)),
    )
    with client:
        task = client.submit(provider, REQUEST)
    return int(task.id) if task.id.isdecimal() else task.id


def test_in_a_journal_it_stays_open(keep) -> None:
    """Its file may yet be had: it is for the caller to release it."""
    submitted, bad = accepted(AIG), spoiled(AIG)
    put(bad, "/data/taskId", _id_in(AIG, submitted))
    first = keep(submitted, bad)
    with pytest.raises(MalformedResponse) as caught:
        first.run(AIG, REQUEST)
    first.close()
    [left] = keep(bad).resume_all()
    assert isinstance(left, MalformedResponse)
    assert left.task == caught.value.task
