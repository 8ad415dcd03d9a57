"""Limits: what could cost more than is left is not sent. Prices are those that the specs have from the vendors' pages."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    Access,
    BudgetExceeded,
    Client,
    ImageRequest,
    InsufficientCredits,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
)
from imagetasks.testing import FakeClock
from support.drivers import Driver, Script
from support.table import table
from support.tasks import STEADY, XING, created

G = "gptimage2api"
PICTURE = ImageRequest("a lighthouse", model="gpt-image-2")
"""3 credits: https://gptimage2api.org/de/docs/pricing"""
Connect = Callable[..., Driver]


def accepted(n: int, credits: int = 3) -> dict[str, object]:
    return {"taskId": f"tsk_{n}", "status": 0, "creditsUsed": credits}


def snapshot(n: int, status: int, **fields: object) -> dict[str, object]:
    body = {"id": f"tsk_{n}", "type": "image", "status": status, "creditsUsed": 3}
    return body | {"createdAt": "2026-11-01T00:00:00.000Z"} | fields


class Vendor:
    """Accepts every submit, under a new id; a task's end is as the test says."""

    def __init__(self, **end: object) -> None:
        self.submits = 0
        self.end = {"status": 1, "outputImageUrls": ["https://x.test/1.png"]} | end

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.submits += 1
            return httpx.Response(200, json=accepted(self.submits))
        n = int(str(request.url).rpartition("_")[2])
        return httpx.Response(200, json=snapshot(n, **self.end))  # type: ignore[arg-type]


@pytest.fixture
def spender(driver: Connect, clock: FakeClock) -> Connect:
    """A client whose tasks may cost 10 credits, unless told otherwise."""

    def make(vendor: Any, limit: float | None = 10, provider: str = G) -> Driver:
        access = {provider: Access("secret-key-0123", credit_limit=limit)}
        transport = httpx.MockTransport(vendor)
        client = driver(access, transport=transport, clock=clock, policy=STEADY)
        client.vendor = vendor
        return client

    return make


def refused(client: Driver, **options: Any) -> BudgetExceeded:
    with pytest.raises(BudgetExceeded) as raised:
        client.submit(G, PICTURE, **options)
    return raised.value


def kinds(outcomes: list[Any]) -> dict[type[Any], int]:
    """Which of those that are sent side by side come first is not said."""
    return dict(Counter(map(type, outcomes)))


def test_no_request_leaves_that_could_go_beyond_the_limit(spender) -> None:
    client = spender(Vendor())
    tasks = [client.submit(G, PICTURE) for _ in range(3)]
    error = refused(client)
    assert client.vendor.submits == 3 == len(tasks)
    told = (error.provider, error.limit, error.spent, error.reserved, error.asked)
    assert told == (G, 10, 9, 0, 3)
    words = "gptimage2api: credit_limit is 10; 9 credits are spent and 0 reserved, this request may cost 3 more"
    assert words in str(error)


def test_a_thousand_at_once_do_not_go_beyond_it(spender) -> None:
    client = spender(Vendor(), 100)
    outcomes = client.submit_many(G, [PICTURE] * 1000)
    assert client.vendor.submits == 33
    assert sum(isinstance(each, Task) for each in outcomes) == 33


def test_a_refund_makes_room(spender) -> None:
    """A failed task gives its credits back: `creditRefunded` says when."""
    failed = {"status": 2, "outputImageUrls": None, "errorCode": "X"}
    vendor = Vendor(**failed, creditRefunded=False)
    client = spender(vendor, 3)
    task = client.submit(G, PICTURE)
    with pytest.raises(TaskFailed):
        client.wait(task)
    refused(client)
    vendor.end["creditRefunded"] = True
    client.fetch(task)
    assert client.spent()[0].credits == 0
    client.submit(G, PICTURE)


def test_a_definite_refusal_costs_nothing(spender) -> None:
    client = spender(Script(402, accepted(1)), 3)
    with pytest.raises(InsufficientCredits):
        client.submit(G, PICTURE)
    client.submit(G, PICTURE)


def test_an_unknown_outcome_stays_reserved(spender) -> None:
    client = spender(Script(500, accepted(1)), 5)
    with pytest.raises(SubmitOutcomeUnknown):
        client.submit(G, PICTURE)
    error = refused(client)
    assert (error.spent, error.reserved) == (0, 3)
    assert client.spent() == []


def test_what_is_sent_again_is_reserved_once(spender) -> None:
    client = spender(Script(429, 429, accepted(1)), 3)
    client.submit(G, PICTURE)
    assert client.spent()[0].credits == 3


def test_the_vendors_own_number_counts_once_it_is_known(spender) -> None:
    client = spender(Script(accepted(1, credits=7), accepted(2)), 9)
    client.submit(G, PICTURE)
    assert refused(client).spent == 7


# ---- One call --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 100])
def test_a_call_has_a_limit_of_its_own(spender, limit: float | None) -> None:
    client = spender(Vendor(), limit)
    outcomes = client.submit_many(G, [PICTURE] * 4, max_credits=7)
    assert kinds(outcomes) == {Task: 2, BudgetExceeded: 2}
    for error in outcomes:
        if isinstance(error, BudgetExceeded):
            assert (error.limit, error.reserved, error.asked) == (7, 6, 3)
            assert "max_credits is 7" in str(error)
    assert client.run(G, PICTURE, max_credits=3).credits_used == 3
    assert refused(client, max_credits=2.9).limit == 2.9
    assert client.vendor.submits == 3


def test_where_no_page_states_the_price_only_max_credits_lets_it_through(
    spender,
) -> None:
    answers = (created(f"image_{n}") for n in range(9))
    client = spender(Script(*answers), 100, XING)
    request = ImageRequest("a lighthouse")
    with pytest.raises(BudgetExceeded, match="no page states the price") as raised:
        client.submit(XING, request)
    assert raised.value.asked is None
    client.submit(XING, request, max_credits=40)
    outcomes = client.submit_many(XING, [request] * 4, max_credits=80)
    # A quarter of 80 each, beside the 40 that the first one may have cost.
    assert kinds(outcomes) == {Task: 3, BudgetExceeded: 1}


def test_without_a_limit_a_price_that_no_page_states_is_no_error(connect) -> None:
    client = connect(Script(created()))
    client.submit(XING, ImageRequest("x"))
    (spent,) = client.spent()
    assert (spent.tasks, spent.unpriced, spent.credits) == (1, 1, 0)


# ---- Bad input -------------------------------------------------------------------------------------------------------


@table(
    ("credits", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("3", TypeError), (True, TypeError)],
    ids=["below 0", "NaN", "text", "a bool"],
)
def test_what_is_no_number_of_credits_is_said_before_anything_is_sent(
    connect, credits: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="credit_limit is a number of credits"):
        Access("key", credit_limit=credits)
    vendor = Vendor()
    client = connect(vendor)
    for call in (client.submit, client.run):
        with pytest.raises(error, match="max_credits is a number of credits"):
            call(G, PICTURE, max_credits=credits)
    with pytest.raises(error, match="max_credits is a number of credits"):
        client.submit_many(G, [PICTURE], max_credits=credits)
    assert vendor.submits == 0


def test_the_error_can_be_pickled(spender) -> None:
    error = refused(spender(Vendor(), 2))
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.limit, copy.spent, copy.asked) == (2, 0, 3)
    assert str(copy) == str(error)


# ---- The law ---------------------------------------------------------------------------------------------------------

ANSWERS = st.sampled_from(["accepted", 402, 422, 429, 500, 503, "broken", "reset"])


@given(answers=st.lists(ANSWERS, min_size=1, max_size=30), limit=st.integers(0, 40))
def test_spent_and_reserved_are_never_above_the_limit(
    answers: list[Any], limit: int
) -> None:
    made = 0

    def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal made
        answer = answers.pop(0) if answers else "accepted"
        if answer == "reset":
            made += 1  # nobody can tell: the worst is that it was accepted
            raise httpx.ReadError("reset")
        if answer in (500, 503, "broken"):
            made += 1
        if answer == "broken":
            return httpx.Response(200, content=b"{")
        if answer == "accepted":
            made += 1
            return httpx.Response(200, json=accepted(made))
        return httpx.Response(answer, json={"error": "no"})

    clock = FakeClock()
    access = {G: Access("key", credit_limit=limit)}
    transport = httpx.MockTransport(vendor)
    with Client(
        access, policy=STEADY, transport=transport, clock=clock, sleep=clock.sleep
    ) as client:
        outcomes = client.submit_many(G, [PICTURE] * (len(answers) + 3))
        ledger = client._core.books.ledger
        spent = sum(each.credits for each in client.spent())
        assert spent + ledger.reserved(G) <= limit
        assert 3 * made == spent + ledger.reserved(G)
        known = sum(isinstance(each, Task) for each in outcomes)
        unknown = sum(isinstance(each, SubmitOutcomeUnknown) for each in outcomes)
        assert (3 * known, 3 * unknown) == (spent, ledger.reserved(G))
