"""What becomes of a submit: the table of outcomes, row by row, over both clients."""

from __future__ import annotations

import httpx
import pytest
from imagetasks import (
    AuthenticationError,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollPolicy,
    RateLimited,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    TaskFailed,
)
from support.drivers import FakeClock, Script

XING = "xingchaoyiqing"
AIG = "aigptimage"
REQUEST = ImageRequest("a lighthouse")
QUEUED = {
    "id": "image_1",
    "object": "image",
    "created": 1774836724,
    "model": "gpt-image-2",
    "status": "queued",
    "error": None,
}
ACCEPTED = {"code": 200, "msg": "success", "data": {"taskId": "task_1"}}


@pytest.fixture
def submit(connect):
    def run(provider, *answers, request=REQUEST, **policy):
        script = Script(*answers)
        client = connect(script, policy=PollPolicy(jitter=0, **policy))
        try:
            return client.submit(provider, request), script
        except Exception as error:
            return error, script

    return run


@pytest.mark.parametrize(
    "harmless",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        429,
    ],
    ids=repr,
)
def test_what_certainly_did_not_arrive_is_sent_again(
    submit, harmless, clock: FakeClock
) -> None:
    task, script = submit(XING, harmless, harmless, QUEUED)
    assert task.state is State.QUEUED
    assert script.sent == 3
    assert clock.slept == [2, 2]


def test_a_connection_that_is_never_made_is_given_up_after_the_outage(
    submit, clock
) -> None:
    error, _script = submit(XING, httpx.ConnectError("refused"), outage=7)
    assert isinstance(error, NetworkError)
    assert clock.elapsed < 7


@pytest.mark.parametrize(
    "ambiguous",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("gone"),
        301,
        408,
        500,
        502,
        503,
        504,
        520,
        204,
        "not JSON",
        "{}",
        "[]",
        "",
        b"\xff\xfe",
        "<html>busy</html>",
    ],
    ids=repr,
)
def test_what_may_have_arrived_is_never_sent_again(submit, ambiguous) -> None:
    error, script = submit(XING, ambiguous, QUEUED)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert script.sent == 1
    assert error.provider == XING
    assert error.request.prompt == "a lighthouse"
    assert error.sent_at.tzinfo is not None
    assert error.idempotency_key is None
    assert error.__cause__ is not None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthenticationError),
        (402, InsufficientCredits),
        (403, AuthenticationError),
        (409, InvalidRequest),
        (422, InvalidRequest),
    ],
)
@pytest.mark.parametrize("provider", [XING, AIG])
def test_a_refusal_is_raised_as_it_is_and_not_repeated(
    submit, provider, status, kind
) -> None:
    error, script = submit(provider, status)
    assert type(error) is kind
    assert script.sent == 1


@pytest.mark.parametrize(
    "lost",
    [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), 500, 503, 520],
    ids=repr,
)
def test_a_vendor_that_deduplicates_is_asked_again_with_the_same_id(
    submit, lost
) -> None:
    """aigptimage: a repeated X-Request-ID "can return the existing task"."""
    task, script = submit(AIG, lost, lost, ACCEPTED)
    assert task.id == "task_1"
    ids = {request.headers["X-Request-ID"] for request in script.requests}
    assert script.sent == 3
    assert len(ids) == 1


@pytest.mark.parametrize(
    "unreadable", [302, 408, "not JSON", '{"code": 200}'], ids=repr
)
def test_also_there_an_unreadable_answer_is_an_unknown_outcome(
    submit, unreadable
) -> None:
    error, script = submit(AIG, unreadable, ACCEPTED)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert script.sent == 1


def test_the_idempotency_key_goes_out_verbatim_and_comes_back_in_the_error(
    submit,
) -> None:
    request = ImageRequest("a lighthouse", idempotency_key="order-7")
    error, script = submit(AIG, httpx.ReadTimeout("slow"), request=request, outage=3)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert error.idempotency_key == error.request.idempotency_key == "order-7"
    assert {r.headers["X-Request-ID"] for r in script.requests} == {"order-7"}


def test_each_call_has_an_id_of_its_own(submit) -> None:
    keys = set()
    for _ in range(2):
        _task, script = submit(AIG, ACCEPTED)
        keys.add(script.requests[0].headers["X-Request-ID"])
    assert len(keys) == 2


def test_a_refusal_after_a_lost_answer_does_not_prove_that_nothing_was_made(
    submit,
) -> None:
    error, _script = submit(AIG, httpx.ReadTimeout("slow"), 402)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert isinstance(error.__cause__, InsufficientCredits)


def test_retry_after_is_waited_for_within_the_outage(submit, clock: FakeClock) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "17"})
    task, _script = submit(XING, busy, QUEUED)
    assert task.id == "image_1"
    assert clock.slept == [17]


def test_retry_after_beyond_the_outage_is_not_waited_for(
    submit, clock: FakeClock
) -> None:
    error, script = submit(XING, httpx.Response(429, headers={"Retry-After": "86400"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 86400
    assert (script.sent, clock.slept) == (1, [])


def test_an_error_in_an_envelope_is_a_refusal(submit) -> None:
    """akool answers refusals with HTTP 200 and a business code: 1005 too frequent, 1108 try again later."""
    for code, kind in (
        (1003, InvalidRequest),
        (1005, RateLimited),
        (1108, ServerError),
    ):
        error, script = submit("akool", {"code": code, "msg": "no"})
        assert type(error) is kind
        assert error.code == str(code)
        assert script.sent == 1


def test_a_create_answer_that_is_already_failed_is_a_failed_task(submit) -> None:
    """xingchaoyiqing: the create page's failure response."""
    words = "Invalid request: resolution '4k' is not supported for ratio '4:3'"
    error, script = submit(XING, QUEUED | {"status": "failed", "error": words})
    assert isinstance(error, TaskFailed)
    assert error.task.error.message == words
    assert words in str(error)
    assert script.sent == 1


def test_an_answer_with_an_id_and_a_strange_state_is_not_lost(submit) -> None:
    task, _script = submit(XING, QUEUED | {"status": "paused"})
    assert (task.id, task.state, task.wire_state) == (
        "image_1",
        State.UNKNOWN,
        "paused",
    )


def test_the_evidence_of_an_unreadable_answer_is_kept(submit) -> None:
    error, _script = submit(XING, httpx.Response(200, html="<h1>maintenance</h1>"))
    assert isinstance(error.__cause__, MalformedResponse)
    assert error.__cause__.body == b"<h1>maintenance</h1>"


def test_a_request_that_nothing_was_sent_for_costs_nothing(submit) -> None:
    request = ImageRequest("a lighthouse", resolution="4k", aspect_ratio="4:3")
    error, script = submit(XING, QUEUED, request=request)
    assert isinstance(error, InvalidRequest)
    assert error.status_code is None
    assert script.sent == 0
