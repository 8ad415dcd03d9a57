"""The faults of the mock: each strikes where it is told to, and the wrapper lives through it or says what it was."""

from __future__ import annotations

from collections.abc import Iterator

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
from imagetasks_mock._faults import KINDS, NOT_PASSED_ON

REQUEST = ImageRequest("a lighthouse")
HARMLESS = {"latency", "slow_body", "extra_field", "wrong_content_type"}
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
def client(driver, mock: imagetasks_mock.Mock):
    policy = PollPolicy(min_gap=0.01, max_gap=0.02, attempt=0.25, outage=5)
    return driver({name: mock.access(name) for name in PROVIDERS}, policy=policy)


def status_url(mock: imagetasks_mock.Mock, provider: str) -> str:
    """Where the provider tells of a task that there is not."""
    call = ADAPTERS[provider].fetch("1").kwargs
    return str(
        httpx.URL(mock.base_url(provider) + call["url"], params=call.get("params"))
    )


def end(mock: imagetasks_mock.Mock) -> None:
    mock.clock.advance(60)


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
    [("3", 3), ("Fri, 31 Dec 2100 23:59:59 GMT", 1e9), (None, None)],
)
def test_retry_after_goes_out_as_seconds_or_as_a_date(
    client, mock, retry_after, at_least
) -> None:
    mock.faults.add("status", status=429, retry_after=retry_after)
    with pytest.raises(RateLimited) as caught:
        client.fetch("gptimage2api", "1")
    hint = caught.value.retry_after
    assert hint is None if at_least is None else hint >= at_least


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
        ("explode", {}, "no fault 'explode'; there are status"),
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
        ("status", {"retry_after": "a\nb"}, "retry_after is a text"),
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


def test_faults_are_steered_over_http_too(mock) -> None:
    url = f"{mock.url}/_mock/faults"
    told = {"kind": "status", "provider": "akool", "status": 503, "count": 3}
    added = httpx.post(url, json=told).json()
    assert told.items() <= added.items()
    assert httpx.get(url).json() == [added]
    assert httpx.delete(url).json() == httpx.get(url).json() == []
    assert httpx.put(url).headers["allow"] == "GET, POST, DELETE"
    for nonsense in ([], {"provider": "akool"}, {"kind": 5}):
        assert httpx.post(url, json=nonsense).status_code == 400


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
