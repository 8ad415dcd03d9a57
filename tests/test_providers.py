"""
Each vendor's adapter, held to the vendor's own words: every documented answer is read to the right Task or error,
every request is written as the vendor spells it, and nothing the vendor may send gets past the typed errors.

What is expected is written out by hand, from the documentation. No table of an adapter is used to say it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx
import pytest
from drivers import Script
from hypothesis import event, given, settings
from hypothesis import strategies as st
from imagetasks import (
    Artifact,
    AuthenticationError,
    Client,
    ImageRequest,
    ImageTasksError,
    InsufficientCredits,
    InvalidRequest,
    MalformedResponse,
    PollPolicy,
    ProviderError,
    RateLimited,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskError,
    TaskFailed,
    TaskNotFound,
    UnsupportedRequest,
)
from imagetasks.providers import PROVIDERS as ADAPTERS
from specs import (
    PROVIDERS,
    Example,
    Lifecycle,
    answers,
    operation,
    request_validator,
    requests,
    status_operation,
)

XING, AIG, AKOOL, GPT = "xingchaoyiqing", "aigptimage", "akool", "gptimage2api"
KEY = "secret-key-0123"  # the one of the fixture `connect`
SUBMITS = {
    XING: operation(XING, "createImage"),
    AIG: operation(AIG, "createTask"),
    AKOOL: operation(AKOOL, "createImage"),
    GPT: operation(GPT, "generateImage"),
}
PLAIN = (str, int, type(None))
STATUSES = {provider: status_operation(provider) for provider in PROVIDERS}
READ = [
    example
    for operations in (STATUSES, SUBMITS)
    for of in operations.values()
    for example in answers(of)
]

# ---- Every documented answer, and what it means ----------------------------------------------------------------------


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def seen(
    state: State, wire_state: str | int | None, id: str, **known: Any
) -> dict[str, Any]:
    """A task of which nothing else is known."""
    unknown = dict.fromkeys(
        (
            "error",
            "model",
            "prompt",
            "created_at",
            "finished_at",
            "credits_used",
            "refunded",
        )
    )
    return (
        {"kind": "image", "artifacts": (), **unknown}
        | {"state": state, "wire_state": wire_state, "id": id}
        | known
    )


# fmt: off
# "created: Unix timestamp, seconds": 1774836724.
XING_ID = "image_fd35ee52-2a98-44a6-b930-29a88ce9b8fd"
XING_KNOWN = {"model": "gpt-image-2", "created_at": utc(2026, 3, 30, 2, 12, 4)}

# Milliseconds. "failCode" is a string, also where it looks like an HTTP status.
AIG_FAILURE = TaskError("400", "Sorry, but the image we created may violate OpenAI's content policies.")

# Milliseconds: 1714032863272 and 1716859314633. No reason of a failure is documented.
AKOOL_ID, AKOOL_NEW = "662a10df4197b3af58532e89", "6650a1b2c3d4e5f6a7b8c9d0"
AKOOL_KNOWN = {"created_at": utc(2024, 4, 25, 8, 14, 23, 272000), "credits_used": 2}
AKOOL_CREATED = {
    "model": "wavespeed-ai/flux-krea-dev-lora",
    "prompt": "A majestic mountain landscape at sunset with golden light",
    "created_at": utc(2024, 5, 28, 1, 21, 54, 633000),
    "credits_used": 1,
}

# ISO 8601. `updatedAt` is not documented as the time of completion, `completedAt` (the quickstart's) is.
GPT_ID = "tsk_01J9XA5M2R9W4QZC4PYJF3N7ND"
GPT_PROMPT = "A premium skincare bottle on warm ivory paper, embossed serif label, soft editorial side light"
GPT_KNOWN = {
    "model": "gpt-image-2", "prompt": GPT_PROMPT, "created_at": utc(2026, 4, 22, 9),
    "credits_used": 3, "refunded": False,
}
GPT_VIDEO = GPT_KNOWN | {"kind": "video", "model": "veo3_fast", "credits_used": 9}
GPT_QUICK = {"credits_used": 3, "refunded": False}
GPT_DONE = utc(2026, 4, 22, 9, 0, 32)
GPT_URL = "https://static.bananananoai.ai/u/42/2026-04-22/abc123"
NOT_STORED = TaskError("STORAGE_ERROR", "The result could not be stored")
NO_RESULT = TaskError("EMPTY_RESULT", "The provider gave no result URL")

TASKS: dict[str, dict[str, Any]] = {
    "xingchaoyiqing-getImage-queued": seen(State.QUEUED, "queued", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-getImage-processing": seen(State.RUNNING, "processing", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-getImage-completed": seen(
        State.SUCCEEDED, "completed", XING_ID, **XING_KNOWN,
        # "valid for 24 hours": counted from `created`, as there is no time of completion.
        artifacts=(Artifact(f"https://cdn.example.com/generated/{XING_ID}.png", "image", utc(2026, 3, 31, 2, 12, 4)),),
    ),
    "xingchaoyiqing-getImage-failed": seen(
        State.FAILED, "failed", XING_ID, **XING_KNOWN,
        error=TaskError(None, "Generation failed: content policy violation"),
    ),
    "xingchaoyiqing-createImage-queued": seen(State.QUEUED, "queued", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-createImage-processing": seen(State.RUNNING, "processing", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-createImage-failed": seen(
        State.FAILED, "failed", XING_ID, **XING_KNOWN,
        error=TaskError(None, "Invalid request: resolution '4k' is not supported for ratio '4:3'"),
    ),

    # "waiting: pending or processing"
    "aigptimage-getTask-waiting": seen(
        State.PENDING, "waiting", "5064bd1a-025a-490b-b28f-6a9fa12eb88a", model="gpt-image-2-text-to-image",
        prompt="A cinematic portrait of a robot painter", created_at=utc(2026, 4, 29, 14, 58, 9, 24000),
    ),
    "aigptimage-getTask-success": seen(
        State.SUCCEEDED, "success", "task_xxx", model="gpt-image-2-text-to-image", prompt="A cat",
        created_at=utc(2026, 4, 29, 10, 52, 47, 759000), finished_at=utc(2026, 4, 29, 10, 53, 20),
        artifacts=(Artifact("https://cdn.example.com/result.png", "image", None),),  # no lifetime is documented
    ),
    "aigptimage-getTask-fail": seen(
        State.FAILED, "fail", "5f6ff8ea-ae97-4bb8-af5e-752ef4e96c0d", model="gpt-image-2-text-to-image",
        prompt="A concert seen from the stage", created_at=utc(2026, 4, 29, 15, 3, 30, 433000), error=AIG_FAILURE,
    ),
    "aigptimage-createTask-accepted": seen(State.PENDING, None, "task_xxx"),

    "akool-getImage-queueing": seen(State.QUEUED, 1, AKOOL_ID, **AKOOL_KNOWN),
    "akool-getImage-processing": seen(State.RUNNING, 2, AKOOL_ID, **AKOOL_KNOWN),
    "akool-getImage-completed": seen(
        State.SUCCEEDED, 3, AKOOL_ID, **AKOOL_KNOWN,
        artifacts=(Artifact(  # "valid for 7 days", counted from `create_time`
            "https://***.cloudfront.net/1714032892336-e0ec9305-e217-4b79-8704-e595a822c12b-8013.png",
            "image", utc(2024, 5, 2, 8, 14, 23, 272000),
        ),),
    ),
    "akool-getImage-failed": seen(State.FAILED, 4, AKOOL_ID, **AKOOL_KNOWN, error=TaskError(None, "")),
    "akool-createImage-queueing": seen(State.QUEUED, 1, AKOOL_NEW, **AKOOL_CREATED),
    # "data is an array when batch_quantity is more than 1": never asked for; the first of them, if it comes anyway.
    "akool-createImage-queueing_batch": seen(State.QUEUED, 1, AKOOL_NEW, **AKOOL_CREATED),
    "akool-createImage-processing": seen(State.RUNNING, 2, AKOOL_NEW, **AKOOL_CREATED),
    "akool-createImage-failed": seen(State.FAILED, 4, AKOOL_NEW, **AKOOL_CREATED, error=TaskError(None, "")),

    # 0 pending, 1 completed, 2 failed: 1 is "in queue" at akool.
    "gptimage2api-getTask-pending": seen(State.PENDING, 0, GPT_ID, **GPT_KNOWN),
    "gptimage2api-getTask-completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_KNOWN, artifacts=(Artifact(f"{GPT_URL}.jpg", "image", None),),
    ),
    "gptimage2api-getTask-failed": seen(State.FAILED, 2, GPT_ID, **GPT_KNOWN | {"refunded": True}, error=NOT_STORED),
    "gptimage2api-getTask-failed_not_yet_refunded": seen(State.FAILED, 2, GPT_ID, **GPT_KNOWN, error=NO_RESULT),
    "gptimage2api-getTask-quickstart_pending": seen(
        State.PENDING, 0, GPT_ID, **GPT_QUICK, created_at=utc(2026, 4, 22, 9),
    ),
    "gptimage2api-getTask-quickstart_completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_QUICK, finished_at=GPT_DONE,
        artifacts=(Artifact(f"{GPT_URL}.jpg", "image", None),),
    ),
    "gptimage2api-getTask-quickstart_failed": seen(
        State.FAILED, 2, GPT_ID, credits_used=3, refunded=True, finished_at=GPT_DONE, error=NOT_STORED,
    ),
    "gptimage2api-getTask-video_pending": seen(State.PENDING, 0, GPT_ID, **GPT_VIDEO),
    "gptimage2api-getTask-video_completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_VIDEO, artifacts=(Artifact(f"{GPT_URL}.mp4", "video", None),),
    ),
    "gptimage2api-getTask-video_failed": seen(
        State.FAILED, 2, GPT_ID, **GPT_VIDEO | {"refunded": True}, error=NO_RESULT,
    ),
    # Placeholders of the page's generator: an error and a result beside status 0 do not count.
    "gptimage2api-getTask-reference_placeholder": seen(
        State.PENDING, 0, "string", model="string", prompt="string", created_at=utc(2019, 8, 24, 14, 15, 22),
        credits_used=0, refunded=True,
    ),
    "gptimage2api-generateImage-pending": seen(State.PENDING, 0, GPT_ID, credits_used=3),
}

# Type of the error, the vendor's own code, seconds to wait.
AKOOL_REFUSALS: dict[str, tuple[type[ProviderError], str | None, float | None]] = {
    "parameter_error": (InvalidRequest, "1003", None),
    "verification_required": (InvalidRequest, "1004", None),
    "too_frequent": (RateLimited, "1005", None),
    "quota_not_enough": (InsufficientCredits, "1006", None),
    "content_not_found": (TaskNotFound, "1008", None),
    "no_permission": (InvalidRequest, "1009", None),
    "cannot_operate": (InvalidRequest, "1010", None),
    "resource_not_found": (TaskNotFound, "1014", None),
    "invalid_authorization": (AuthenticationError, "1101", None),
    "authorization_empty": (AuthenticationError, "1102", None),
    "payment_due": (InvalidRequest, "1103", None),
    "insufficient_credit": (InsufficientCredits, "1104", None),
    "image_generate_error": (ServerError, "1108", None),
    "account_not_found": (AuthenticationError, "1109", None),
    "account_banned": (AuthenticationError, "1200", None),
    "subscription_needed_1213": (InvalidRequest, "1213", None),
    "subscription_needed_1221": (InvalidRequest, "1221", None),
}
HTTP_REFUSALS: dict[str, tuple[type[ProviderError], str | None, float | None]] = {
    "400-invalid_request": (InvalidRequest, None, None),
    "401-authentication_failed": (AuthenticationError, None, None),
    "401-unauthorized": (AuthenticationError, None, None),
    "402-insufficient_credits": (InsufficientCredits, None, None),
    "404-task_not_found": (TaskNotFound, None, None),
    "422-validation_error": (InvalidRequest, None, None),
    "422-unsupported_model": (InvalidRequest, None, None),
    "429-rate_limit_exceeded": (RateLimited, None, 17),  # `retryAfter` of the body
    "500-server_error": (ServerError, None, None),
}
# fmt: on


REFUSALS = {
    str(example): AKOOL_REFUSALS.get(example.name)
    if example.operation.provider == AKOOL
    else HTTP_REFUSALS.get(f"{example.role}-{example.name}")
    for example in READ
    if str(example) not in TASKS
}


def tasks() -> list[Example]:
    return [example for example in READ if str(example) in TASKS]


def refusals() -> list[Example]:
    return [example for example in READ if REFUSALS.get(str(example))]


def answer_of(example: Example) -> httpx.Response:
    return httpx.Response(int(example.role), json=example.value)


def test_something_is_expected_of_every_documented_answer() -> None:
    """A new example in a spec fails here until the tables above say what it means."""
    assert [name for name, refusal in REFUSALS.items() if refusal is None] == []


def test_nothing_is_expected_of_an_answer_that_is_not_documented() -> None:
    assert TASKS.keys() <= {str(example) for example in READ}
    assert AKOOL_REFUSALS.keys() <= {example.name for example in READ}
    assert HTTP_REFUSALS.keys() <= {f"{e.role}-{e.name}" for e in READ}


@pytest.mark.parametrize("example", tasks(), ids=str)
def test_a_documented_answer_is_read_to_the_right_task(connect, example) -> None:
    provider, expected = example.operation.provider, TASKS[str(example)]
    client = connect(Script(answer_of(example)))
    if example.operation == STATUSES[provider]:
        task = client.fetch(provider, expected["id"])
    elif expected["state"] is State.FAILED:
        with pytest.raises(TaskFailed) as caught:
            client.submit(provider, ImageRequest("a lighthouse"))
        task = caught.value.task
    else:
        task = client.submit(provider, ImageRequest("a lighthouse"))
    assert {name: getattr(task, name) for name in expected} == expected
    assert task.provider == provider
    assert task.raw == example.value
    assert type(task.wire_state) in PLAIN  # no enum of a generated package
    for instant in (task.created_at, task.finished_at):
        assert instant is None or instant.tzinfo is UTC


@pytest.mark.parametrize("example", refusals(), ids=str)
def test_a_documented_refusal_is_read_to_the_right_error(connect, example) -> None:
    """akool: codes of the overview page and of the general list. The others: their tables of HTTP errors."""
    provider, status = example.operation.provider, int(example.role)
    kind, code, retry_after = REFUSALS[str(example)]
    client = connect(Script(answer_of(example)), policy=PollPolicy(outage=1))
    error: Any
    if example.operation == STATUSES[provider]:
        with pytest.raises(ProviderError) as caught:
            client.fetch(provider, "task_1")
        error = caught.value
    else:
        with pytest.raises(ImageTasksError) as submitted:
            client.submit(provider, ImageRequest("a lighthouse"))
        error = submitted.value
        assert isinstance(error, SubmitOutcomeUnknown) == (status >= 500)
        error = error.__cause__ if status >= 500 else error
    assert type(error) is kind
    assert (error.provider, error.status_code, error.code) == (provider, status, code)
    assert getattr(error, "retry_after", None) == retry_after
    said = example.value.get("msg") or example.value["error"]
    assert str(error).startswith(f"{provider}: HTTP {status}")
    assert said in str(error)


def test_a_refused_body_is_explained_field_by_field(connect) -> None:
    """gptimage2api: `details.fieldErrors` of the page's 400 response."""
    refused = next(e for e in answers(SUBMITS[GPT]) if e.role == "400")
    with pytest.raises(InvalidRequest, match="Prompt is required"):
        connect(Script(answer_of(refused))).submit(GPT, ImageRequest("a lighthouse"))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthenticationError),
        (402, InsufficientCredits),
        (403, AuthenticationError),
        (404, TaskNotFound),
        (408, InvalidRequest),
        (409, InvalidRequest),
        (418, InvalidRequest),
        (422, InvalidRequest),
        (429, RateLimited),
        (499, InvalidRequest),
        (500, ServerError),
        (503, ServerError),
        (520, ServerError),
        (599, ServerError),
        (201, MalformedResponse),
        (202, MalformedResponse),
        (204, MalformedResponse),
        (299, MalformedResponse),
        (302, MalformedResponse),
        (304, MalformedResponse),
        (600, MalformedResponse),
        (999, MalformedResponse),
    ],
)
def test_a_status_has_the_same_meaning_everywhere(
    connect, provider, status, kind
) -> None:
    with pytest.raises(ProviderError) as caught:
        connect(Script(httpx.Response(status, text="?"))).fetch(provider, "task_1")
    assert type(caught.value) is kind
    assert (caught.value.provider, caught.value.status_code) == (provider, status)
    if status < 400 or status >= 600:
        assert caught.value.body == b"?"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 1003, InvalidRequest),
        (400, 1014, TaskNotFound),
        (401, 1104, InsufficientCredits),
        (403, 1005, RateLimited),
        (500, 1003, ServerError),
        (502, 1101, ServerError),
    ],
)
def test_akool_may_send_its_codes_with_an_http_error(
    connect, status, code, kind
) -> None:
    """The HTTP status of a refusal is not documented. The code says more, but what a 5xx did is unknown."""
    refused = httpx.Response(status, json={"code": code, "msg": "no"})
    with pytest.raises(ProviderError) as caught:
        connect(Script(refused)).fetch(AKOOL, "task_1")
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (404, TaskNotFound), (429, RateLimited)],
)
def test_akool_s_gateway_may_repeat_the_http_status_as_a_code(
    connect, status, kind
) -> None:
    """It is no code of the vendor's list, and so says nothing against the status."""
    refused = httpx.Response(status, json={"code": status, "msg": "no"})
    with pytest.raises(ProviderError) as caught:
        connect(Script(refused)).fetch(AKOOL, "task_1")
    assert type(caught.value) is kind


def test_a_code_of_akool_that_nobody_lists_is_a_refusal(connect) -> None:
    with pytest.raises(InvalidRequest, match="code 4711") as caught:
        connect(Script({"code": 4711, "msg": "new"})).fetch(AKOOL, "task_1")
    assert caught.value.code == "4711"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthenticationError),
        (402, InsufficientCredits),
        (404, TaskNotFound),
        (422, InvalidRequest),
        (429, RateLimited),
        (500, ServerError),
        (7, MalformedResponse),
    ],
)
def test_the_code_in_aigptimage_s_envelope_counts_inside_http_200(
    connect, code, kind
) -> None:
    """`code` is "the HTTP status again". An envelope that says otherwise than HTTP is believed."""
    refused = {"code": code, "msg": "no", "data": None}
    with pytest.raises(ProviderError) as caught:
        connect(Script(refused)).fetch(AIG, "task_1")
    assert type(caught.value) is kind
    assert caught.value.status_code == 200


def test_retry_after_of_the_header_counts_before_that_of_the_body(connect) -> None:
    """aigptimage: whether a Retry-After header comes with 429 is not documented."""
    limited = next(e for e in answers(STATUSES[AIG]) if e.role == "429")
    answer = httpx.Response(429, json=limited.value, headers={"Retry-After": "5"})
    with pytest.raises(RateLimited) as caught:
        connect(Script(answer)).fetch(AIG, "task_1")
    assert caught.value.retry_after == 5


def test_a_result_of_akool_may_stand_in_upscaled_urls(connect) -> None:
    """There are "upscaled images by URL": the first of them, where `image` is empty."""
    url = "https://cdn.example.com/upscaled.png"
    completed = next(e.value for e in answers(STATUSES[AKOOL]) if e.name == "completed")
    data = completed["data"] | {"image": "", "upscaled_urls": [url]}
    task = connect(Script(completed | {"data": data})).fetch(AKOOL, AKOOL_ID)
    assert [artifact.url for artifact in task.artifacts] == [url]


def test_all_pictures_of_a_task_are_kept_in_order(connect) -> None:
    """aigptimage and gptimage2api answer with a list of URLs."""
    urls = [f"https://cdn.example.com/{n}.png" for n in (3, 1, 2)]
    success = next(e.value for e in answers(STATUSES[AIG]) if e.name == "success")
    data = success["data"] | {"resultJson": json.dumps({"resultUrls": urls})}
    task = connect(Script(success | {"data": data})).fetch(AIG, "task_xxx")
    assert [artifact.url for artifact in task.artifacts] == urls
    completed = next(e.value for e in answers(STATUSES[GPT]) if e.name == "completed")
    task = connect(Script(completed | {"imageUrls": urls})).fetch(GPT, GPT_ID)
    assert [artifact.url for artifact in task.artifacts] == urls


def finished(provider: str) -> Any:
    """The provider's example of success, as the lifecycle knows it."""
    lifecycle = Lifecycle(provider)
    for example in answers(STATUSES[provider]):
        state = lifecycle.read("state", example.value)
        if lifecycle.meanings.get(state) == "succeeded":
            return copy.deepcopy(example.value)
    raise LookupError(provider)


@pytest.mark.parametrize(
    "nothing", [None, "", [], "not a URL", "ftp://x/y.png", 7], ids=repr
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_success_without_a_url_is_malformed(connect, provider, nothing) -> None:
    answer = finished(provider)
    if provider == XING:
        answer["image_url"] = nothing
    elif provider == AIG:
        answer["data"]["resultJson"] = json.dumps({"resultUrls": nothing})
    elif provider == AKOOL:
        answer["data"]["image"] = nothing
    else:
        answer["imageUrls"] = nothing
    with pytest.raises(MalformedResponse) as caught:
        connect(Script(answer)).fetch(provider, "task_1")
    assert json.loads(caught.value.body) == answer


@pytest.mark.parametrize(
    "inner", [None, "", "not JSON", "[]", "null", '{"other": 1}', "{"]
)
def test_a_result_of_aigptimage_that_is_no_json_is_malformed(connect, inner) -> None:
    answer = finished(AIG)
    answer["data"]["resultJson"] = inner
    with pytest.raises(MalformedResponse):
        connect(Script(answer)).fetch(AIG, "task_1")


@pytest.mark.parametrize("inner", ["", "not JSON", "[]", "null", '{"input": 7}', "{"])
def test_nothing_depends_on_the_echoed_request_of_aigptimage(connect, inner) -> None:
    answer = finished(AIG)
    answer["data"]["param"] = inner
    task = connect(Script(answer)).fetch(AIG, "task_1")
    assert (task.state, task.prompt) == (State.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("provider", "place", "strange"),
    [
        (XING, ["status"], "cancelled"),  # the general guide, for one video family
        (XING, ["status"], "archived"),
        (AIG, ["data", "state"], "canceled"),
        (AKOOL, ["data", "image_status"], 5),
        (AKOOL, ["data", "image_status"], 0),
        (GPT, ["status"], 3),
        (GPT, ["status"], -1),
    ],
    ids=str,
)
def test_a_state_that_nobody_documents_is_unknown_and_quoted(
    connect, provider, place, strange
) -> None:
    answer = finished(provider)
    *path, last = place
    node = answer
    for step in path:
        node = node[step]
    node[last] = strange
    task = connect(Script(answer)).fetch(provider, "task_1")
    assert (task.state, task.wire_state) == (State.UNKNOWN, strange)
    assert not task.state.is_terminal
    assert (task.artifacts, task.error) == ((), None)


@pytest.mark.parametrize(
    "strange", ["never", "", 7.5, True, None, "2026-04-22T09:00:00", 10**30]
)
@pytest.mark.parametrize(
    ("provider", "place"),
    [
        (XING, ("created",)),
        (AIG, ("data", "createTime")),
        (AKOOL, ("data", "create_time")),
        (GPT, ("createdAt",)),
    ],
    ids=str,
)
def test_a_bad_date_loses_no_paid_task(connect, provider, place, strange) -> None:
    answer = finished(provider)
    node = answer if len(place) == 1 else answer["data"]
    node[place[-1]] = strange
    task = connect(Script(answer)).fetch(provider, "task_1")
    assert task.state is State.SUCCEEDED
    assert task.artifacts
    assert task.created_at is None or strange == 7.5


# ---- The tables of the adapters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_table_of_states_is_complete_and_means_what_the_spec_says(provider) -> None:
    states = import_module(f"imagetasks.providers.{provider}").STATES
    [enum] = {type(state) for state in states}
    assert set(states) == set(enum)
    meanings = Lifecycle(provider).meanings
    assert {state.value: meaning.value for state, meaning in states.items()} == meanings


def test_the_states_at_creation_mean_the_same() -> None:
    """xingchaoyiqing documents fewer of them there; gptimage2api only one."""
    from imagetasks.providers.xingchaoyiqing import STATES, STATES_AT_CREATE

    [enum] = {type(state) for state in STATES_AT_CREATE}
    assert set(STATES_AT_CREATE) == set(enum)
    later = {state.value: meaning for state, meaning in STATES.items()}
    for state, meaning in STATES_AT_CREATE.items():
        assert later[state.value] is meaning


def test_every_provider_has_an_adapter_under_its_own_name() -> None:
    assert set(ADAPTERS) == set(PROVIDERS)
    assert all(adapter.name == name for name, adapter in ADAPTERS.items())


# ---- Requests --------------------------------------------------------------------------------------------------------

URLS = {
    XING: "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/image2/images",
    AIG: "https://aigptimage.com/api/v1/jobs/createTask",
    AKOOL: "https://openapi.akool.com/api/open/v4/content/image/createBySourcePrompt",
    GPT: "https://gptimage2api.org/api/ai/image/generate",
}
STATUS_URLS = {
    XING: "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/task%2F1",
    AIG: "https://aigptimage.com/api/v1/jobs/recordInfo?taskId=task%2F1",
    AKOOL: "https://openapi.akool.com/api/open/v3/content/image/infobymodelid?image_model_id=task%2F1",
    GPT: "https://gptimage2api.org/api/ai/tasks/task%2F1",
}
AUTH = {  # akool: "x-api-key (recommended)", never both
    XING: ("authorization", f"Bearer {KEY}"),
    AIG: ("authorization", f"Bearer {KEY}"),
    AKOOL: ("x-api-key", KEY),
    GPT: ("authorization", f"Bearer {KEY}"),
}
REF, REF_2 = "https://example.com/a.png", "https://example.com/b.png"
LARGE = "x" * 20_001


def accepted(provider: str) -> Any:
    """The vendor's answer to a submit that it takes."""
    return next(e.value for e in answers(SUBMITS[provider]) if str(e) in TASKS)


@pytest.fixture
def submit(connect):
    """Submit; the JSON body that went out."""

    def run(provider: str, request: ImageRequest) -> Any:
        script = Script(accepted(provider))
        connect(script).submit(provider, request)
        assert script.sent == 1
        return json.loads(script.requests[0].content)

    return run


@pytest.fixture
def refuse(connect):
    """Submit what must not get out; the error."""

    def run(kind: type[ImageTasksError], provider: str, request: ImageRequest) -> str:
        script = Script(accepted(provider))
        with pytest.raises(kind) as caught:
            connect(script).submit(provider, request)
        assert script.sent == 0
        assert type(caught.value) is kind
        assert getattr(caught.value, "status_code", None) is None
        return str(caught.value)

    return run


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_submit_goes_to_the_documented_place_with_one_credential(
    connect, provider
) -> None:
    script = Script(accepted(provider))
    connect(script).submit(provider, ImageRequest("a lighthouse"))
    [sent] = script.requests
    assert (sent.method, str(sent.url)) == ("POST", URLS[provider])
    assert sent.headers["content-type"] == "application/json"
    assert_headers(provider, sent)
    assert ("x-request-id" in sent.headers) == (provider == AIG)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_fetch_goes_to_the_documented_place_with_one_credential(
    connect, provider
) -> None:
    """The id is opaque: what it holds does not change the path."""
    script = Script(finished(provider))
    connect(script).fetch(provider, "task/1")
    [sent] = script.requests
    assert (sent.method, str(sent.url)) == ("GET", STATUS_URLS[provider])
    assert sent.content == b""
    assert_headers(provider, sent)
    assert "x-request-id" not in sent.headers


def assert_headers(provider: str, sent: httpx.Request) -> None:
    name, value = AUTH[provider]
    assert sent.headers[name] == value
    assert len({"authorization", "x-api-key", "cookie"} & set(sent.headers)) == 1
    assert re.fullmatch(r"imagetasks/\d+\.\d+\S*", sent.headers["user-agent"])


# fmt: off
PROMPT = {"prompt": "a lighthouse"}
BODIES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # What was left out is not sent; only the documented default model is.
    ("the least", XING, {}, {"model": "gpt-image-2", **PROMPT}),
    ("the least", AIG, {}, {"model": "gpt-image-2-text-to-image", "input": PROMPT}),
    ("the least", AKOOL, {}, PROMPT),
    ("the least", GPT, {}, {"model": "gpt-image-2", **PROMPT}),
    ("a reference", XING, {"reference_images": [REF]}, {"model": "gpt-image-2", **PROMPT, "image_urls": [REF]}),
    # One version of the page requires input_urls; the other, and both tables of models, image_urls.
    ("a reference", AIG, {"reference_images": [REF]}, {
        "model": "gpt-image-2-image-to-image", "input": {**PROMPT, "image_urls": [REF]},
    }),
    ("a reference", AKOOL, {"reference_images": [REF]}, {**PROMPT, "source_images": [REF]}),
    ("a reference", GPT, {"reference_images": [REF]}, {"model": "gpt-image-2", **PROMPT, "inputImageUrls": [REF]}),
    ("no references", XING, {"reference_images": []}, {"model": "gpt-image-2", **PROMPT}),
    ("no references", AIG, {"reference_images": []}, {"model": "gpt-image-2-text-to-image", "input": PROMPT}),
    ("no references", AKOOL, {"reference_images": []}, PROMPT),
    ("no references", GPT, {"reference_images": []}, {"model": "gpt-image-2", **PROMPT}),
    ("a ratio", XING, {"aspect_ratio": "21:9"}, {"model": "gpt-image-2", **PROMPT, "ratio": "21:9"}),
    # "Common ones" only: the list is not closed.
    ("a ratio", AIG, {"aspect_ratio": "7:5"}, {
        "model": "gpt-image-2-text-to-image", "input": {**PROMPT, "aspect_ratio": "7:5"},
    }),
    ("a ratio", AKOOL, {"aspect_ratio": "9:16"}, {**PROMPT, "scale": "9:16"}),
    ("a ratio", GPT, {"aspect_ratio": "auto"}, {"model": "gpt-image-2", **PROMPT, "aspectRatio": "auto"}),
    ("everything", XING,
        {"model": "gpt-image-2-r", "aspect_ratio": "3:2", "resolution": "1K", "size": "1536x1024", "quality": "low",
         "reference_images": [REF, REF_2]},
        {"model": "gpt-image-2-r", **PROMPT, "ratio": "3:2", "resolution": "1k", "size": "1536x1024", "quality": "low",
         "image_urls": [REF, REF_2]}),
    ("everything", AIG,
        {"model": "gpt-image-2-image-to-image", "aspect_ratio": "4:5", "resolution": "2k", "quality": "high",
         "reference_images": [REF, REF_2], "idempotency_key": "order-7"},
        {"model": "gpt-image-2-image-to-image", "input": {
            **PROMPT, "aspect_ratio": "4:5", "resolution": "2K", "quality": "high", "image_urls": [REF, REF_2]}}),
    ("everything", AKOOL,
        {"model": "wavespeed-ai/flux-kontext-dev", "aspect_ratio": "Original", "resolution": "4K",
         "reference_images": [REF], "negative_prompt": "blurry", "webhook_url": "https://example.com/hook"},
        {"model_name": "wavespeed-ai/flux-kontext-dev", **PROMPT, "scale": "Original", "resolution": "4k",
         "source_images": [REF], "negative_prompt": "blurry", "webhookurl": "https://example.com/hook"}),
    ("everything", GPT,
        {"model": "google/nano-banana", "aspect_ratio": "2:1", "reference_images": [REF, REF_2]},
        {"model": "google/nano-banana", **PROMPT, "aspectRatio": "2:1", "inputImageUrls": [REF, REF_2]}),
    ("extra", XING, {"extra": {"seed": 7, "x": {"y": [None]}}}, {
        "model": "gpt-image-2", **PROMPT, "seed": 7, "x": {"y": [None]},
    }),
    # "All model parameters go inside input."
    ("extra", AIG, {"extra": {"output_format": "png"}}, {
        "model": "gpt-image-2-text-to-image", "input": {**PROMPT, "output_format": "png"},
    }),
    ("extra", AKOOL, {"extra": {"batch_quantity": 1, "similar": 0.3}}, {
        **PROMPT, "batch_quantity": 1, "similar": 0.3,
    }),
    ("extra", GPT, {"extra": {"resolution": "2K", "providerInput": {"a": 1}}}, {
        "model": "gpt-image-2", **PROMPT, "resolution": "2K", "providerInput": {"a": 1},
    }),
    ("extra that says the same", XING, {"aspect_ratio": "1:1", "extra": {"ratio": "1:1"}}, {
        "model": "gpt-image-2", **PROMPT, "ratio": "1:1",
    }),
]
# fmt: on


@pytest.mark.parametrize(
    ("provider", "asked", "body"),
    [pytest.param(*case, id=f"{case[0]}-{name}") for name, *case in BODIES],
)
def test_a_request_is_written_as_the_vendor_spells_it(
    submit, provider, asked, body
) -> None:
    assert submit(provider, ImageRequest("a lighthouse", **asked)) == body


@pytest.mark.parametrize("spelled", ["2k", "2K"])
@pytest.mark.parametrize(("provider", "wire"), [(XING, "2k"), (AIG, "2K")])
def test_a_resolution_is_spelled_the_vendor_s_way(
    submit, provider, wire, spelled
) -> None:
    """xingchaoyiqing: 1k, 2k, 4k. aigptimage: 1K, 2K, 4K."""
    body = submit(provider, ImageRequest("a lighthouse", resolution=spelled))
    assert (body.get("input") or body)["resolution"] == wire


@pytest.mark.parametrize("spelled", ["1080p", "1080P"])
def test_a_resolution_of_akool_is_spelled_in_lower_case(submit, spelled) -> None:
    body = submit(AKOOL, ImageRequest("a lighthouse", resolution=spelled))
    assert body["resolution"] == "1080p"


def test_an_empty_list_is_sent_where_the_caller_insists(submit) -> None:
    """xingchaoyiqing: the sister page shows `image_urls: []` as valid."""
    body = submit(XING, ImageRequest("a lighthouse", extra={"image_urls": []}))
    assert body["image_urls"] == []


def test_a_request_is_not_changed_by_its_submit(submit) -> None:
    extra = {"x": {"y": 1}}
    request = ImageRequest("a lighthouse", extra=extra, reference_images=[REF])
    before = copy.deepcopy(request)
    submit(AIG, request)
    assert request == before
    assert extra == {"x": {"y": 1}}


# The vendors' own calls, by the name of the example, in our words.
SAID: dict[str, ImageRequest] = {
    "xingchaoyiqing-createImage-request-documented": ImageRequest(
        "A serene mountain lake at sunset, photorealistic",
        aspect_ratio="16:9",
        resolution="2k",
        quality="high",
    ),
    "xingchaoyiqing-createImage-request-empty_image_urls": ImageRequest(
        "A cute orange cat sitting on a windowsill looking at the scenery outside",
        aspect_ratio="16:9",
        resolution="2k",
        quality="high",
        extra={"image_urls": []},
    ),
    "xingchaoyiqing-createImage-request-exact_size": ImageRequest(
        "A serene mountain lake at sunset, photorealistic", size="1536x1024"
    ),
    "aigptimage-createTask-request-documented": ImageRequest(
        "A cinematic portrait of a robot painter"
    ),
    "aigptimage-createTask-request-aspect_ratio": ImageRequest(
        "A clean product photo of a translucent glass speaker", aspect_ratio="1:1"
    ),
    "aigptimage-createTask-request-text_to_image_4k": ImageRequest(
        "A cinematic portrait of a robot painter", aspect_ratio="16:9", resolution="4k"
    ),
    "aigptimage-createTask-request-image_to_image_input_urls": ImageRequest(
        "Turn the photo into a watercolour",
        model="gpt-image-2-image-to-image",
        extra={"input_urls": ["https://cdn.example.com/input.png"]},
    ),
    "aigptimage-createTask-request-image_to_image_image_urls": ImageRequest(
        "Turn the photo into a watercolour",
        reference_images=["https://cdn.example.com/input.png"],
        resolution="2k",
    ),
    "akool-createImage-request-text_to_image": ImageRequest(
        "A majestic mountain landscape at sunset with golden light",
        model="wavespeed-ai/flux-krea-dev-lora",
        negative_prompt="low quality, worst quality, blurry, out of focus",
        aspect_ratio="16:9",
        resolution="4k",
        extra={"batch_quantity": 1},
    ),
    "akool-createImage-request-image_to_image": ImageRequest(
        "Transform this into a watercolor painting style",
        model="wavespeed-ai/flux-kontext-dev",
        negative_prompt="low quality, worst quality, blurry, out of focus",
        reference_images=["https://example.com/source-image.jpg"],
        aspect_ratio="1:1",
        resolution="4k",
        extra={"similar": 0.7, "batch_quantity": 1},
    ),
    "akool-createImage-request-prompt_only": ImageRequest(
        "A majestic mountain landscape at sunset with golden light"
    ),
    "gptimage2api-generateImage-request-documented": ImageRequest(
        GPT_PROMPT, aspect_ratio="4:5"
    ),
    "gptimage2api-generateImage-request-auth_sample": ImageRequest("..."),
    "gptimage2api-generateImage-request-image_to_image": ImageRequest(
        GPT_PROMPT, model="nano-banana-2", reference_images=[f"{GPT_URL}.jpg"]
    ),
}
NOT_SAID = {
    "akool-createImage-request-meitu": "an ImageRequest has a prompt",
    "akool-createImage-request-batch": "a submit makes one task",
    "aigptimage-createTask-request-text_to_video": "no image",
    "aigptimage-createTask-request-image_to_video": "no image",
    "aigptimage-createTask-request-reference_to_video": "no image",
    "aigptimage-createTask-request-fast_text_to_video": "no image",
    "aigptimage-createTask-request-fast_image_to_video": "no image",
}
CALLS = [example for of in SUBMITS.values() for example in requests(of)]


@pytest.mark.parametrize("example", CALLS, ids=str)
def test_a_documented_call_passes_the_check_before_sending(example) -> None:
    provider, id = example.operation.provider, example.operation.id
    ADAPTERS[provider].spec.check_body(id, example.value)


@pytest.mark.parametrize("example", CALLS, ids=str)
def test_a_documented_call_can_be_said_in_our_words(submit, example) -> None:
    if str(example) in NOT_SAID:
        return
    assert submit(example.operation.provider, SAID[str(example)]) == example.value


# ---- What is not sent ------------------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "aspect_ratio": "1:1",
    "resolution": "4k",
    "size": "1024x1024",
    "quality": "high",
    "reference_images": [REF],
    "negative_prompt": "blurry",
    "webhook_url": "https://example.com/hook",
    "idempotency_key": "order-7",
}
EXPRESSIBLE = {
    XING: {"aspect_ratio", "resolution", "size", "quality", "reference_images"},
    AIG: {
        "aspect_ratio",
        "resolution",
        "quality",
        "reference_images",
        "idempotency_key",
    },
    AKOOL: {
        "aspect_ratio",
        "resolution",
        "reference_images",
        "negative_prompt",
        "webhook_url",
    },
    GPT: {"aspect_ratio", "reference_images"},
}


@pytest.mark.parametrize(
    ("provider", "field"),
    [(p, f) for p in PROVIDERS for f in VALUES if f not in EXPRESSIBLE[p]],
)
def test_what_an_api_has_no_word_for_is_unsupported(refuse, provider, field) -> None:
    request = ImageRequest("a lighthouse", **{field: VALUES[field]})
    words = refuse(UnsupportedRequest, provider, request)
    assert words.startswith(f"{provider}: ")
    assert field in words


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_submit_makes_one_task(refuse, provider) -> None:
    words = refuse(UnsupportedRequest, provider, ImageRequest("a lighthouse", count=2))
    assert provider in words
    assert "2" in words


@pytest.mark.parametrize(
    ("provider", "extra"),
    [
        (XING, {"prompt": "another"}),
        (XING, {"model": "gpt-image-2-r"}),
        (AIG, {"prompt": "another"}),
        (AKOOL, {"prompt": None}),
        (GPT, {"model": "nano-banana-2"}),
    ],
)
def test_a_field_is_not_said_in_two_ways(refuse, provider, extra) -> None:
    words = refuse(
        UnsupportedRequest, provider, ImageRequest("a lighthouse", extra=extra)
    )
    assert repr(next(iter(extra))) in words


def test_akool_uses_one_reference_image(refuse) -> None:
    """Of its source images "only the first is used": one that would be ignored is refused."""
    request = ImageRequest("a lighthouse", reference_images=[REF, REF_2])
    assert "2" in refuse(UnsupportedRequest, AKOOL, request)


@pytest.mark.parametrize("quantity", [2, 4])
def test_akool_makes_no_batch_by_the_back_door(refuse, quantity) -> None:
    request = ImageRequest("a lighthouse", extra={"batch_quantity": quantity})
    assert "batch" in refuse(UnsupportedRequest, AKOOL, request)


def refs(count: int) -> dict[str, Any]:
    return {"reference_images": [f"https://example.com/{n}.png" for n in range(count)]}


# fmt: off
R = {"model": "gpt-image-2-r"}
ONLY_SIX = "4k needs one of the ratios 16:9, 9:16, 2:1, 1:2, 21:9, 9:21"
FORBIDDEN: list[tuple[str, dict[str, Any], list[str]]] = [
    (XING, {"resolution": "4k", "aspect_ratio": "4:3"}, ["ratio", "'4:3'", ONLY_SIX]),
    (XING, {"resolution": "4K", "aspect_ratio": "1:1"}, ["ratio", "'1:1'", ONLY_SIX]),
    (XING, {"resolution": "4k"}, ["ratio is missing", ONLY_SIX]),  # the default ratio would be 1:1
    (XING, {**R, "resolution": "2k"}, ["resolution", "'2k'", "gpt-image-2-r renders at 1k only"]),
    (XING, {**R, "resolution": "4k", "aspect_ratio": "16:9"}, ["resolution", "gpt-image-2-r renders at 1k only"]),
    (XING, refs(7), ["image_urls", "7", "at most 6"]),
    (XING, {**R, **refs(17)}, ["image_urls", "17", "at most 16"]),
    (XING, {"size": "1000x1000"}, ["size", "1000x1000", "multiples of 16"]),
    (XING, {"size": "1024x1000"}, ["size", "multiples of 16"]),
    (XING, {"size": "3840x3840"}, ["size", "14745600 pixels", "8294400"]),
    (XING, {"size": "3840x2176"}, ["size", "8355840 pixels", "8294400"]),
    (XING, {"size": "800x800"}, ["size", "640000 pixels", "655360"]),
    (XING, {"size": "3840x1264"}, ["size", "3 times"]),
    (XING, {"size": "1024x3088"}, ["size", "3 times"]),
    (XING, {"size": "3856x1536"}, ["size", "3856x1536"]),  # an edge over 3840
    (XING, {"size": "1024"}, ["size", "'1024'", "form"]),
    (XING, {"size": "1024X1024"}, ["size", "form"]),
    (XING, {"size": "1024x1024\n"}, ["size", "form"]),
    (XING, {"size": "16:9"}, ["size", "form"]),
    (XING, {"size": "1\N{ARABIC-INDIC DIGIT ZERO}24x1024"}, ["size", "form"]),
    (XING, {"size": ""}, ["size", "form"]),
    (XING, {"quality": "ultra"}, ["quality", "'ultra'", "low, medium, high"]),
    (XING, {"aspect_ratio": "7:5"}, ["ratio", "'7:5'", "21:9, 9:21"]),
    (XING, {"aspect_ratio": ""}, ["ratio", "''"]),
    (XING, {"resolution": "8k"}, ["resolution", "'8k'", "1k, 2k, 4k"]),
    (XING, {"model": "dall-e-3"}, ["model", "'dall-e-3'", "gpt-image-2, gpt-image-2-r"]),
    (XING, {"reference_images": ["a.png"]}, ["image_urls[0]", "uri"]),
    (XING, {"extra": {"image_urls": [7]}}, ["image_urls[0]", "string"]),
    (XING, {"extra": {"x": float("nan")}}, ["JSON"]),
    (XING, {"extra": {"x": {1, 2}}}, ["JSON"]),

    (AIG, {"prompt": LARGE}, ["input.prompt", "20001 characters", "at most 20000"]),
    (AIG, {"prompt": LARGE, "reference_images": [REF]}, ["input.prompt", "20001 characters", "at most 20000"]),
    (AIG, {"resolution": "8k"}, ["input.resolution", "'8K'", "1K, 2K, 4K"]),
    (AIG, {"resolution": "8k", "reference_images": [REF]}, ["input.resolution", "'8K'", "1K, 2K, 4K"]),
    (AIG, {"model": "gpt-image-2-image-to-image"}, ["at least one source image", "input_urls, image_urls or image_input"]),
    (AIG, {"model": "gpt-image-2-image-to-image", "extra": {"image_urls": []}}, ["input.image_urls", "at least 1"]),
    (AIG, {"model": "gpt-image-2-image-to-image", "extra": {"input_urls": ["http://example.com/a.png"]}},
        ["input.input_urls[0]"]),  # "public https only"
    (AIG, {"model": "gpt-image-2"}, ["model", "'gpt-image-2'"]),
    (AIG, {"reference_images": ["a.png"]}, ["input.image_urls[0]", "uri"]),
    (AIG, {"extra": {"quality": 7}}, ["input.quality", "string"]),

    (AKOOL, {"aspect_ratio": "21:9"}, ["scale", "'21:9'", "9:16, Original"]),
    (AKOOL, {"aspect_ratio": "Original"}, ["source_images", "scale Original needs source_images"]),
    (AKOOL, {"resolution": "2k"}, ["resolution", "'2k'", "1080p, 4k"]),
    (AKOOL, {"model": "gpt-image-2"}, ["model_name", "'gpt-image-2'"]),
    (AKOOL, {"extra": {"similar": 1.5}}, ["similar", "1.5", "at most 1"]),
    (AKOOL, {"extra": {"similar": -0.5}}, ["similar", "-0.5", "at least 0"]),
    (AKOOL, {"extra": {"parameter": {}}}, ["model_name", "meitu/yunxiu-pro/image-to-image"]),
    (AKOOL, {"model": "meitu/yunxiu-pro/image-to-image", "reference_images": ["https://127.0.0.1/a.png"]},
        ["source_images[0]", "named host"]),
    (AKOOL, {"webhook_url": "example.com"}, ["webhookurl", "uri"]),
    (AKOOL, {"reference_images": ["a.png"]}, ["source_images[0]", "uri"]),

    (GPT, refs(5), ["inputImageUrls", "5", "at most 4"]),
    (GPT, {"model": "nano-banana-2", **refs(15)}, ["inputImageUrls", "15", "at most 14"]),
    (GPT, {"model": "nano-banana-pro", **refs(9)}, ["inputImageUrls", "9", "at most 8"]),
    (GPT, {"model": "google/nano-banana", **refs(11)}, ["inputImageUrls", "11", "at most 10"]),
    (GPT, {"prompt": LARGE}, ["prompt", "20001 characters", "at most 20000"]),
    (GPT, {"model": "nano-banana-2", "prompt": LARGE}, ["prompt", "at most 20000"]),
    (GPT, {"model": "nano-banana-pro", "prompt": "x" * 10_001}, ["prompt", "at most 10000"]),
    (GPT, {"model": "google/nano-banana", "prompt": "x" * 5_001}, ["prompt", "at most 5000"]),
    (GPT, {"aspect_ratio": "2:1"}, ["aspectRatio", "'2:1'", "5:4, 21:9"]),
    (GPT, {"model": "gpt-image-3"}, ["model", "'gpt-image-3'", "nano-banana-2"]),
    (GPT, {"reference_images": ["a.png"]}, ["inputImageUrls[0]", "uri"]),
]
ALLOWED: list[tuple[str, dict[str, Any]]] = [
    # "size wins over resolution and ratio": the rules of the two hold without it only.
    (XING, {"size": "1024x1024", "resolution": "4k", "aspect_ratio": "4:3"}),
    (XING, {"size": "1024x1024", "resolution": "4k"}),
    (XING, {**R, "size": "2048x2048", "resolution": "2k"}),
    *((XING, {"size": size}) for size in (  # the page's own sizes
        "1024x1024", "1536x1024", "1024x1536", "2048x2048", "2048x1152", "3840x2160", "2160x3840",
    )),
    (XING, {"size": "1408x480"}),  # 675840 pixels, 2.93 to 1
    (XING, {"size": "3840x1280"}),  # 3 to 1
    (XING, {"size": "1024x640"}),  # 655360 pixels
    (XING, {**R, "quality": "high"}),  # "ignored for gpt-image-2-r"
    # "Required beside resolution", and "defaults to 1:1": the page says both.
    (XING, {"resolution": "2k"}),
    (XING, {"aspect_ratio": "4:3"}),
    *((XING, {"resolution": "4k", "aspect_ratio": r}) for r in ("16:9", "9:16", "2:1", "1:2", "21:9", "9:21")),
    (XING, {**R, "resolution": "1k", "aspect_ratio": "4:5"}),
    (XING, refs(6)),
    (XING, {**R, **refs(16)}),
    (XING, {"prompt": LARGE}),  # no maximum is documented
    (XING, {"prompt": ""}),
    (AIG, {"prompt": "x" * 20_000}),
    (AIG, {"prompt": "\N{SLICE OF PIZZA}" * 20_000}),
    (AIG, {"resolution": "4k", "aspect_ratio": "4:3"}),  # no rule between the two is documented
    (AIG, {"reference_images": ["http://example.com/a.png"]}),  # https is documented for input_urls only
    (AIG, refs(40)),
    (AIG, {"quality": "anything"}),
    (AKOOL, {"prompt": LARGE}),
    (AKOOL, {"model": "wavespeed-ai/flux-krea-dev-lora", "reference_images": [REF]}),  # not said to be wrong
    (AKOOL, {"aspect_ratio": "Original", "reference_images": [REF]}),
    (AKOOL, {"extra": {"similar": 0}}),
    (AKOOL, {"extra": {"similar": 1}}),
    (GPT, refs(4)),
    (GPT, {"model": "nano-banana-2", **refs(14)}),
    (GPT, {"model": "nano-banana-2", "aspect_ratio": "anything"}),  # its list is not documented
    (GPT, {"model": "google/nano-banana", "prompt": "x" * 5_000}),
]
# fmt: on


def asked(provider: str, given: dict[str, Any]) -> str:
    words = ", ".join(f"{k}={v}" for k, v in given.items() if k != "reference_images")
    pictures = given.get("reference_images", [])
    text = f"{provider}-{words}" + (f"-{len(pictures)} refs" if pictures else "")
    return text.encode("unicode_escape").decode()[:70]


@pytest.mark.parametrize(
    ("provider", "given", "words"),
    [pytest.param(*case, id=asked(*case[:2])) for case in FORBIDDEN],
)
def test_what_the_documentation_forbids_is_refused_by_field_and_rule(
    refuse, provider, given, words
) -> None:
    message = refuse(InvalidRequest, provider, ImageRequest(**PROMPT | given))
    assert message.startswith(f"{provider}: ")
    assert [word for word in words if word not in message] == []
    assert len(message) < 700
    assert "xxxx" not in message  # no prompt


@pytest.mark.parametrize(
    ("provider", "given"), [pytest.param(*case, id=asked(*case)) for case in ALLOWED]
)
def test_what_the_documentation_allows_or_leaves_open_is_sent(
    submit, provider, given
) -> None:
    submit(provider, ImageRequest(**PROMPT | given))


def test_all_broken_rules_are_named_at_once(refuse) -> None:
    request = ImageRequest(
        "a lighthouse", quality="ultra", aspect_ratio="7:5", size="1x1"
    )
    message = refuse(InvalidRequest, XING, request)
    assert all(field in message for field in ("quality", "ratio", "size"))


@pytest.mark.parametrize(
    "key",
    [
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
        "a\nb",
        "a\r\nX: y",
        "\0",
        " a",
        "a ",
        "\x7f",
    ],
    ids=repr,
)
def test_an_idempotency_key_that_no_header_can_carry_is_refused(connect, key) -> None:
    """Before anything is sent, so that nobody has to wonder whether it was accepted."""
    script = Script(accepted(AIG))
    request = ImageRequest("a lighthouse", idempotency_key=key)
    with pytest.raises((InvalidRequest, UnsupportedRequest), match="idempotency_key"):
        connect(script).submit(AIG, request)
    assert script.sent == 0


@pytest.mark.parametrize("id", [".", "..", "../../v1/image2/images"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_id_leads_nowhere_else(connect, provider, id) -> None:
    """A path with `.` or `..` in it is another path. Such an id is asked for as it is, or not at all."""
    script = Script(finished(provider))
    try:
        connect(script).fetch(provider, id)
    except ValueError:
        assert script.sent == 0
    else:
        [sent] = script.requests
        before, _, after = STATUS_URLS[provider].partition("task%2F1")
        assert str(sent.url) == before + id.replace("/", "%2F") + after


# ---- Laws ------------------------------------------------------------------------------------------------------------

# fmt: off
RATIOS = st.sampled_from([
    "1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "2:1", "1:2", "21:9", "9:21",
    "auto", "Original", "7:5",
])
EXTRA_NAMES = st.sampled_from([
    "prompt", "model", "image_urls", "input_urls", "image_input", "seed", "size", "batch_quantity",
    "similar", "parameter", "webhookurl", "resolution", "input",
])
# fmt: on
RESOLUTIONS = st.sampled_from(["1k", "2k", "4k", "1080p", "480p"]).flatmap(
    lambda text: st.sampled_from([text, text.upper(), text.title()])
)
EDGES = st.one_of(st.integers(0, 4200), st.integers(1, 260).map(lambda n: n * 16))
SIZES = st.builds("{}x{}".format, EDGES, EDGES) | st.text(max_size=5)
MODELS = {
    XING: ["gpt-image-2", "gpt-image-2-r"],
    AIG: ["gpt-image-2-text-to-image", "gpt-image-2-image-to-image"],
    AKOOL: [
        "wavespeed-ai/flux-krea-dev-lora",
        "wavespeed-ai/flux-kontext-dev",
        "meitu/yunxiu-pro/image-to-image",
    ],
    GPT: ["gpt-image-2", "nano-banana-2", "nano-banana-pro", "google/nano-banana"],
}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates too
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(
        [0, 1, 2, 3, 1000, "", KEY, REF, 10**30, -1, "2026-04-22T09:00:00Z"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def seldom(values: st.SearchStrategy[Any], mostly: st.SearchStrategy[Any]) -> Any:
    return st.sampled_from([mostly] * 19 + [values]).flatmap(lambda chosen: chosen)


def image_requests(provider: str) -> st.SearchStrategy[ImageRequest]:
    """With every field that the vendor knows, and now and then one that it does not."""
    known = EXPRESSIBLE[provider]

    def field(name: str, likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return seldom(likely | ANY_TEXT, maybe(likely) if name in known else st.none())

    good, bad = st.sampled_from([REF, REF_2]), st.sampled_from(["a.png", "data:,x", ""])
    return st.builds(
        ImageRequest,
        prompt=seldom(
            ANY_TEXT | st.sampled_from([LARGE, "x" * 5_001]), st.text(max_size=9)
        ),
        model=seldom(ANY_TEXT, maybe(st.sampled_from(MODELS[provider]))),
        aspect_ratio=field("aspect_ratio", RATIOS),
        resolution=field("resolution", RESOLUTIONS),
        size=field("size", SIZES),
        quality=field("quality", st.sampled_from(["low", "high"])),
        reference_images=seldom(
            st.lists(bad, max_size=2) | st.integers(0, 18).map(lambda n: [REF] * n),
            st.lists(good, max_size=2),
        ),
        count=seldom(st.just(2), st.just(1)),
        negative_prompt=field("negative_prompt", st.text(max_size=9)),
        webhook_url=field("webhook_url", good),
        idempotency_key=field("idempotency_key", st.just("order-7")),
        extra=seldom(
            st.dictionaries(EXTRA_NAMES | ANY_TEXT, JSON, max_size=2), st.just({})
        ),
    )


def is_documented_size(size: str) -> bool:
    """xingchaoyiqing's rules for `size`, once more from the page."""
    match = re.fullmatch(r"([0-9]+)x([0-9]+)", size)
    if not match:
        return False
    width, height = int(match[1]), int(match[2])
    return (
        max(width, height) <= 3840
        and width % 16 == height % 16 == 0
        and max(width, height) <= 3 * min(width, height)
        and 655_360 <= width * height <= 8_294_400
    )


def try_to_submit(provider: str, request: ImageRequest) -> tuple[Script, object]:
    script = Script(accepted(provider))
    with Client({provider: KEY}, transport=httpx.MockTransport(script)) as client:
        try:
            return script, client.submit(provider, request)
        except (UnsupportedRequest, InvalidRequest) as error:
            return script, error


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_request_is_refused_unsent_or_sent_as_the_spec_wants_it(
    provider, data
) -> None:
    request = data.draw(image_requests(provider))
    script, outcome = try_to_submit(provider, request)
    event(type(outcome).__name__)
    if not isinstance(outcome, Task):
        assert script.sent == 0
        assert getattr(outcome, "status_code", None) is None
        return
    [sent] = script.requests
    body = json.loads(sent.content)
    assert list(request_validator(SUBMITS[provider]).iter_errors(body)) == []
    if provider == XING and "size" in body:
        assert is_documented_size(body["size"])
    assert KEY not in sent.content.decode() or KEY in repr(request)


@pytest.mark.parametrize("provider", [XING, AIG, AKOOL])
@settings(max_examples=50, deadline=None)
@given(resolution=RESOLUTIONS, ratio=maybe(RATIOS))
def test_the_case_of_a_resolution_does_not_matter(provider, resolution, ratio) -> None:
    def outcome(spelled: str) -> object:
        request = ImageRequest("a lighthouse", resolution=spelled, aspect_ratio=ratio)
        script, ended = try_to_submit(provider, request)
        return json.loads(script.requests[0].content) if script.sent else str(ended)

    assert (
        outcome(resolution)
        == outcome(resolution.upper())
        == outcome(resolution.lower())
    )


Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


def json_inside(value: Any) -> Any:
    """What a string holds that is JSON, as aigptimage has them; None for anything else."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return None


@st.composite
def spoiled(draw: st.DrawFn, bodies: list[Any]) -> Any:
    """A documented answer with up to three values dropped or replaced, JSON inside of strings included."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(body))))
        if not path:
            if draw(st.integers(0, 9)):
                continue
            return draw(JSON)
        *parents, last = path
        node = body
        for step in parents:
            node = node[step]
        inside = json_inside(node[last])
        if inside is not None and draw(st.booleans()):
            node[last] = json.dumps(draw(spoiled([inside])))
        elif draw(st.booleans()) and isinstance(node, dict):
            del node[last]
        else:
            node[last] = draw(JSON)
    return body


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_comes_back_is_a_task_or_a_typed_error(provider, data) -> None:
    """Nor does a vendor that echoes the key get it into anything that is printed or kept."""
    bodies = [e.value for e in tasks() if e.operation == STATUSES[provider]]
    status = data.draw(st.sampled_from([200] * 9 + [400, 429, 500]))
    content = json.dumps(data.draw(spoiled(bodies))).encode()
    answer = httpx.Response(status, content=content)
    with talking_to(answer, provider) as client:
        ended = outcome_of(client.fetch, provider, "task_1")
    event(ended.state.name if isinstance(ended, Task) else type(ended).__name__)
    if isinstance(ended, Task):
        assert_well_formed(ended)
    else:
        assert isinstance(ended, ProviderError)


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_answers_a_submit_is_a_task_or_a_typed_error(provider, data) -> None:
    bodies = [e.value for e in tasks() if e.operation == SUBMITS[provider]]
    answer = httpx.Response(200, content=json.dumps(data.draw(spoiled(bodies))))
    with talking_to(answer, provider) as client:
        ended = outcome_of(client.submit, provider, ImageRequest("a lighthouse"))
    event(ended.state.name if isinstance(ended, Task) else type(ended).__name__)
    if isinstance(ended, Task):
        assert_well_formed(ended)


def talking_to(answer: httpx.Response, provider: str) -> Client:
    transport = httpx.MockTransport(lambda _: answer)
    return Client({provider: KEY}, transport=transport)


def outcome_of(call: Callable[..., Task], *given: Any) -> Task | ImageTasksError:
    """The key is in none of them, even where the vendor repeats it."""
    try:
        task = call(*given)
    except ImageTasksError as error:
        shown = f"{error}{error!r}{vars(error)}{error.__cause__!r}"
        ended: Task | ImageTasksError = error
    else:
        again = Task.from_token(task.to_token())
        shown = f"{task}{task!r}{task.raw}{task.prompt}{again!r}"
        ended = task
    assert KEY not in shown
    return ended


def assert_well_formed(task: Task) -> None:
    assert isinstance(task.id, str)
    assert task.id
    assert isinstance(task.state, State)
    assert task.kind in ("image", "video")
    assert type(task.wire_state) in PLAIN
    assert bool(task.artifacts) == (task.state is State.SUCCEEDED)
    for artifact in task.artifacts:
        assert artifact.url.startswith(("https://", "http://"))
        assert artifact.expires_at is None or artifact.expires_at.tzinfo is UTC
    assert bool(task.error) == (task.state in (State.FAILED, State.CANCELLED))
    if task.error:
        assert isinstance(task.error.message, str)
        assert type(task.error.code) in (str, type(None))
    assert type(task.model) in (str, type(None))
    assert type(task.prompt) in (str, type(None))
    assert type(task.credits_used) in (int, float, type(None))
    assert type(task.refunded) in (bool, type(None))
    for instant in (task.created_at, task.finished_at):
        assert instant is None or instant.tzinfo is UTC
    again = Task.from_token(task.to_token())
    assert (again.id, again.state) == (task.id, task.state)
    assert again.artifacts == task.artifacts
