"""The faults of the mock: each strikes where it is told to, and the wrapper lives through it or says what it was."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import imagetasks_mock
import pytest
from imagetasks import (
    Access,
    ImageRequest,
    MalformedResponse,
    NetworkError,
    PollPolicy,
    ProviderError,
    RateLimited,
    ServerError,
    State,
    SubmitOutcomeUnknown,
)
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks_clients import PROVIDERS
from imagetasks_mock import MockError
from imagetasks_mock.http.effects import KINDS, NOT_PASSED_ON
from imagetasks_mock.http.fault import parse_fault

REQUEST = ImageRequest("a lighthouse")
HARMLESS = {
    *("latency", "slow_body", "extra_field", "wrong_content_type"),
    "reset_after_body",
}
"""What a client need not even notice."""


@pytest.fixture(scope="module")
def server() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=0, check=True) as mock:
        yield mock


@pytest.fixture
def mock(server: imagetasks_mock.Mock) -> Iterator[imagetasks_mock.Mock]:
    server.reset()
    yield server
    assert list(server.violations) == []  # a fault is not the mock's own mistake


@pytest.fixture
def client(driver, mock: imagetasks_mock.Mock, request: pytest.FixtureRequest):
    kind = request.node.callspec.params.get("kind")
    attempt = 1 if kind == "hang" else 10  # as short as a busy machine allows
    policy = PollPolicy(min_gap=0.01, max_gap=0.02, attempt=attempt, outage=10)
    return driver({name: mock.access(name) for name in PROVIDERS}, policy=policy)


def status_url(mock: imagetasks_mock.Mock, provider: str) -> str:
    """Where the provider tells of a task that there is not."""
    call = ADAPTERS[provider].fetch("1").kwargs
    return str(
        httpx.URL(mock.base_url(provider) + call["url"], params=call.get("params"))
    )


def end(mock: imagetasks_mock.Mock) -> None:
    mock.clock.advance(60)


# What they do, as it is on the wire.


class Seen(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    end: str
    """How the connection ended: closed, reset, or open when the client had waited enough."""
    pieces: int
    seconds: float

    @property
    def length(self) -> int:
        return int(self.headers["content-length"])

    @property
    def told(self) -> Any:
        return json.loads(self.body)["data"]


NOTHING = Seen(0, {}, b"", "", 0, 0.0)


def look(mock: imagetasks_mock.Mock, task_id: str) -> Seen:
    """At a task of AKOOL's, on a connection of its own that is to be closed after the answer."""
    path = f"/akool/api/open/v3/content/image/infobymodelid?image_model_id={task_id}"
    address, started = urlsplit(mock.url), time.monotonic()
    pieces = []
    with socket.create_connection((address.hostname, address.port), 1.0) as peer:
        headers = "Host: mock\r\nx-api-key: k\r\nConnection: close\r\n\r\n"
        peer.sendall(f"GET {path} HTTP/1.1\r\n{headers}".encode())
        try:
            while piece := peer.recv(65_536):
                pieces.append(piece)
            end = "closed"
        except ConnectionResetError:
            end = "reset"
        except TimeoutError:
            end = "open"
    seconds = time.monotonic() - started
    if not pieces:
        return NOTHING._replace(end=end, seconds=seconds)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    named = dict(line.lower().split(": ", 1) for line in lines)
    return Seen(int(first.split()[1]), named, body, end, len(pieces), seconds)


def no_answer(end: str) -> Callable[[Seen, Seen], bool]:
    return lambda seen, _: (seen.status, seen.end) == (0, end)


def half(end: str) -> Callable[[Seen, Seen], bool]:
    def holds(seen: Seen, whole: Seen) -> bool:
        length = len(whole.body)
        return (len(seen.body), seen.length, seen.end) == (length // 2, length, end)

    return holds


def is_no_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return True
    return False


EFFECTS: dict[str, Callable[[Seen, Seen], bool]] = {
    "status": lambda seen, _: seen.status == 503,
    "redirect": lambda seen, _: (
        (seen.status, seen.headers["location"]) == (307, "https://elsewhere.example/")
    ),
    "hang": no_answer("open"),
    "reset": no_answer("reset"),
    "lost_answer": no_answer("reset"),
    "latency": lambda seen, whole: seen.body == whole.body and seen.seconds > 0.05,
    "slow_body": lambda seen, whole: seen.body == whole.body and seen.pieces > 10,
    "truncated": half("closed"),
    "reset_in_body": half("reset"),
    "reset_after_body": lambda seen, whole: (
        (seen.body, seen.end) == (whole.body, "reset")
    ),
    "empty_body": lambda seen, _: (seen.body, seen.length) == (b"", 0),
    "malformed_json": lambda seen, _: (
        len(seen.body) == seen.length > 0 and is_no_json(seen.body)
    ),
    "wrong_content_type": lambda seen, whole: (
        (seen.body, seen.headers["content-type"])
        == (whole.body, "text/html; charset=utf-8")
    ),
    "unknown_state": lambda seen, _: seen.told["image_status"] == 99,
    "missing_field": lambda seen, whole: (
        whole.told.keys() - seen.told.keys() == {"image_status"}
    ),
    "wrong_type": lambda seen, _: seen.told["image_status"] == {"was": 3},
    "extra_field": lambda seen, whole: (
        seen.told.keys() - whole.told.keys() == {"x_new"}
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_does_what_it_says(mock, kind: str) -> None:
    url = f"{mock.base_url('akool')}/api/open/v4/content/image/createBySourcePrompt"
    made = httpx.post(url, json={"prompt": "x"}, headers={"x-api-key": "k"})
    task_id = made.json()["data"]["_id"]
    end(mock)
    whole = look(mock, task_id)
    assert (whole.status, whole.told["image_status"], whole.end) == (200, 3, "closed")
    mock.faults.add(kind, status=503, seconds=0.06, count=1)
    assert EFFECTS[kind](look(mock, task_id), whole)
    assert look(mock, task_id).body == whole.body  # once


@pytest.mark.parametrize("status", [204, 205, 304])
def test_where_http_has_no_body_there_is_none(mock, status: int) -> None:
    mock.faults.add("status", status=status)
    seen = look(mock, "1")
    assert (seen.status, seen.body) == (status, b"")


# What the wrapper makes of them.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_wait_lives_through_each_fault(
    client, mock, provider: str, kind: str
) -> None:
    task = client.submit(provider, REQUEST)
    end(mock)
    mock.faults.add(kind, provider=provider, count=2, seconds=0.05, status=503)
    done = client.wait(task, timeout=20)
    assert done.state is State.SUCCEEDED
    assert len(list(mock.faults)) == (1 if kind in HARMLESS else 0)


@pytest.mark.parametrize("kind", sorted({*KINDS} - HARMLESS))
def test_a_submit_that_was_disturbed_is_never_sent_twice(
    client, mock, kind: str
) -> None:
    mock.faults.add(kind, operation="createImage", provider="akool")
    try:
        task = client.submit("akool", REQUEST)
    except (SubmitOutcomeUnknown, ProviderError) as error:
        assert kind != "unknown_state"
        assert isinstance(error, SubmitOutcomeUnknown)  # noqa: PT017
    else:
        assert kind == "unknown_state"
        assert (task.state, task.wire_state) == (State.UNKNOWN, 99)
    assert len(list(mock.tasks)) == (0 if kind in NOT_PASSED_ON else 1)


def test_an_answer_lost_after_acceptance_is_one_task_where_the_vendor_deduplicates(
    client, mock
) -> None:
    """aigptimage: a repeated X-Request-ID "can return the existing task"."""
    mock.faults.add(
        "lost_answer", provider="aigptimage", operation="createTask", count=2
    )
    task = client.submit("aigptimage", REQUEST)
    assert [known.id for known in mock.tasks] == [task.id]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("hang", NetworkError),
        ("reset", NetworkError),
        ("lost_answer", NetworkError),
        ("reset_in_body", NetworkError),
        ("truncated", MalformedResponse),
        ("empty_body", MalformedResponse),
        ("malformed_json", MalformedResponse),
        ("missing_field", MalformedResponse),
        ("wrong_type", MalformedResponse),
        ("redirect", MalformedResponse),
        ("status", ServerError),
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_look_says_what_it_was(
    client, mock, provider: str, kind: str, error: type
) -> None:
    task = client.submit(provider, REQUEST)
    mock.faults.add(kind)
    with pytest.raises(error) as caught:
        client.fetch(task)
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [500, 502, 503, 520])
def test_a_status_comes_with_the_documented_body_or_a_proxys_page(
    mock, status: int
) -> None:
    mock.faults.add("status", status=status)
    for provider in PROVIDERS:
        answer = httpx.get(status_url(mock, provider))
        assert answer.status_code == status
        documented = status == 500 and provider in ("aigptimage", "gptimage2api")
        assert ("html" in answer.headers["content-type"]) is not documented


@pytest.mark.parametrize(
    ("retry_after", "at_least"),
    [(3, 3), ("3", 3), ("Fri, 31 Dec 2100 23:59:59 GMT", 1e9), (None, None)],
)
def test_retry_after_goes_out_as_seconds_or_as_a_date(
    client, mock, retry_after, at_least
) -> None:
    mock.faults.add("status", status=429, retry_after=retry_after)
    with pytest.raises(RateLimited) as caught:
        client.fetch("gptimage2api", "1")
    hint = caught.value.retry_after
    assert hint is None if at_least is None else hint >= at_least


@pytest.mark.parametrize("seconds", [0, 5, 0.5, 1e7])
def test_retry_after_is_a_date_that_far_in_virtual_time(mock, seconds: float) -> None:
    """RFC 9110 knows whole seconds only: up, so that none is too early."""
    mock.faults.add("status", status=429, retry_after_date=seconds)
    mock.clock.advance(86_400)
    date = parsedate_to_datetime(look(mock, "1").headers["retry-after"].upper())
    wait = date - mock.clock.now()
    assert timedelta(seconds=seconds) <= wait < timedelta(seconds=seconds + 1)


def test_aigptimages_429_has_its_documented_body(client, mock) -> None:
    mock.faults.add("status", status=429, provider="aigptimage")
    with pytest.raises(RateLimited) as caught:
        client.fetch("aigptimage", "1")
    assert caught.value.retry_after == 17  # the rate limits page's example


def test_a_fault_strikes_where_it_is_told_to_and_nowhere_else(client, mock) -> None:
    spared, struck = (client.submit("akool", REQUEST) for _ in range(2))
    mock.faults.add("status", provider="akool", operation="getImage", task=struck.id)
    assert client.fetch(spared).state is State.QUEUED
    with pytest.raises(ServerError):
        client.fetch(struck)
    assert client.submit("akool", REQUEST).state is State.QUEUED
    assert client.submit("gptimage2api", REQUEST).state is State.PENDING


def test_the_first_of_several_faults_strikes_first(client, mock) -> None:
    mock.faults.add("status", status=503, count=1)
    second = mock.faults.add("status", status=502)
    seen = []
    for _ in range(2):
        with pytest.raises(ServerError) as caught:
            client.fetch("akool", "1")
        seen.append(caught.value.status_code)
    assert seen == [503, 502]
    mock.faults.remove(second)
    assert list(mock.faults) == []


@pytest.mark.long
def test_chance_is_drawn_from_the_seed_and_leaves_the_tasks_alone() -> None:
    runs = []
    for disturbed in (True, True, False):
        with imagetasks_mock.serve(speed=0, seed=7) as mock:
            if disturbed:
                mock.faults.add("status", probability=0.5, operation="getImage")
            url, headers = mock.base_url("akool"), {"x-api-key": "k"}
            codes = [
                httpx.get(status_url(mock, "akool"), headers=headers).status_code
                for _ in range(30)
            ]
            create = "/api/open/v4/content/image/createBySourcePrompt"
            made = httpx.post(
                url + create, headers=headers, json={"prompt": "x"}
            ).json()
            runs.append((codes, made["data"]["_id"]))
    assert runs[0] == runs[1]
    assert 5 < runs[0][0].count(500) < 25
    assert runs[2][0].count(500) == 0
    assert runs[2][1] == runs[0][1]


@pytest.mark.parametrize(
    ("kind", "where", "words"),
    [
        ("explode", {}, "no fault 'explode'; known: status"),
        ("reset", {"provider": "midjourney"}, "no provider 'midjourney'"),
        (
            "reset",
            {"provider": "akool", "operation": "getTask"},
            "no operation 'getTask'",
        ),
        ("reset", {"operation": ["x"]}, "operation is a text"),
        ("reset", {"task": 5}, "task is a text"),
        ("reset", {"probability": 2}, "probability is a number from 0 to 1"),
        ("reset", {"count": 0}, "count is a number from 1"),
        ("reset", {"count": True}, "count is a number from 1"),
        ("latency", {"seconds": -1}, "seconds is a number from 0"),
        ("status", {"status": 99}, "status is a number from 200"),
        ("status", {"status": 600}, "status is a number from 200 to 599"),
        ("status", {"retry_after": "a\nb"}, "retry_after is seconds, or a text"),
        ("status", {"retry_after": "wörter"}, "retry_after is seconds, or a text"),
        ("status", {"retry_after": -1}, "retry_after is seconds, or a text"),
        ("status", {"retry_after": 1.5}, "retry_after is seconds, or a text"),
        ("status", {"retry_after": True}, "retry_after is seconds, or a text"),
        ("status", {"retry_after_date": -1}, "retry_after_date is a number from 0"),
        ("status", {"retry_after_date": "5"}, "retry_after_date is a number from 0"),
        (
            "status",
            {"retry_after": 1, "retry_after_date": 1},
            "retry_after or retry_after_date, not both",
        ),
        ("reset", {"task": ""}, "task is a text"),
        ("status", {"status": 429.5}, "status is a number from 200"),
        ("reset", {"count": 1.5}, "count is a number from 1"),
        ("reset", {"where": "here"}, "a fault has no where"),
        ("reset", {"self": 1}, "a fault has no self"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_words(mock, kind, where, words) -> None:
    with pytest.raises(MockError, match=words):
        mock.faults.add(kind, **where)
    refused = httpx.post(f"{mock.url}/_mock/faults", json={"kind": kind, **where})
    assert refused.status_code == 400
    assert words in refused.json()["error"]
    assert list(mock.faults) == []


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("reset", "reset", {}),
        (
            "status,provider=akool,status=503,count=2,probability=0.5",
            "status",
            {"provider": "akool", "status": 503, "count": 2, "probability": 0.5},
        ),
        (
            "status, status=429, retry_after=5",
            "status",
            {"status": 429, "retry_after": 5},
        ),
        ("status,retry_after=soon", "status", {"retry_after": "soon"}),
        ("status,retry_after_date=1.5", "status", {"retry_after_date": 1.5}),
        ("latency,seconds=2", "latency", {"seconds": 2.0}),
        (
            "lost_answer,operation=createTask,task=1=2",
            "lost_answer",
            {"operation": "createTask", "task": "1=2"},
        ),
    ],
)
def test_a_line_of_text_is_a_fault(mock, text: str, kind: str, where: Any) -> None:
    assert mock.faults.add(**parse_fault(text)) == mock.faults.add(kind, **where)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("", "kind", "no fault ''"),
        ("explode", "kind", "no fault 'explode'; known: status"),
        ("provider=akool", "kind", "no fault 'provider=akool'"),
        ("reset,provider", "provider", "'provider' is not name=value"),
        ("reset,count=1,count=2", "count", "count is there twice"),
        ("reset,kind=hang", "kind", "kind is there twice"),
        ("reset,count=many", "count", "count is a number from 1"),
        ("reset,count=1.5", "count", "count is a number from 1"),
        ("reset,probability=nan", "probability", "probability is a number from 0"),
        ("status,status=", "status", "status is a number from 200"),
        ("reset,provider=midjourney", "provider", "no provider 'midjourney'"),
        ("reset,operation=x", "operation", "no operation 'x'"),
        ("reset,where=here", "where", "a fault has no where"),
    ],
)
def test_a_line_that_is_no_fault_is_refused_by_field(mock, text, field, words) -> None:
    with pytest.raises(MockError, match=words) as caught:
        mock.faults.add(**parse_fault(text))
    assert caught.value.field == field


def test_faults_are_steered_over_http_too(mock) -> None:
    url = f"{mock.url}/_mock/faults"
    told = {"kind": "status", "provider": "akool", "status": 503, "count": 3}
    added = httpx.post(url, json=told).json()
    assert told.items() <= added.items()
    assert httpx.get(url).json() == [added]
    assert httpx.get(status_url(mock, "akool")).status_code == 503
    one = f"{url}/{added['id']}"
    assert httpx.get(one).json() == {**added, "count": 2}
    other = httpx.post(url, json={"kind": "hang"}).json()
    assert httpx.delete(one).json()["id"] == added["id"]
    assert httpx.get(one).status_code == httpx.delete(one).status_code == 404
    assert httpx.get(url).json() == [other]
    assert httpx.delete(url).json() == httpx.get(url).json() == []
    assert httpx.post(url, json=told).json()["id"] > other["id"]  # none comes back
    assert httpx.get(f"{url}/first").status_code == 404
    for nonsense in ([], {"provider": "akool"}, {"kind": 5}):
        assert httpx.post(url, json=nonsense).status_code == 400


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_in_the_middle_of_one_is_quiet(kind: str, caplog) -> None:
    with imagetasks_mock.serve() as mock:
        mock.faults.add(kind, seconds=60)
        address = urlsplit(mock.url)
        peer = socket.create_connection((address.hostname, address.port))
        peer.sendall(
            f"GET {urlsplit(status_url(mock, 'akool')).path} HTTP/1.1\r\n\r\n".encode()
        )
        while not mock.requests:
            time.sleep(0.001)
    peer.close()
    assert caplog.text == ""


def test_a_reset_ends_them(mock) -> None:
    mock.faults.add("reset")
    mock.reset()
    assert list(mock.faults) == []


def test_faults_strike_vendors_only(mock) -> None:
    mock.faults.add("reset")
    assert httpx.get(f"{mock.url}/_mock/tasks").json() == []
    assert httpx.get(f"{mock.url}/_results/akool/1/0.png").status_code == 404


def test_a_client_that_hangs_up_leaves_the_server_well(driver, mock) -> None:
    mock.faults.add("hang", provider="akool")
    impatient = driver(
        {"akool": Access("k", mock.base_url("akool"))}, policy=PollPolicy(attempt=0.05)
    )
    for _ in range(20):
        with pytest.raises(NetworkError):
            impatient.fetch("akool", "1")
    assert httpx.get(f"{mock.url}/_mock/clock").is_success
