"""Every documented answer is read to the right Task or error, and what the docs leave open breaks nothing."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import httpx
import pytest
from imagetasks import (
    AuthenticationError,
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
    TaskFailed,
    TaskNotFound,
)
from imagetasks.providers import PROVIDERS as ADAPTERS
from support.drivers import Script
from support.expected import REFUSALS, TASKS, refusals, tasks
from support.specs import (
    PROVIDERS,
    Example,
    Lifecycle,
    answers,
    split,
)
from support.table import table
from vendors import (
    AIG,
    AKOOL,
    GPT,
    GPT_ID,
    PLAIN,
    READ,
    STATUSES,
    SUBMITS,
    VENDORS,
    XING,
    accepted,
    finished,
    id_of,
)


def answer_of(example: Example) -> httpx.Response:
    return httpx.Response(
        int(example.role), json=example.value, headers=example.headers
    )


@table("provider", PROVIDERS)
def test_something_is_expected_of_every_documented_answer(provider) -> None:
    """A new example in a spec fails here until `vendors/` says what it means."""
    lacking = [
        f"tasks[{name!r}] or refusals[{example.short!r}]"
        for example in READ
        if example.operation.provider == provider
        and (name := str(example)) not in TASKS
        and REFUSALS[name] is None
    ]
    assert not lacking, f"tests/vendors/{provider}.py lacks {'; '.join(lacking)}"


@table("provider", PROVIDERS)
def test_nothing_is_expected_of_an_answer_that_is_not_documented(provider) -> None:
    vendor = VENDORS[provider]
    shown = [e for e in READ if e.operation.provider == provider]
    for said, names in (
        (vendor.tasks, {str(example) for example in shown}),
        (vendor.refusals, {example.short for example in shown}),
    ):
        assert said.keys() <= names, f"no examples: {sorted(said.keys() - names)}"


@table("example", tasks(), ids=str)
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


@table("example", refusals(), ids=str)
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
    lifecycle = Lifecycle(provider)
    denied = lifecycle.denies(example)
    word = lifecycle.read("state", example.document) if denied else None
    said = words_in(word or example.value)
    assert str(error).startswith(f"{provider}: HTTP {status}")
    assert set(said) <= set(str(error).split())


def words_in(refused: Any) -> list[str]:
    """What a reader of the body would be told: of an object the first that has a usual name."""
    if isinstance(refused, str):
        return refused.split()
    if isinstance(refused, list):
        return [word for entry in refused for word in words_in(entry)]
    usual = ("msg", "message", "error", "detail", "errors", "title")
    return next((words_in(refused[name]) for name in usual if refused.get(name)), [])


@table(
    ("refused", "said"),
    [
        ({"error": "no", "detail": "at all"}, "no"),
        ({"error": {"message": "too long", "type": "invalid", "param": "x"}}, "too long"),
        ({"error": {"code": 7, "errors": [{"message": "a"}, {"message": "b"}]}}, "a; b"),
        ({"detail": [{"loc": ["body", "prompt"], "msg": "field required", "input": "A secret"}]}, "body.prompt: field required"),
        ({"detail": [{"loc": ["body", "refs", 0], "msg": "no URL", "ctx": {"error": "A secret"}}]}, "body.refs.0: no URL"),
        ({"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "no credit"}, "no credit"),
        ({"type": "about:blank", "title": "Forbidden", "status": 403}, "Forbidden"),
        ({"title": "not valid", "errors": [{"detail": "below 0", "pointer": "#/age"}]}, "#/age: below 0"),
        ({"errors": [{"field": "size", "message": "too large"}]}, "size: too large"),
        ({"errors": [{"message": str(n)} for n in range(9)]}, "0; 1; 2; 3; 4"),
        ([{"msg": "one"}, "two"], "one; two"),
        ({"message": None, "error": {}, "detail": [], "title": "left"}, "left"),
        ({"reason": "the only text"}, "the only text"),
        ({"status": "no", "prompt": "A secret"}, None),
        ({"detail": [{"input": "A secret"}]}, None),
        ({"error": {"error": {"error": {"error": {"error": {"error": "deep"}}}}}}, None),
        ({"message": "two\nlines \x1b[31m"}, "two lines [31m"),
        ({"detail": [{"loc": ["a\nb"], "msg": "c" * 900}]}, f"a b: {'c' * 292}..."),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:60],
)  # fmt: skip
def test_the_words_of_a_refusal_are_found_wherever_vendors_put_them(
    connect, refused, said
) -> None:
    """And nothing beside them: there may be what was sent."""
    answer = httpx.Response(422, json=refused)
    with pytest.raises(InvalidRequest) as caught:
        connect(Script(answer)).fetch(XING, "task_1")
    assert str(caught.value) == f"{XING}: HTTP 422" + (f" {said}" if said else "")


def test_a_refused_body_is_explained_field_by_field(connect) -> None:
    """gptimage2api: `details.fieldErrors` of the page's 400 response."""
    refused = next(e for e in answers(SUBMITS[GPT]) if e.role == "400")
    with pytest.raises(InvalidRequest, match="Prompt is required"):
        connect(Script(answer_of(refused))).submit(GPT, ImageRequest("a lighthouse"))


@table("provider", PROVIDERS)
@table(
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


@table(
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


@table(
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


@table(
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
    task = connect(Script(completed | {"data": data})).fetch(AKOOL, data["_id"])
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


def test_a_picture_that_was_taken_out_takes_no_other_along(connect) -> None:
    """By moderation: what stands in its place is no URL, the others are taken, and the spec's reader is told."""
    urls = [f"https://cdn.example.com/{n}.png" for n in (1, 2)]
    for provider, at in (
        (GPT, "/imageUrls/*"),
        (AIG, "/data/resultJson/resultUrls/*"),
    ):
        for gone in (None, "", " ", 7, {}, "moderated", "/1.png", "\ud800"):
            for place in range(3):
                answer = finished(provider)
                found = [*urls[:place], gone, *urls[place:]]
                Lifecycle(provider).write("result", answer, found)
                client = connect(
                    Script(httpx.Response(200, content=json.dumps(answer)))
                )
                task = client.fetch(provider, GPT_ID if provider == GPT else "task_xxx")
                assert [artifact.url for artifact in task.artifacts] == urls
                if gone != "\ud800":  # half a character is no JSON text to a validator
                    assert at in [drift.pointer for drift in client.drift()], gone
    completed = next(e.value for e in answers(STATUSES[AKOOL]) if e.name == "completed")
    data = completed["data"] | {"image": "", "upscaled_urls": [None, "", *urls]}
    task = connect(Script(completed | {"data": data})).fetch(AKOOL, data["_id"])
    assert [artifact.url for artifact in task.artifacts] == urls[:1]


@table("nothing", [None, "", [], "not a URL", "ftp://x/y.png", 7], ids=repr)
@table("provider", PROVIDERS)
def test_success_without_a_url_is_malformed(connect, provider, nothing) -> None:
    answer = finished(provider)
    Lifecycle(provider).write("result", answer, nothing)
    with pytest.raises(MalformedResponse) as caught:
        connect(Script(answer)).fetch(provider, id_of(provider, answer))
    assert json.loads(caught.value.body) == split(answer)[0]


@table("inner", [None, "", "not JSON", "[]", "null", '{"other": 1}', "{"])
def test_a_result_of_aigptimage_that_is_no_json_is_malformed(connect, inner) -> None:
    answer = finished(AIG)
    answer["data"]["resultJson"] = inner
    with pytest.raises(MalformedResponse):
        connect(Script(answer)).fetch(AIG, id_of(AIG, answer))


@table("inner", ["", "not JSON", "[]", "null", '{"input": 7}', "{"])
def test_nothing_depends_on_the_echoed_request_of_aigptimage(connect, inner) -> None:
    answer = finished(AIG)
    answer["data"]["param"] = inner
    task = connect(Script(answer)).fetch(AIG, id_of(AIG, answer))
    assert (task.state, task.prompt) == (State.SUCCEEDED, None)


@table(
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
    task = connect(Script(answer)).fetch(provider, id_of(provider, answer))
    assert (task.state, task.wire_state) == (State.UNKNOWN, strange)
    assert not task.state.is_terminal
    assert (task.artifacts, task.error) == ((), None)


@table("strange", ["never", "", 7.5, True, None, "2026-04-22T09:00:00", 10**30])
@table(
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
    task = connect(Script(answer)).fetch(provider, id_of(provider, answer))
    assert task.state is State.SUCCEEDED
    assert task.artifacts
    assert task.created_at is None or strange == 7.5


# ---- The tables of the adapters --------------------------------------------------------------------------------------


def test_every_provider_has_an_adapter_under_its_own_name() -> None:
    assert set(ADAPTERS) == set(PROVIDERS)
    assert all(adapter.name == name for name, adapter in ADAPTERS.items())


@table("how", ["left out", "null"])
@table("provider", PROVIDERS)
def test_a_field_that_nothing_needs_loses_no_paid_task(connect, provider, how) -> None:
    """No page says which fields of an answer are always there."""
    for name in VENDORS[provider].not_needed:
        answer = finished(provider)
        holder = answer.get("data", answer)
        if how == "left out":
            holder.pop(name, None)
        elif name not in ("object", "type", "model", "created", "createTime", "param"):
            holder[name] = None
        task = connect(Script(answer)).fetch(provider, id_of(provider, answer))
        assert task.state is State.SUCCEEDED
        assert task.artifacts


@table("provider", PROVIDERS)
def test_an_id_is_all_that_a_submit_has_to_answer(connect, provider) -> None:
    answer = accepted(provider)
    for name in ("object", "created", "model", "msg", "creditsUsed"):
        answer.pop(name, None)
    assert connect(Script(answer)).submit(provider, ImageRequest("a lighthouse")).id


@table("hint", [10**400, float("inf"), -5, None, "soon"], ids=str)
def test_a_strange_retry_after_of_aigptimage_is_no_crash(connect, hint) -> None:
    refused = {"code": 429, "msg": "rate limit exceeded", "data": {"retryAfter": hint}}
    content = json.dumps(refused)
    with pytest.raises(RateLimited) as caught:
        connect(Script(httpx.Response(429, content=content))).fetch(AIG, "task_1")
    assert caught.value.retry_after is None or caught.value.retry_after >= 0


def test_a_429_of_akool_is_one_whatever_its_body_says(connect) -> None:
    for code in (1000, 1003, 1108):
        busy = httpx.Response(429, json={"code": code, "msg": "no"})
        with pytest.raises(RateLimited):
            connect(Script(busy)).fetch(AKOOL, "task_1")


def test_a_key_is_cut_out_as_json_may_write_it_too(driver) -> None:
    echo = httpx.Response(401, content=rb'{"error": "bad abcd\/efgh+ijkl"}')
    transport = httpx.MockTransport(Script(echo))
    with pytest.raises(AuthenticationError) as caught:
        driver({GPT: "abcd/efgh+ijkl"}, transport=transport).fetch(GPT, "1")
    assert "efgh" not in str(caught.value)


def test_control_characters_of_a_vendor_reach_no_terminal(connect) -> None:
    with pytest.raises(InvalidRequest) as caught:
        connect(Script(httpx.Response(400, json={"error": "a\x1b[31mb\x00"}))).fetch(
            GPT, "1"
        )
    assert str(caught.value).isprintable()
