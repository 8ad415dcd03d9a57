"""What the mock shows and hands over holds no credentials, wherever a client put them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from imagetasks_mock import Mock, serve

SECRET = "S3cr3t-0123456789"
TOKEN = "/api/open/v3/getToken"
SUBMIT = "/api/open/v4/content/image/createBySourcePrompt"


@pytest.fixture(scope="module")
def running() -> Iterator[Mock]:
    with serve(speed=0, duration=30) as mock:
        yield mock


@pytest.fixture
def mock(running: Mock) -> Mock:
    running.reset()
    return running


@pytest.fixture(scope="module", autouse=True)
def client() -> Iterator[httpx.Client]:
    """One for all: each new one takes longer than what is tested."""
    with httpx.Client() as client:
        yield client


def shown(mock: Mock, client: httpx.Client) -> dict[str, str]:
    """All that it shows of its requests, by path."""
    last = mock.requests[-1].id
    paths = ["traffic.har", "requests", f"requests/{last}", "scenario?of=session"]
    paths += ["wait?for=request:any", "events?from=start&timeout=0.05"]
    paths += [f"test?task={task.id}" for task in mock.tasks]
    return {path: client.get(f"{mock.url}/_mock/{path}").text for path in paths}


def assert_hidden(mock: Mock, client: httpx.Client, *secrets: str) -> None:
    for path, text in shown(mock, client).items():
        text = text.replace("\\u0000", "").replace("\0", "")  # of UTF-16
        for secret in secrets:
            assert secret not in text, path


def test_neither_the_secret_nor_the_token_that_it_gives_is_shown(mock, client):
    url = mock.base_url("akool") + TOKEN
    body = {"clientId": "me", "clientSecret": SECRET}
    token = client.post(url, json=body).json()["token"]
    assert_hidden(mock, client, SECRET, token)
    (request,) = client.get(f"{mock.url}/_mock/requests").json()
    assert json.loads(request["body"]) == {"clientId": "me", "clientSecret": "***"}
    assert mock.requests[0].json() == body  # for tests in Python


REFUSED = [
    '{"clientSecret": "%s"',
    '{"clientSecret": "%s", "clientSecret": 1}',
    '{"a": {"clientSecret": "%s"}, "a": 1}',
    '{"client\\u0053ecret": "%s"}',
    '{"client\\u0053ecret": "%s"',
    '[{"client_secret": ["%s"]}]',
    "clientId=me&clientSecret=%s",
    '--x\r\nname="clientSecret"\r\n\r\n%s\r\n--x--',
    '{"api_key": "%s", "x": NaN}',
    '{"inner": "{\\"token\\": \\"%s\\"}"}',
    '{"\\ud800": 1, "token": "%s"}',
    '\ufeff{"clientSecret": "%s"}',
    "[" * 5000 + '{"clientSecret": "%s"}',
]


def test_bodies_that_are_refused_hide_their_credentials(mock, client):
    texts = [text % f"{SECRET}{n}." for n, text in enumerate(REFUSED)]
    sent = [*(t.encode() for t in texts), texts[0].encode("utf-16-le")]
    for body in sent:
        client.post(mock.base_url("akool") + TOKEN, content=body)
        client.post(f"{mock.base_url('gptimage2api')}/api/nowhere", content=body[:300])
    assert_hidden(mock, client, *(f"{SECRET}{n}." for n in range(len(texts))))
    assert [r.body for r in mock.requests if r.provider == "akool"] == sent


@pytest.mark.parametrize("provider", ["akool", "gptimage2api"])
@pytest.mark.parametrize(
    "name", ["api_key", "key", "x-api-key", "access%5Ftoken", "Authorization"]
)
def test_a_key_in_the_query_is_hidden(mock, client, provider, name):
    client.get(f"{mock.base_url(provider)}/api/nowhere?a=1&{name}={SECRET}&b=%ff")
    assert_hidden(mock, client, SECRET)
    (entry,) = client.get(f"{mock.url}/_mock/requests").json()
    assert entry["path"].endswith(f"?a=1&{name}=***&b=%ff")


@pytest.mark.parametrize("name", ["Api-Key", "X-Auth-Token", "X-API-KEY"])
def test_a_key_in_another_header_is_hidden(mock, client, name):
    client.get(f"{mock.base_url('akool')}/api/nowhere", headers={name: SECRET})
    assert_hidden(mock, client, SECRET)


def test_a_task_hands_over_none_of_the_credentials_it_was_made_with(mock, client):
    url = f"{mock.base_url('akool')}{SUBMIT}?key={SECRET}"
    body: dict[str, Any] = {"prompt": "x", "clientSecret": SECRET}
    client.post(url, json=body, headers={"x-api-key": SECRET})
    assert len(mock.tasks) == 1
    assert_hidden(mock, client, SECRET)


@pytest.mark.parametrize("fault", ["malformed_json", "extra_field", "truncated"])
def test_an_answer_that_a_fault_spoils_shows_no_token(mock, client, fault):
    mock.faults.add(fault)
    body = {"clientId": "me", "clientSecret": SECRET}
    with suppress(httpx.TransportError):
        client.post(mock.base_url("akool") + TOKEN, json=body)
    (token,) = mock._world.accounts._tokens
    assert_hidden(mock, client, SECRET, token[:12])


@pytest.mark.parametrize(
    "body",
    [
        '{ "prompt": "a monkey with a keyboard" }',
        '{"prompt": "the key: a token of love",  "n": 1}',
        "no JSON, and nothing to hide",
    ],
)
def test_a_body_without_credentials_is_shown_as_it_was_sent(mock, client, body):
    client.post(mock.base_url("akool") + SUBMIT, content=body)
    (request,) = client.get(f"{mock.url}/_mock/requests").json()
    assert request["body"] == body
