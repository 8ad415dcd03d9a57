"""Answers that differ from the spec: each difference is counted, told once, and shows no values. It costs no call."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from string import ascii_letters, digits
from typing import Any

import httpx
import imagetasks_mock
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from imagetasks import (
    Client,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    ProviderError,
    State,
    VideoRequest,
)
from imagetasks._drift.answers import Answers
from imagetasks._http.answer import Answer
from imagetasks.providers import PROVIDERS
from support.drivers import OVER_SOCKETS, Script
from support.mutations import ECHOED, STATUSES, contents
from support.mutations import places as paths
from support.specs import Example, Lifecycle, answers
from support.table import table
from vendors import AIG, AKOOL, GPT, VENDORS, XING, finished, id_of
from vendors import STATUSES as FETCHES

PROMPT = "a lighthouse for Ada Lovelace, of 12 Marine Parade"


POLICY = PollPolicy(outage=0, unknown_grace=0)


def places(provider: str, *whats: str) -> list[str]:
    """Where the answers have these, by `x-task-lifecycle`."""
    at = Lifecycle(provider).described["at"]
    return [place for what in whats for place in at.get(what, ())]


def changed(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """A copy with something else at a path."""
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def field(provider: str, *whats: str) -> str:
    """The first of them that is no header."""
    return next(place for place in places(provider, *whats) if place[0] == "/")


def told(client: Any) -> list[tuple[str, str, str]]:
    return [(d.kind, d.pointer, d.seen) for d in client.drift()]


def body(provider: str, **fields: Any) -> Any:
    """A good answer of the status operation, and fields beside the state."""
    answer = finished(provider)
    answer.get("data", answer).update(fields)
    return answer


# What is seen


@pytest.fixture(scope="module")
def vendors():
    with imagetasks_mock.serve() as mock:
        yield mock


@pytest.fixture
def task(vendors, driver):
    """A task of the mock, and a client for it."""

    def make(provider: str):
        client = driver({provider: vendors.access(provider)}, policy=POLICY)
        task = client.submit(provider, ImageRequest(PROMPT))
        assert client.drift() == ()
        return client, task

    yield make
    vendors.reset()  # a vendor may limit how many tasks are active


STATE_AT = {p: places(p, "state")[0] for p in PROVIDERS}
TEXT_AT = {p: field(p, "state", "id") for p in PROVIDERS}
NEW_AT = {p: field(p, "id").rpartition("/")[0] + "/x_new" for p in PROVIDERS}
WHOLE = dict.fromkeys(PROVIDERS, "")
FAULTS = {
    "unknown_state": ("unknown_value", STATE_AT, ("moderating", "99")),
    "missing_field": ("missing_field", STATE_AT, ("nothing",)),
    "wrong_type": ("wrong_type", TEXT_AT, ("object",)),
    "extra_field": ("extra_field", NEW_AT, ("object",)),
    "empty_body": ("unreadable", WHOLE, ("nothing",)),
    "malformed_json": ("unreadable", WHOLE, ("text",)),
    "redirect": ("undocumented_status", WHOLE, ("307",)),
}


@OVER_SOCKETS
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_vendor_is_counted_at_its_place(
    task, vendors, caplog, provider: str, fault: str
) -> None:
    kind, pointer, seen = FAULTS[fault]
    client, made = task(provider)
    caplog.set_level(logging.INFO, "imagetasks")
    vendors.faults.add(fault, provider=provider, task=made.id)
    for _ in range(3):
        with contextlib.suppress(ProviderError):
            client.fetch(made)
    (drift,) = client.drift()
    assert (drift.provider, drift.operation) == (provider, FETCHES[provider].id)
    assert (drift.kind, drift.pointer) == (kind, pointer[provider])
    assert drift.seen in seen
    assert drift.count == 3
    assert drift.first_seen <= drift.last_seen
    assert drift.first_seen.tzinfo is UTC
    (line,) = [r.getMessage() for r in caplog.records if "drift" in r.getMessage()]
    assert line == f"drift: {drift}"
    assert PROMPT not in f"{drift} {drift!r} {drift.to_json()}"


@table("provider", PROVIDERS)
def test_a_submit_is_looked_at_too(task, vendors, provider: str) -> None:
    client, _ = task(provider)
    vendors.faults.add("extra_field", provider=provider, count=1)
    client.submit(provider, ImageRequest(PROMPT))
    (drift,) = client.drift()
    assert drift.operation == PROVIDERS[provider].images.id
    assert drift.kind == "extra_field"


def test_follow_ups_and_the_balance_are_looked_at_too(task, vendors) -> None:
    client, made = task(AKOOL)
    vendors.clock.advance(1000)
    for fault in ("status", "redirect"):
        vendors.faults.add(fault, operation="getCredit", count=1)
        with pytest.raises(ProviderError):
            client.balance(AKOOL)
    vendors.faults.add("extra_field", operation="createByButton")
    client.upscale(client.fetch(made), 1)
    seen = [(d.operation, d.kind, d.status) for d in client.drift()]
    assert seen == [
        ("getCredit", "undocumented_status", 500),
        ("getCredit", "undocumented_status", 307),
        ("createByButton", "extra_field", 200),
    ]


@table("provider", PROVIDERS)
@table("id", ["task_1", "4711", "a b/c?d#e", "Ä"])
def test_what_an_adapter_asks_is_an_operation_of_its_spec(
    provider: str, id: str
) -> None:
    """Else its answers would not be looked at, and nobody would know."""
    adapter = PROVIDERS[provider]
    asked = adapter.submit(ImageRequest(PROMPT)), adapter.fetch(id)
    found = [
        adapter.answers.operation(call.kwargs["method"], call.kwargs["url"])
        for call in asked
    ]
    ids = [operation and operation.id for operation in found]
    assert ids == [adapter.images.id, adapter.status.id]


def test_an_answer_that_repeats_the_last_one_is_looked_at_once(connect) -> None:
    waiting = {"id": id_of(XING, finished(XING)), "status": "processing", "x_new": 1}
    client = connect(Script(*[waiting] * 9, body(XING, x_new=2)))
    client.wait(client.fetch(XING, id_of(XING, finished(XING))))
    (drift,) = client.drift()
    assert drift.count == 3  # of `fetch`, the first of the wait, and the last


def test_places_of_a_list_are_one_place(connect) -> None:
    images = [
        {"_id": f"i{n}", "image_status": status, "x_new": n}
        for n, status in enumerate([1, 77, 78, 1])
    ]
    client = connect(Script({"code": 1000, "msg": "OK", "data": images}))
    client.submit_many(AKOOL, [ImageRequest(PROMPT, count=4)])
    assert sorted(told(client)) == [
        ("extra_field", "/data/*/x_new", "integer"),
        ("unknown_value", "/data/*/image_status", "77"),
    ]
    assert {drift.count for drift in client.drift()} == {1}


@table(
    ("result", "expected"),
    [
        ({"resultUrls": "https://x/1.png"}, ("wrong_type", "/resultUrls", "string")),
        ({"resultUrls": [7]}, ("wrong_type", "/resultUrls/*", "integer")),
        ({"resultUrls": ["https://x/1.png"], "seed": 7}, ("extra_field", "/seed", "integer")),
        ("no JSON", ("unreadable", "", "string")),
    ],
    ids=str,
)  # fmt: skip
def test_json_inside_of_a_string_is_looked_at(connect, result, expected) -> None:
    text = result if isinstance(result, str) else json.dumps(result)
    client = connect(Script(body(AIG, resultJson=text)))
    with contextlib.suppress(ProviderError):
        client.fetch(AIG, "1")
    kind, pointer, seen = expected
    assert told(client) == [(kind, f"/data/resultJson{pointer}", seen)]


def test_an_empty_text_in_place_of_json_says_nothing(connect) -> None:
    waiting = body(AIG, state="waiting", resultJson="")
    client = connect(Script(waiting))
    client.fetch(AIG, id_of(AIG, waiting))
    assert told(client) == []


@table(
    ("provider", "fields", "expected"),
    [
        (XING, {"created": "soon"}, ("wrong_type", "/created", "string")),
        (XING, {"image_url": None}, ("wrong_type", "/image_url", "null")),
        (XING, {"image_url": "no address"}, ("broken_rule", "/image_url", "string")),
        (XING, {"object": "video"}, ("unknown_value", "/object", "string")),
        (XING, {"status": "two words"}, ("unknown_value", "/status", "string")),
        (XING, {"status": "x" * 33}, ("unknown_value", "/status", "string")),
        (AKOOL, {"image_status": 10**7}, ("unknown_value", "/data/image_status", "integer")),
        (AKOOL, {"image_status": "3"}, ("wrong_type", "/data/image_status", "string")),
        (GPT, {"imageUrls": [None]}, ("wrong_type", "/imageUrls/*", "null")),
        (GPT, {"more": [1, 2]}, ("extra_field", "/more", "array of integer")),
        (GPT, {"more": [1, "2"]}, ("extra_field", "/more", "array")),
        (GPT, {PROMPT: 1}, ("extra_field", "/*", "integer")),
    ],
    ids=str,
)  # fmt: skip
def test_what_differs_is_told_by_its_type(connect, provider, fields, expected) -> None:
    client = connect(Script(body(provider, **fields)))
    with contextlib.suppress(ProviderError):
        client.fetch(provider, "1")
    assert told(client) == [expected]


def test_of_several_shapes_the_nearest_counts(connect) -> None:
    client = connect(Script({"code": 1000, "msg": "OK", "data": "no object"}))
    with pytest.raises(ImageTasksError):
        client.submit(AKOOL, ImageRequest(PROMPT))
    (drift,) = client.drift()
    assert (drift.pointer, drift.kind, drift.seen) == ("/data", "wrong_type", "string")
    assert "object" in drift.expected
    assert "array" in drift.expected


# What is not


@table("example", list(answers()), ids=str)
def test_no_documented_answer_is_drift(example: Example) -> None:
    provider = PROVIDERS[example.operation.provider]
    content = json.dumps(example.value).encode()
    headers = {n.lower().encode(): v.encode() for n, v in example.headers.items()}
    status = 400 if example.role == "4XX" else int(example.role)
    operation = provider.answers.operation(
        example.operation.method, example.operation.path
    )
    assert operation is not None
    assert operation.id == example.operation.id
    assert provider.answers.check(operation, Answer(status, headers, content)) == []


MORE: dict[str, list[ImageRequest | VideoRequest]] = {  # than the one in `vendors`
    XING: [
        ImageRequest(PROMPT, size="1536x1024", reference_images=["https://x/1.png"]),
    ],
    AIG: [
        ImageRequest(PROMPT, aspect_ratio="16:9", resolution="4K", quality="high"),
        VideoRequest(PROMPT, duration=5, aspect_ratio="16:9", resolution="720p"),
    ],
    AKOOL: [ImageRequest(PROMPT, count=4)],
    GPT: [VideoRequest(PROMPT, model="veo3")],
}  # fmt: skip


@OVER_SOCKETS
@table("provider", PROVIDERS)
def test_nothing_that_the_plain_mock_answers_is_drift(driver, provider: str) -> None:
    with imagetasks_mock.serve(speed=0, tick=2, fail="forbidden") as mock:
        client = driver(
            {provider: mock.access(provider)}, policy=PollPolicy(min_gap=0.001)
        )
        asked = [VENDORS[provider].request, *MORE.get(provider, ())]
        for request in [*asked, ImageRequest("forbidden")]:
            tasks = client.submit_many(provider, [request])
            ended = client.wait_all(tasks, return_errors=True)
            assert len(ended) == getattr(request, "count", 1)
        if provider == AKOOL:
            assert client.balance(AKOOL) > 0
            done = client.run(AKOOL, ImageRequest(PROMPT))
            client.wait(client.upscale(done, 1))
        with pytest.raises(ProviderError):
            client.fetch(provider, "there-is-none")
        assert client.drift() == ()


# What it must not do


def test_the_one_who_watches_stops_nothing(connect, monkeypatch, caplog) -> None:
    def fail(*_: object) -> Any:
        raise ValueError(f"about {PROMPT}")

    monkeypatch.setattr(Answers, "check", fail)
    client = connect(Script(finished(XING)))
    for _ in range(3):
        assert client.fetch(XING, id_of(XING, finished(XING))).state is State.SUCCEEDED
    assert client.drift() == ()
    (line,) = caplog.messages
    assert (
        line
        == "xingchaoyiqing: an answer could not be held against the spec: ValueError"
    )


def test_a_vendor_that_makes_up_names_fills_no_memory(connect, caplog) -> None:
    many = [body(XING, **{f"x{n}_{m}": 1 for n in range(200)}) for m in range(7)]
    client = connect(Script(*many))
    for _ in many:
        client.fetch(XING, id_of(XING, finished(XING)))
    assert len(client.drift()) == 1000
    assert caplog.messages == ["drift: 1000 differences, new ones are not kept"]


def test_threads_lose_no_count() -> None:
    transport = httpx.MockTransport(Script(body(XING, x_new=1)))
    with Client({XING: "secret-key-0123"}, transport=transport) as client:
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda _: client.fetch(XING, id_of(XING, finished(XING))),
                    range(400),
                )
            )
        (drift,) = client.drift()
    assert drift.count == 400


# Of who is drawn, what was asked for, and where: none of it is for a report. Marked, so that none is one of its words; of
# more digits than its instants have.
SECRETS = (
    st.text(ascii_letters + " ", max_size=60).map("Zq{}".format)
    | st.text(ascii_letters + digits + "_-", min_size=20, max_size=60).map("sk7-{}".format)
    | st.emails().map("Zq{}".format)
    | st.from_regex(r"https?://[a-z]{3,9}\.example/[a-z0-9]{4,20}", fullmatch=True)
    | st.integers(10**7, 10**12).map(str)
)  # fmt: skip


class Shown:
    """What is said, in the log and in a report, of the drift in an answer of a provider's status operation."""

    def __init__(self, provider: str, log: pytest.LogCaptureFixture) -> None:
        self.provider = provider
        self._log = log
        self._answer = httpx.Response(200)
        transport = httpx.MockTransport(lambda _: self._answer)
        self.client = Client({provider: ECHOED}, transport=transport)
        log.set_level(logging.DEBUG, "imagetasks")

    def __call__(self, status: int, content: bytes) -> str:
        self._answer = httpx.Response(status, content=content)
        with contextlib.suppress(ProviderError):
            self.client.fetch(self.provider, "task_1")
        drifts = self.client.drift()
        said = self._log.text + "".join(f"{d} {d!r} {d.to_json()}\n" for d in drifts)
        self._log.clear()
        self.client._core.calls._drift._seen.clear()
        return said


@pytest.fixture(params=PROVIDERS)
def shown(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture):
    shown = Shown(request.param, caplog)
    with shown.client:
        yield shown


def test_whatever_comes_back_costs_no_call_and_shows_no_value(shown: Shown) -> None:
    bodies = [
        json.loads(json.dumps(e.value).replace("https://", f"https://{PROMPT}/"))
        for e in answers(FETCHES[shown.provider])
    ]

    @given(contents([*bodies, {"prompt": PROMPT}]), STATUSES)
    def read(content: bytes, status: int) -> None:
        said = shown(status, content)
        assert "could not be held" not in said
        assert PROMPT not in said
        assert ECHOED not in said
        assert "http" not in said
        assert said.isascii()

    read()


def test_no_value_shows_wherever_it_stands_but_a_state_of_one_word(
    shown: Shown,
) -> None:
    """Put in place of any value, as itself, as a number or in a list; the state's own place takes what is no word."""
    bodies = [e.value for e in answers(FETCHES[shown.provider])]
    states = {tuple(place.split("/")[1:]) for place in places(shown.provider, "state")}

    @given(st.data(), st.sampled_from(bodies), SECRETS)
    def read(data: st.DataObject, body: Any, secret: str) -> None:
        where = data.draw(st.sampled_from([p for p in paths(body) if p]))
        ways = [secret, [secret], {"x_new": secret}]
        if secret.isdecimal():
            ways.append(int(secret))
        value = data.draw(st.sampled_from(ways))
        assume(value is not secret or where not in states or not secret.isalpha())
        said = shown(200, json.dumps(changed(body, where, value)).encode())
        assert secret not in said

    read()


@table(
    "name",
    [
        "sk-9f86d081884c7d659a2feaa0",
        "ada.lovelace",
        "ada@example.com",
        "cdn.example.com",
        "https://x/1.png",
        "66a1f0c2e4b0a1b2c3d4e5f6",
        "user_47110",
        "a lighthouse",
        "x" * 41,
    ],
)
def test_a_name_that_looks_like_no_field_is_not_shown(connect, name: str) -> None:
    client = connect(Script(body(XING, **{name: 1})))
    client.fetch(XING, id_of(XING, finished(XING)))
    assert told(client) == [("extra_field", "/*", "integer")]
