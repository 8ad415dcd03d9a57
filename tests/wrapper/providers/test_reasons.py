"""Why a task failed, or a submit was refused: said by documented codes and phrases, and by nothing else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from imagetasks import (
    AuthenticationError,
    Client,
    ContentRefused,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    RateLimited,
    Reason,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskError,
    TaskFailed,
)
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks.providers import Codes, FailureReason
from support.drivers import Script
from support.specs import PROVIDERS, Lifecycle, answers, failure_reasons
from support.tasks import REQUEST
from vendors import AIG, AKOOL, GPT, STATUSES, SUBMITS, XING, accepted, id_of

PHRASES = [e["words"] for p in PROVIDERS for e in failure_reasons(p) if "words" in e]
CODES = {e["code"] for p in PROVIDERS for e in failure_reasons(p) if "code" in e}
SAID = {
    XING: "Generation failed: content policy violation",
    AIG: "Sorry, but the image we created may violate OpenAI's content policies.",
}


def failed(provider: str, **said: Any) -> Any:
    """The documented answer of a failed task, with another code or other words where there is a place for them."""
    life = Lifecycle(provider)
    answer = next(
        e.document
        for e in answers(STATUSES[provider])
        if life.meanings.get(life.shown(e)) == "failed"  # type: ignore[arg-type]
    )
    answer = json.loads(json.dumps(answer))
    for part, value in said.items():
        if life.read(f"error-{part}", answer) is not None:
            life.write(f"error-{part}", answer, value)
    return answer


def read(provider: str, answer: Any) -> TaskError:
    with Client(
        {provider: "key"}, transport=httpx.MockTransport(Script(answer))
    ) as client:
        error = client.fetch(provider, id_of(provider, answer)).error
    assert error is not None
    return error


@given(
    st.sampled_from(PROVIDERS),
    st.text() | st.sampled_from(["400", "500", "CONTENT_POLICY", "TIMEOUT", "nsfw"]),
    st.text()
    | st.sampled_from(
        [
            "content policy",
            "policy violation",
            "Invalid request",
            "violates our policy",
            "cancelled by user",
            "timeout",
            "insufficient credits",
            "The result could not be stored",
        ]
    ),
)
def test_a_failure_that_no_page_explains_is_unknown(
    provider: str, code: str, words: str
) -> None:
    assume(code not in CODES)
    assume(not any(phrase.lower() in words.lower() for phrase in PHRASES))
    answer = failed(provider, code=code, message=words)
    assert read(provider, answer).reason is Reason.UNKNOWN


def test_the_vendor_s_code_and_words_stay_as_they_are() -> None:
    answer = failed(GPT, code="STORAGE_ERROR", message="disk 7 is full")
    assert read(GPT, answer) == TaskError(
        "STORAGE_ERROR", "disk 7 is full", Reason.STORAGE
    )


@pytest.mark.parametrize(
    ("provider", "words", "reason"),
    [
        (XING, "GENERATION FAILED: CONTENT POLICY VIOLATION", Reason.CONTENT_POLICY),
        (XING, "Content policy violation (nudity)", Reason.CONTENT_POLICY),
        (XING, "Invalid request: ratio '7:1' is not supported", Reason.BAD_INPUT),
        # Of two that fit the first counts: a refusal for content is none that other input heals.
        (XING, "Invalid request: content policy violation", Reason.CONTENT_POLICY),
        (XING, "Invalid requests are bad", Reason.UNKNOWN),
        (AIG, SAID[AIG].replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"), Reason.CONTENT_POLICY),
        (AIG, "Your prompt may violate OpenAI's content policies", Reason.CONTENT_POLICY),
        (AIG, "OpenAI's content policies cannot be read", Reason.UNKNOWN),
    ],
)  # fmt: skip
def test_a_phrase_counts_wherever_it_stands_and_in_any_case(
    provider: str, words: str, reason: Reason
) -> None:
    assert read(provider, failed(provider, message=words)).reason is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("STORAGE_ERROR", Reason.STORAGE),
        ("EMPTY_RESULT", Reason.NO_RESULT),
        ("empty_result", Reason.UNKNOWN),
        ("STORAGE_ERROR_2", Reason.UNKNOWN),
        ("", Reason.UNKNOWN),
        (["STORAGE_ERROR"], Reason.UNKNOWN),
    ],
)
def test_a_code_counts_as_a_whole(code: Any, reason: Reason) -> None:
    assert read(GPT, failed(GPT, code=code)).reason is reason


def test_a_code_that_comes_as_a_number_is_not_lost() -> None:
    """aigptimage: "failCode", a string that looks like an HTTP status."""
    assert read(AIG, failed(AIG, code=400)).code == "400"
    assert read(AIG, failed(AIG, code=True)).code is None


def test_akool_documents_no_reason_at_all() -> None:
    assert read(AKOOL, failed(AKOOL)) == TaskError(None, "")
    assert TaskError(None, "").reason is Reason.UNKNOWN


def test_a_failure_without_code_and_words_cannot_be_documented() -> None:
    with pytest.raises(ValueError, match="a code, words, or both"):
        FailureReason(Reason.TIMEOUT)


def test_a_code_and_words_that_stand_in_one_entry_have_to_be_there_both() -> None:
    both = FailureReason(Reason.TIMEOUT, code="504", words="too slow")
    assert both.fits("504", "it was too slow")
    assert not both.fits("504", "it was too big")
    assert not both.fits("500", "it was too slow")
    assert not both.fits(None, "it was too slow")


def test_a_cancelled_task_says_so_by_its_state(connect, monkeypatch) -> None:
    """No vendor of ours documents such a state; another one does."""
    monkeypatch.setitem(ADAPTERS[XING].states, "failed", State.CANCELLED)  # type: ignore[arg-type]
    answer = failed(XING, message="because")
    with pytest.raises(TaskFailed) as caught:
        connect(Script(answer)).wait(
            Task(provider=XING, id=id_of(XING, answer), state=State.QUEUED)
        )
    error = caught.value.task.error
    assert (error.message, error.reason) == ("because", Reason.CANCELLED)


# Submits


def refused(provider: str, words: str, status: int = 400) -> httpx.Response:
    body = {"code": status, "msg": words, "data": None}
    if provider != AIG:
        body = {"error": words}
    return httpx.Response(status, json=body)


@pytest.mark.parametrize("status", [400, 422, 451])
@pytest.mark.parametrize("provider", SAID)
def test_a_submit_that_is_refused_in_documented_words_is_refused_for_its_content(
    connect, provider, status
) -> None:
    script = Script(refused(provider, SAID[provider], status))
    with pytest.raises(ContentRefused) as caught:
        connect(script).submit(provider, REQUEST)
    error = caught.value
    assert isinstance(error, InvalidRequest)
    assert (error.provider, error.status_code) == (provider, status)
    assert SAID[provider] in str(error)
    assert not error.retryable
    assert script.sent == 1


def test_in_a_batch_too_the_refusal_takes_its_task_s_place(connect) -> None:
    script = Script(refused(AIG, SAID[AIG]), accepted(AIG))
    outcomes = connect(script).submit_many(AIG, [REQUEST, REQUEST])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "ContentRefused",
        "Task",
    ]


def test_an_envelope_inside_of_a_200_is_read_alike(connect) -> None:
    body = {"code": 400, "msg": SAID[AIG], "data": None}
    with pytest.raises(ContentRefused) as caught:
        connect(Script(body)).submit(AIG, REQUEST)
    assert (caught.value.status_code, caught.value.code) == (200, "400")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (402, InsufficientCredits),
        (500, SubmitOutcomeUnknown),
        (408, SubmitOutcomeUnknown),
    ],
)
def test_what_is_no_refusal_of_the_request_stays_what_it_is(
    connect, status, kind
) -> None:
    with pytest.raises(kind) as caught:
        connect(Script(refused(XING, SAID[XING], status))).submit(XING, REQUEST)
    assert not isinstance(caught.value, ContentRefused)


@pytest.mark.parametrize(
    "words", ["nsfw", "moderation_blocked", "policy", "Invalid request: no"]
)
@pytest.mark.parametrize("provider", [*SAID, GPT])
def test_a_refusal_that_no_page_explains_is_an_invalid_request(
    connect, provider, words
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        connect(Script(refused(provider, words))).submit(provider, REQUEST)
    assert type(caught.value) is InvalidRequest


def test_a_code_of_failed_tasks_means_nothing_in_a_refusal(
    connect, monkeypatch
) -> None:
    """The same number may be HTTP's there."""
    reasons = [FailureReason(Reason.CONTENT_POLICY, code="400")]
    monkeypatch.setattr(ADAPTERS[AIG], "reasons", reasons)
    with pytest.raises(InvalidRequest) as caught:
        connect(Script(refused(AIG, "no"))).submit(AIG, REQUEST)
    assert type(caught.value) is InvalidRequest


@pytest.mark.parametrize("status", [200, 400])
def test_a_code_that_is_documented_for_content_says_so_by_itself(
    connect, monkeypatch, status
) -> None:
    codes = Codes("/code", ok=1000, meanings={1301: ContentRefused})
    monkeypatch.setattr(ADAPTERS[AKOOL], "codes", codes)
    body = httpx.Response(status, json={"code": 1301, "msg": "no"})
    with pytest.raises(ContentRefused) as caught:
        connect(Script(body)).submit(AKOOL, REQUEST)
    assert (caught.value.code, caught.value.status_code) == ("1301", status)
    four = ImageRequest("a lighthouse", count=4)
    [*outcomes] = connect(Script(body)).submit_many(AKOOL, [four])
    assert {type(outcome) for outcome in outcomes} == {ContentRefused}


def test_words_are_read_in_a_batch_of_one_post_too(connect, monkeypatch) -> None:
    reasons = [FailureReason(Reason.CONTENT_POLICY, words="unseemly")]
    monkeypatch.setattr(ADAPTERS[AKOOL], "reasons", reasons)
    body = {"code": 1003, "msg": "Unseemly prompt"}
    four = ImageRequest("a lighthouse", count=4)
    [*outcomes] = connect(Script(body)).submit_many(AKOOL, [four])
    assert {type(outcome) for outcome in outcomes} == {ContentRefused}
    with pytest.raises(ContentRefused):
        connect(Script(body)).submit(AKOOL, REQUEST)
    with pytest.raises(ContentRefused):
        connect(Script(body)).upscale(done(AKOOL), 1)


def test_a_look_that_is_refused_is_about_no_content(connect) -> None:
    with pytest.raises(InvalidRequest) as caught:
        connect(Script(refused(AIG, SAID[AIG]))).fetch(AIG, "task_1")
    assert type(caught.value) is InvalidRequest


def test_a_submit_that_fails_at_once_for_its_content_is_a_failed_task(connect) -> None:
    """xingchaoyiqing gives an id to what it refuses."""
    life = Lifecycle(XING)
    answer = next(
        json.loads(json.dumps(e.document))
        for e in answers(SUBMITS[XING])
        if life.meanings.get(life.shown(e)) == "failed"  # type: ignore[arg-type]
    )
    life.write("error-message", answer, SAID[XING])
    with pytest.raises(TaskFailed) as caught:
        connect(Script(answer)).submit(XING, REQUEST)
    assert caught.value.task.error.reason is Reason.CONTENT_POLICY


def test_a_limit_is_waited_out_whatever_its_words(connect) -> None:
    script = Script(refused(AIG, SAID[AIG], 429), accepted(AIG))
    assert connect(script).submit(AIG, REQUEST).state is State.PENDING
    with pytest.raises((RateLimited, ServerError)):
        connect(Script(refused(AIG, SAID[AIG], 429))).fetch(AIG, "task_1")


def done(provider: str) -> Task:
    raw = next(e.value for e in answers(STATUSES[provider]) if e.name == "completed")
    return Task(
        provider=provider,
        id=id_of(provider, raw),
        state=State.SUCCEEDED,
        raw=raw,
    )
