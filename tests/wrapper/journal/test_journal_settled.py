"""How a submit that nobody knows the outcome of is settled: resolved, sent once more, or abandoned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import (
    Client,
    InsufficientCredits,
    JournalError,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    TaskNotFound,
)
from support.drivers import Script
from support.journals import ACCEPTED, AIG, LOST, Keep, caught, lost_submit, outcomes
from support.tasks import REQUEST, XING, body, created


def test_resolve_fetches_the_task_and_goes_on_with_it(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(LOST, body("processing"), body("completed"))
    intent = lost_submit(client)
    task = client.resolve(intent, "image_1")
    assert task.state is State.RUNNING
    assert outcomes(journal_file) == ["resolved"]
    (done,) = client.resume_all()
    assert done.state is State.SUCCEEDED


def test_resolve_takes_no_task_that_is_not_there(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(LOST, 404, body("queued"))
    intent = lost_submit(client)
    assert isinstance(caught(client.resolve, intent, "image_2"), TaskNotFound)
    assert outcomes(journal_file) == [None]
    assert client.resolve(intent, "image_1").id == "image_1"


def test_resolve_takes_no_task_of_another_submit(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(created(), LOST, body("queued"))
    client.submit(XING, REQUEST)
    error = caught(client.resolve, lost_submit(client), "image_1")
    assert isinstance(error, JournalError)
    assert "another submit" in str(error)
    assert outcomes(journal_file) == ["accepted", None]


def test_resubmit_is_a_new_submit(keep: Keep, journal_file: Path) -> None:
    client = keep(LOST, created())
    task = client.resubmit(lost_submit(client))
    assert task.id == "image_1"
    assert outcomes(journal_file) == ["resubmitted", "accepted"]
    first, second = client.vendor.requests
    assert first.content == second.content


def test_a_vendor_that_deduplicates_gets_the_same_id_again(
    keep: Keep, journal_file: Path
) -> None:
    """aigptimage: a repeated X-Request-ID "can return the existing task"."""
    first = keep(LOST, policy=PollPolicy(outage=0))
    intent = lost_submit(first, AIG)
    first.close()
    again = keep(ACCEPTED)
    assert again.resubmit(intent).id == "task_1"
    ids = {
        request.headers["X-Request-ID"]
        for client in (first, again)
        for request in client.vendor.requests
    }
    assert ids == {intent.idempotency_key}
    assert outcomes(journal_file) == ["accepted"]


@pytest.mark.parametrize(
    ("provider", "answer", "error", "left"),
    [
        (XING, 402, InsufficientCredits, [None, "refused"]),
        (XING, LOST, SubmitOutcomeUnknown, [None, None]),
        # Here a refusal does not prove that the first one did not arrive.
        (AIG, 402, SubmitOutcomeUnknown, [None]),
        (AIG, LOST, SubmitOutcomeUnknown, [None]),
    ],
    ids=str,
)
def test_a_resubmit_that_is_not_accepted_leaves_the_intent_open(
    keep: Keep,
    journal_file: Path,
    provider: str,
    answer: Any,
    error: type[Exception],
    left: list[str | None],
) -> None:
    client = keep(LOST, answer, policy=PollPolicy(jitter=0, outage=0))
    intent = lost_submit(client, provider)
    assert type(caught(client.resubmit, intent)) is error
    assert outcomes(journal_file) == left
    client.abandon(intent)


def test_where_prompts_are_left_out_resubmit_asks_for_the_request(
    keep: Keep, journal_file: Path
) -> None:
    first = keep(LOST, journal_prompts=False)
    lost_submit(first)
    first.close()
    client = keep(created(), journal_prompts=False)
    (unknown,) = client.resume_all()
    error = caught(client.resubmit, unknown.intent)
    assert isinstance(error, ValueError)
    assert "pass the request" in str(error)
    assert client.resubmit(unknown.intent, request=REQUEST).id == "image_1"
    assert outcomes(journal_file) == ["resubmitted", "accepted"]


def test_what_is_settled_cannot_be_settled_again(keep: Keep) -> None:
    client = keep(LOST, created(), body("queued"))
    intent = lost_submit(client)
    client.resubmit(intent)
    for settle in (
        lambda: client.resubmit(intent),
        lambda: client.resolve(intent, "image_1"),
        lambda: client.abandon(intent),
    ):
        error = caught(settle)
        assert isinstance(error, JournalError)
        assert "is settled: resubmitted" in str(error)
    assert client.vendor.sent == 2


def test_two_who_resubmit_at_once_send_it_once(journal_file: Path) -> None:
    sent = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if len(sent) == 1:
            raise LOST
        return httpx.Response(200, json=created())

    transport = httpx.MockTransport(vendor)
    with Client({XING: "key"}, transport=transport, journal=journal_file) as client:
        intent = caught(client.submit, XING, REQUEST).intent
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(client.resubmit, intent) for _ in range(8)]
            ends = [one.exception() for one in tries]
    assert sum(end is None for end in ends) == 1
    assert all(isinstance(end, JournalError) for end in ends if end)
    assert len(sent) == 2


def test_what_is_abandoned_does_not_come_back(keep: Keep, journal_file: Path) -> None:
    client = keep(created(), LOST)
    task = client.submit(XING, REQUEST)
    client.abandon(task)
    client.abandon(lost_submit(client))
    assert client.resume_all() == []
    assert outcomes(journal_file) == ["accepted", "abandoned"]
    assert isinstance(caught(client.abandon, task), JournalError)


def test_an_intent_of_another_journal_is_none_of_this_one(
    keep: Keep, tmp_path: Path
) -> None:
    intent = lost_submit(keep(LOST))
    error = caught(keep(created(), journal=tmp_path / "b.db").resubmit, intent)
    assert isinstance(error, JournalError)
    assert "is not in it" in str(error)


def test_without_a_journal_its_methods_say_so(connect: Keep) -> None:
    client = connect(Script(created()))
    error = caught(client.resume_all)
    assert isinstance(error, JournalError)
    assert "journal=" in str(error)
