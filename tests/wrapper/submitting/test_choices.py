"""Several vendors for one picture: the next one is asked only when no picture can come of the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from imagetasks import (
    Access,
    AuthenticationError,
    BudgetExceeded,
    ContentRefused,
    ImageRequest,
    ImageTasksError,
    InsufficientCredits,
    InvalidRequest,
    PollPolicy,
    RateLimited,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    Tried,
    WaitTimeout,
)
from imagetasks.testing import FakeClock
from support.drivers import Driver, Script
from support.table import table
from support.tasks import XING, body, created

G = "gptimage2api"
BOTH = [G, XING]
REQUEST = ImageRequest("a lighthouse")
ACCEPTED = {"taskId": "tsk_1", "status": 0, "creditsUsed": 3}
NO_CONNECTION = httpx.ConnectError("refused")
RESET = httpx.ReadError("reset")
POLICY = PollPolicy(jitter=0, outage=60, deadline=600)


def snapshot(status: int, **fields: object) -> dict[str, object]:
    told = {"id": "tsk_1", "type": "image", "status": status}
    return told | {"createdAt": "2026-11-01T00:00:00.000Z"} | fields


def failed(code: str) -> dict[str, object]:
    return snapshot(2, errorCode=code, errorMessage="it did not work")


class Vendors:
    """Two vendors, each with a script of its own."""

    def __init__(self, first: list[Any], second: list[Any] | None = None) -> None:
        self.scripts = {G: Script(*first)}
        self.scripts[XING] = Script(*(second or [created(), body("completed")]))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = G if "gptimage2api" in request.url.host else XING
        return self.scripts[name](request)

    @property
    def submits(self) -> dict[str, int]:
        return {
            name: sum(request.method == "POST" for request in script.requests)
            for name, script in self.scripts.items()
        }


@pytest.fixture
def two(driver: Callable[..., Driver], clock: FakeClock) -> Callable[..., Driver]:
    def make(first: list[Any], second: list[Any] | None = None, **limits: Any) -> Any:
        vendors = Vendors(first, second)
        access = {name: Access("key", credit_limit=limits.get(name)) for name in BOTH}
        transport = httpx.MockTransport(vendors)
        client = driver(access, transport=transport, clock=clock, policy=POLICY)
        client.vendor = vendors
        return client

    return make


def caught(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return call(*arguments, **options)
    except ImageTasksError as error:
        return error


@table(
    ("answer", "error"),
    [
        (NO_CONNECTION, "NetworkError"),
        (429, "RateLimited"),
        (402, "InsufficientCredits"),
        (401, "AuthenticationError"),
        (403, "AuthenticationError"),
    ],
    ids=["not sent", "429", "credits spent", "key refused", "not allowed"],
)
def test_the_next_one_is_asked_when_the_first_has_not_taken_it(
    two, clock, answer: Any, error: str
) -> None:
    for call in ("submit", "run"):
        client, began = two([answer]), clock.now
        task = getattr(client, call)(BOTH, REQUEST)
        assert task.provider == XING
        assert [(one.provider, one.error) for one in task.tried] == [(G, error)]
        assert client.vendor.submits == {G: 1, XING: 1}
        # At once, not after the patience that a single vendor gets.
        if call == "submit":
            assert clock.now == began


@table(
    ("answer", "error"),
    [
        (RESET, SubmitOutcomeUnknown),
        (500, SubmitOutcomeUnknown),
        (408, SubmitOutcomeUnknown),
        ("{", SubmitOutcomeUnknown),
        (422, InvalidRequest),
        (400, InvalidRequest),
    ],
    ids=["reset", "500", "408", "unreadable", "422", "400"],
)
def test_nobody_else_is_asked_after_an_unknown_outcome_or_a_refusal_of_the_request(
    two, answer: Any, error: type[Exception]
) -> None:
    for call in ("submit", "run"):
        client = two([answer])
        raised = caught(getattr(client, call), BOTH, REQUEST)
        assert isinstance(raised, error)
        assert raised.tried == ()
        assert client.vendor.submits == {G: 1, XING: 0}


@table("code", ["EMPTY_RESULT", "STORAGE_ERROR"])
def test_run_asks_another_when_a_task_failed_for_a_reason_of_that_vendor_alone(
    two, code: str
) -> None:
    """Reasons as gptimage2api's page of errors has them."""
    client = two([ACCEPTED, failed(code)])
    task = client.run(BOTH, REQUEST)
    (tried,) = task.tried
    assert (task.provider, tried.provider, tried.error) == (XING, G, "TaskFailed")
    assert tried.task is not None
    assert tried.task.error is not None
    assert tried.task.error.code == code


@table("code", ["MODERATION_BLOCKED", "NO_SUCH_CODE", ""])
def test_run_asks_nobody_else_after_a_failure_for_content_or_without_a_documented_reason(
    two, code: str
) -> None:
    client = two([ACCEPTED, failed(code)])
    assert isinstance(caught(client.run, BOTH, REQUEST), TaskFailed)
    assert client.vendor.submits == {G: 1, XING: 0}


@table("answer", [401, 402, 404, NO_CONNECTION, 429, 500, snapshot(0)])
def test_whatever_breaks_off_the_wait_for_an_accepted_task_asks_nobody_else(
    two, answer: Any
) -> None:
    client = two([ACCEPTED, answer])
    error = caught(client.run, BOTH, REQUEST, timeout=120)
    assert isinstance(error, ImageTasksError)
    assert error.task.id == "tsk_1"
    assert client.vendor.submits == {G: 1, XING: 0}


def test_a_vendor_that_asked_to_wait_is_passed_over_until_then(two, clock) -> None:
    slow = httpx.Response(429, headers={"retry-after": "30"}, json={})
    client = two([slow, ACCEPTED])
    first, second = (client.submit(BOTH, REQUEST) for _ in range(2))
    assert first.provider == second.provider == XING
    assert client.vendor.submits == {G: 1, XING: 2}
    assert second.tried[0].message.endswith("nothing was sent")
    clock.now += 31
    assert client.submit(BOTH, REQUEST).provider == G


def test_the_last_one_gets_the_patience_of_a_single_one(two) -> None:
    client = two([402], [429, 429, created()])
    assert client.submit(BOTH, REQUEST).provider == XING
    assert client.vendor.submits == {G: 1, XING: 3}


def test_the_error_of_the_last_one_says_who_was_asked_before(two) -> None:
    error = caught(two([402], [401]).submit, BOTH, REQUEST)
    assert isinstance(error, AuthenticationError)
    assert [one.provider for one in error.tried] == [G]
    assert "402" in error.tried[0].message


def test_each_may_have_a_request_of_its_own(two) -> None:
    client = two([402])
    requests = {G: REQUEST, XING: ImageRequest("another", size="1024x1024")}
    assert client.submit(requests).provider == XING
    assert b"another" in client.vendor.scripts[XING].requests[0].content


def test_a_request_that_the_first_cannot_say_goes_to_the_next(two) -> None:
    client = two([ACCEPTED])
    task = client.submit(BOTH, ImageRequest("x", size="1024x1024"))
    assert (task.provider, task.tried[0].error) == (XING, "UnsupportedRequest")


def test_limits_hold_over_all_of_them(two) -> None:
    client = two([ACCEPTED], **{G: 2})
    assert client.submit(BOTH, REQUEST).tried[0].error == "BudgetExceeded"
    client = two([ACCEPTED, failed("EMPTY_RESULT")])
    error = caught(client.run, BOTH, REQUEST, max_credits=5)
    # No page states the second one's price, and 3 of the 5 credits are spent.
    assert isinstance(error, BudgetExceeded)
    assert client.vendor.submits == {G: 1, XING: 0}


def test_one_deadline_holds_for_all_of_them(two, clock) -> None:
    client = two([ACCEPTED, snapshot(0)] + [snapshot(0)] * 5 + [failed("EMPTY_RESULT")], [created(), body("processing")])  # fmt: skip
    began = clock.now
    error = caught(client.run, BOTH, REQUEST, timeout=60)
    assert isinstance(error, WaitTimeout)
    assert error.task.provider == XING
    assert [one.provider for one in error.tried] == [G]
    assert clock.now - began <= 60.1


@table(
    ("provider", "words"),
    [
        ([], "no provider is named"),
        ({}, "no provider is named"),
        ([G, G], "gptimage2api is named twice"),
        ([G, "midjourney"], "midjourney"),
    ],
    ids=["none", "an empty mapping", "one twice", "one unknown"],
)
def test_a_list_that_makes_no_sense_is_said_before_anything_is_sent(
    two, provider: Any, words: str
) -> None:
    client = two([ACCEPTED])
    request = None if isinstance(provider, dict) else REQUEST
    for call in (client.submit, client.run):
        with pytest.raises(ValueError, match=words):
            call(provider, request)
    assert client.vendor.submits == {G: 0, XING: 0}


def test_a_request_is_needed_and_only_one(two) -> None:
    client = two([ACCEPTED])
    with pytest.raises(TypeError, match="there is no request"):
        client.submit(G)
    with pytest.raises(TypeError, match="no other one"):
        client.run({G: REQUEST}, REQUEST)


def test_what_was_tried_is_not_in_the_token(two) -> None:
    task = two([402]).submit(BOTH, REQUEST)
    assert isinstance(task.tried[0], Tried)
    assert Task.from_token(task.to_token()) == task
    assert Task.from_token(task.to_token()).tried == ()


def test_these_errors_are_what_the_rules_speak_of() -> None:
    assert issubclass(ContentRefused, InvalidRequest)
    assert not issubclass(ContentRefused, RateLimited | InsufficientCredits)
