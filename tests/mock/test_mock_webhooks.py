"""AKOOL's webhooks, as a receiver on this machine gets them and as `mock.webhooks` keeps them."""

from __future__ import annotations

import copy
import hashlib
import http.server
import json
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Self

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from imagetasks_mock import Mock, MockError, serve
from imagetasks_mock.outside import outbound
from imagetasks_mock.outside.webhooks import webhook_urls
from imagetasks_mock.specs.spec import Spec
from support import specs
from support.mocked import Vendor

V3 = "/api/open/v3/content/image"
THREAD = "imagetasks_mock webhooks"


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """The mock may be gone before it has the answer."""


class Receiver:
    """A server on loopback that keeps what is posted, and answers with one status after the other, then 200."""

    def __init__(self, statuses: Iterable[int] = (), **headers: str) -> None:
        self.posted: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.arrived = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        left = iter(statuses)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posted.append(json.loads(body))
                receiver.headers.append({k.lower(): v for k, v in self.headers.items()})
                receiver.arrived.set()
                receiver.gate.wait(10)
                self.send_response(next(left, 200))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = self.at("127.0.0.1")

    def at(self, host: str) -> str:
        return f"http://{host}:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def told(self) -> list[Any]:
        return [read(envelope) for envelope in self.posted]

    @property
    def statuses(self) -> list[int]:
        return [content["status"] for content in self.told]


def read(
    envelope: Any, secret: str = "mock-key", client_id: str = "mock-client-id-0"
) -> Any:
    """The content, after the check of the signature: the page's rules, in code of its own."""
    names = ("timestamp", "nonce", "dataEncrypt")
    texts = sorted([client_id, *(str(envelope[name]) for name in names)])
    signature = hashlib.sha1("".join(texts).encode()).hexdigest()
    assert envelope["signature"] == signature
    length = 32 if len(secret) == 32 else 24
    key = f"{secret:\0<{length}}"[:length].encode()
    cipher = Cipher(algorithms.AES(key), modes.CBC(client_id.encode()))
    decryptor = cipher.decryptor()
    plain = decryptor.update(b64decode(envelope["dataEncrypt"])) + decryptor.finalize()
    padding = plain[-1]
    assert 1 <= padding <= 16
    assert plain.endswith(bytes([padding]) * padding)
    return json.loads(plain[:-padding])


@pytest.fixture
def delivering() -> Callable[[], set[threading.Thread]]:
    """Tells which threads deliver webhooks. Another test's mock may have one for as long as the session lasts."""

    def named() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == THREAD}

    others = named()
    return lambda: named() - others


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, check=True, fail="doomed") as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def akool(mock: Mock) -> Iterator[Vendor]:
    with Vendor(mock, "akool") as vendor:
        yield vendor


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def submit(akool: Vendor, url: str, **more: Any) -> Any:
    """`data` of the answer."""
    answer = akool.submit({"prompt": "x", "webhookurl": url, **more}).json()
    assert answer["code"] == 1000
    return answer["data"]


def advance(mock: Mock, seconds: float) -> None:
    mock.clock.advance(seconds)
    mock.webhooks.settle()


def statuses(mock: Mock) -> list[int]:
    return [webhook.content["status"] for webhook in mock.webhooks]


# What is told, and how.


def test_processing_and_completed_are_told_in_this_order(mock, akool, receiver):
    task = submit(akool, receiver.url)
    advance(mock, 0)
    assert receiver.told == []  # 1, in queue, is not among the documented 2, 3 and 4
    advance(mock, 30)
    image = akool.fetch(task["_id"]).json()["data"]["image"]
    assert receiver.told == [
        {"_id": task["_id"], "status": 2, "type": "image"},
        {"_id": task["_id"], "status": 3, "type": "image", "url": image},
    ]
    assert httpx.get(image).content.startswith(b"\x89PNG")


class Plain:
    """A vendor's webhooks that say the state, and nothing else."""

    def webhook_content(self, task: Any, wire_state: Any) -> Any:
        return {"state": wire_state}

    def webhook_body(self, task: Any, content: Any, at: float, rng: Any) -> bytes:
        return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("states", "told"), [(None, [2, 3]), ((3, 4), [3]), ((2,), [2]), ((4,), [])]
)
def test_a_state_that_a_vendor_does_not_tell_is_passed_over(
    mock, akool, receiver, states, told
):
    akool.submit({"prompt": "x"})
    [task] = mock.tasks
    mock.webhooks.add(task, receiver.url, Plain(), states)
    advance(mock, 30)
    assert [posted["state"] for posted in receiver.posted] == told


def test_which_states_are_told_stands_in_the_spec():
    document = copy.deepcopy(specs.load("akool"))
    told = document["webhooks"]["imageFinished"]["post"]
    assert told["x-told-states"] == [2, 3, 4]
    for states in ([3, 4], None):
        told["x-told-states"] = states
        spec = Spec("akool", document)
        operation = spec.operations["createImage"]
        body = {"prompt": "x", "webhookurl": "http://127.0.0.1/"}
        assert list(webhook_urls(spec, operation, body)) == [("http://127.0.0.1/", states)]  # fmt: skip


def test_each_state_is_told_when_the_task_comes_into_it(mock, akool, receiver):
    task_id = submit(akool, receiver.url)["_id"]
    for _ in range(40):
        advance(mock, 0.1)
        if receiver.statuses:
            assert akool.state(task_id) == receiver.statuses[-1]
        else:
            assert akool.state(task_id) == 1
    assert receiver.statuses == [2, 3]


def test_a_failed_task_is_told_as_4_without_a_picture(mock, akool, receiver):
    submit(akool, receiver.url, prompt="doomed")
    advance(mock, 30)
    assert receiver.statuses == [2, 4]
    assert "url" not in receiver.told[-1]


def test_what_is_posted_is_as_the_spec_has_it(mock, akool, receiver):
    for prompt in ("x", "doomed"):
        submit(akool, receiver.url, prompt=prompt)
    advance(mock, 30)
    assert len(receiver.posted) == 4
    envelope = specs.validator("akool", "/components/schemas/WebhookEnvelope")
    content = specs.validator("akool", "/components/schemas/WebhookContent")
    for posted in receiver.posted:
        envelope.validate(posted)
        content.validate(read(posted))
    documented = {"signature", "dataEncrypt", "timestamp", "nonce"}
    assert {frozenset(posted) for posted in receiver.posted} == {frozenset(documented)}
    assert all(isinstance(posted["nonce"], str) for posted in receiver.posted)


def test_the_timestamp_is_milliseconds_of_the_virtual_clock(mock, akool, receiver):
    mock.clock.advance(10_000_000)
    created = mock.clock.time()
    submit(akool, receiver.url)
    advance(mock, 30)
    for posted, webhook in zip(receiver.posted, mock.webhooks, strict=True):
        assert posted["timestamp"] == int(webhook.at.timestamp() * 1000)
        assert 0 < posted["timestamp"] / 1000 - created < 30


@pytest.mark.parametrize("key", ["k", "k" * 24, "k" * 32, "k" * 40])
def test_the_secret_is_the_api_key_whatever_its_length(mock, receiver, key):
    with Vendor(mock, "akool", key=key) as akool:
        submit(akool, receiver.url)
    advance(mock, 30)
    assert [read(p, secret=key)["status"] for p in receiver.posted] == [2, 3]


def test_a_token_stands_for_the_secret_that_it_was_made_with(mock, akool, receiver):
    sent = {"clientId": "64db241f6d9e5c4bd136c187", "clientSecret": "secret-of-token"}
    token = akool.http.post("/api/open/v3/getToken", json=sent).json()["token"]
    submitted = httpx.post(
        mock.base_url("akool") + akool.submit_path,
        json={"prompt": "x", "webhookurl": receiver.url},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert submitted.json()["code"] == 1000
    advance(mock, 30)
    told = [read(p, secret="secret-of-token")["status"] for p in receiver.posted]
    assert told == [2, 3]


def test_an_account_has_a_client_id_of_its_own(receiver):
    accounts = [{"key": "one", "client_id": "client-of-one-00"}, {"key": "two"}]
    with serve(speed=0, scenario={"accounts": accounts}) as mock:
        for key in ("one", "two"):
            with Vendor(mock, "akool", key=key) as akool:
                submit(akool, receiver.url)
            advance(mock, 30)
    one, two = receiver.posted[:2], receiver.posted[2:]
    assert [read(p, "one", "client-of-one-00")["status"] for p in one] == [2, 3]
    assert [read(p, "two")["status"] for p in two] == [2, 3]


def test_no_key_and_nothing_undocumented_is_in_the_headers(mock, akool, receiver):
    submit(akool, receiver.url)
    advance(mock, 30)
    for headers in receiver.headers:
        assert headers.keys() == {"host", "content-type", "content-length"}
        assert headers["content-type"] == "application/json"


# Which tasks have one.


def test_the_v3_call_and_buttons_spell_the_field_in_camel_case(mock, akool, receiver):
    body = {"prompt": "x", "webhookUrl": receiver.url}
    first = akool.http.post(f"{V3}/createbyprompt", json=body).json()["data"]["_id"]
    advance(mock, 30)
    pressed = {"_id": first, "button": "U2", "webhookUrl": receiver.url}
    second = akool.http.post(f"{V3}/createbybutton", json=pressed).json()["data"]["_id"]
    advance(mock, 30)
    told = [(content["_id"], content["status"]) for content in receiver.told]
    assert told == [(first, 2), (first, 3), (second, 2), (second, 3)]


def test_each_image_of_a_batch_is_told_for_itself(mock, akool, receiver):
    images = submit(akool, receiver.url, batch_quantity=3)
    advance(mock, 30)
    for image in images:
        of_it = [c["status"] for c in receiver.told if c["_id"] == image["_id"]]
        assert of_it == [2, 3]
    assert len(receiver.told) == 6


def test_without_a_url_nothing_is_told_and_no_thread_runs(mock, akool, delivering):
    akool.submit()
    # The page's own example of the v3 call has an empty one.
    akool.http.post(f"{V3}/createbyprompt", json={"prompt": "x", "webhookUrl": ""})
    advance(mock, 30)
    assert list(mock.webhooks) == []
    assert not delivering()


@pytest.mark.parametrize("after", [0.0, 1.5])
@pytest.mark.parametrize(("outcome", "status"), [("failed", 4), ("succeeded", 3)])
@pytest.mark.parametrize("by", ["test", "admin"])
def test_a_task_that_is_ended_by_hand_is_told_at_once(
    mock, akool, receiver, by, outcome, status, after
):
    task_id = submit(akool, receiver.url)["_id"]
    advance(mock, after)
    if by == "admin":
        httpx.post(f"{mock.url}/_mock/tasks/{task_id}", json={"outcome": outcome})
    elif outcome == "failed":
        mock.tasks[task_id].fail()
    else:
        mock.tasks[task_id].succeed()
    mock.webhooks.settle()
    # A state that it was never in is not told.
    assert receiver.statuses == ([2, status] if after else [status])
    advance(mock, 30)
    assert len(receiver.posted) == len(mock.webhooks)


def test_a_task_without_duration_is_told_as_completed_only(receiver):
    with serve(speed=0, duration=0) as mock, Vendor(mock, "akool") as akool:
        submit(akool, receiver.url)
        mock.webhooks.settle()
        assert receiver.statuses == [3]  # it was in no other state


# Answers of the receiver.


def test_what_is_not_answered_with_200_is_repeated():
    with serve(speed=0) as mock, Vendor(mock, "akool") as akool:
        with Receiver([500, 201]) as receiver:
            submit(akool, receiver.url)
            advance(mock, 30)
            first, second, third, last = receiver.posted
    assert read(first) == read(second) == read(third)
    assert receiver.statuses == [2, 2, 2, 3]  # in order: 3 waits for its turn
    for name in ("timestamp", "nonce", "signature"):
        assert len({posted[name] for posted in (first, second, third)}) == 3
    processing, completed = mock.webhooks
    assert [attempt.status for attempt in processing.attempts] == [500, 201, 200]
    assert processing.delivered
    assert last["timestamp"] >= third["timestamp"]
    assert completed.at < processing.attempts[-1].at == completed.attempts[0].at


def test_the_pause_doubles_from_one_second_to_a_minute_and_ends_after_20_attempts():
    with serve(speed=0) as mock, Vendor(mock, "akool") as akool:
        with Receiver([503] * 20) as receiver:
            submit(akool, receiver.url)
            advance(mock, 3600)
    processing, completed = mock.webhooks
    times = [attempt.at for attempt in processing.attempts]
    pauses = [round((b - a).total_seconds()) for a, b in pairwise(times)]
    assert pauses == [1, 2, 4, 8, 16, 32, *[60] * 13]
    assert (len(times), processing.delivered) == (20, False)
    assert [a.status for a in completed.attempts] == [200]  # it has had its turn


def test_a_repeat_comes_at_its_virtual_time_and_not_before():
    with serve(speed=0) as mock, Vendor(mock, "akool") as akool:
        with Receiver([500, 500]) as receiver:
            task_id = submit(akool, receiver.url)["_id"]
            mock.tasks[task_id].succeed()
            mock.webhooks.settle()
            counts = [len(receiver.posted)]
            for seconds in (0.9, 0.2, 1.8, 0.2, 100):
                advance(mock, seconds)
                counts.append(len(receiver.posted))
    assert counts == [1, 1, 2, 2, 3, 3]


def test_a_redirect_is_not_followed_and_is_no_200(mock, akool, receiver):
    with Receiver([302], Location=receiver.url) as moved:
        submit(akool, moved.url)
        advance(mock, 30)
        assert (receiver.posted, moved.statuses) == ([], [2, 2, 3])
    assert [attempt.status for attempt in mock.webhooks[0].attempts] == [302, 200]


def test_a_receiver_that_is_not_there_is_tried_again(mock, akool):
    with Receiver() as gone:
        pass
    submit(akool, gone.url)
    advance(mock, 2)
    attempts = mock.webhooks[0].attempts
    assert [attempt.status for attempt in attempts] == [None] * len(attempts)
    assert attempts[0].error
    assert not mock.webhooks[0].delivered


def test_a_receiver_that_is_silent_is_given_up_after_a_while(
    mock, akool, receiver, monkeypatch
):
    monkeypatch.setattr(outbound, "TIMEOUT", 0.05)
    receiver.gate.clear()
    task_id = submit(akool, receiver.url)["_id"]
    mock.tasks[task_id].succeed()
    mock.webhooks.settle()
    (attempt,) = mock.webhooks[0].attempts
    assert (attempt.status, attempt.error) == (None, "no answer within 0.05 s")


@pytest.mark.long
def test_a_slow_receiver_holds_up_nobody_else(mock, akool, receiver):
    with Receiver() as slow:
        slow.gate.clear()
        for _ in range(150):  # more than any pool would have
            submit(akool, slow.url)
        submit(akool, receiver.url)
        mock.clock.advance(30)
        wait_for(lambda: len(receiver.posted) == 2)
        assert {
            webhook.delivered for webhook in mock.webhooks if webhook.url == slow.url
        } == {False}
        with pytest.raises(MockError, match=f"unsent after 0.05 s: {slow.url}"):
            mock.webhooks.settle(timeout=0.05)
        slow.gate.set()
        mock.webhooks.settle(timeout=60)
    assert all(webhook.delivered for webhook in mock.webhooks)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# Where to.


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:{port}/hook",
        "http://127.0.0.1.example.com:{port}/hook",
        "http://localhost.example.com:{port}/hook",
        "http://localhost:{port}@example.com/hook",
        "http://localhost\\@example.com:{port}/hook",
        "http://example.com#@localhost:{port}/hook",
        "http://127.1:{port}/hook",
        "ftp://localhost:{port}/hook",
        "http:///hook",
        "http://[::1",
        "http://xn--a/hook",
        "nowhere",
    ],
)
def test_nothing_goes_beyond_this_machine(mock, akool, receiver, url):
    url = url.replace("{port}", receiver.url.split(":")[2].split("/")[0])
    sent = {"prompt": "x", "webhookUrl": url}
    answer = akool.http.post(f"{V3}/createbyprompt", json=sent).json()
    assert answer["code"] == 1000
    advance(mock, 30)
    assert receiver.posted == []
    assert statuses(mock) == [2, 3]
    for webhook in mock.webhooks:
        assert (webhook.url, webhook.attempts, webhook.delivered) == (url, (), False)
        assert webhook.not_sent


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1"])
def test_this_machine_has_several_names(mock, akool, receiver, host):
    submit(akool, receiver.at(host))
    advance(mock, 30)
    assert receiver.statuses == [2, 3]


@pytest.mark.parametrize("host", ["127.9.8.7", "[::1]"])
def test_all_loopback_addresses_are_this_machine(mock, akool, receiver, host):
    submit(akool, receiver.at(host))  # nobody may listen there
    advance(mock, 30)
    assert mock.webhooks[0].attempts


def test_a_host_that_is_allowed_by_name_is_told_too(receiver):
    with serve(speed=0, webhook_hosts=["0.0.0.0"]) as mock:
        with Vendor(mock, "akool") as akool:
            submit(akool, receiver.at("0.0.0.0"))
        advance(mock, 30)
    assert receiver.statuses == [2, 3]


def test_a_port_that_is_none_ends_no_report(mock, akool):
    submit(akool, "http://localhost:99999/hook")
    advance(mock, 3600)
    assert [len(webhook.attempts) for webhook in mock.webhooks] == [20, 20]


# Time.


def history(mock: Mock, created: float) -> list[Any]:
    """All that was told, with times as seconds after `created`."""

    def since(moment: datetime) -> float:
        return round(moment.timestamp() - created, 3)

    return [
        (
            webhook.task_id,
            webhook.content["status"],
            since(webhook.at),
            [(since(attempt.at), attempt.status) for attempt in webhook.attempts],
        )
        for webhook in mock.webhooks
    ]


def run(steps: list[float]) -> list[Any]:
    """Two tasks, each with a receiver that fails at first, in the given steps of the clock."""
    with serve(speed=0, seed=7) as mock, Vendor(mock, "akool") as akool:
        created = mock.clock.time()
        with Receiver([500, 404, 503]) as one, Receiver([503] * 5) as two:
            submit(akool, one.url)
            submit(akool, two.url)
            for step in steps:
                advance(mock, step)
            nonces = [posted["nonce"] for posted in one.posted + two.posted]
        return [*history(mock, created), nonces]


def test_the_same_steps_of_a_standing_clock_give_the_same_attempts():
    assert run([300]) == run([300])


def test_one_large_step_gives_what_many_small_ones_do():
    once = run([60])
    assert once == run([0.5] * 120)
    assert len(once[-1]) == 4 + 1 + 6 + 1


def test_they_are_listed_by_the_time_of_the_change(mock, akool, receiver):
    for _ in range(20):
        submit(akool, receiver.url)
    advance(mock, 30)
    times = [webhook.at for webhook in mock.webhooks]
    assert len(times) == 40
    assert times == sorted(times)


@pytest.mark.parametrize("speed", [1, 100])
def test_a_running_clock_sends_by_itself(receiver, speed):
    duration = speed * 0.2
    with serve(speed=speed, duration=duration) as mock:
        with Vendor(mock, "akool") as akool:
            submit(akool, receiver.url)
        wait_for(lambda: len(receiver.posted) == 2)
        mock.webhooks.settle()
        assert statuses(mock) == receiver.statuses == [2, 3]


@pytest.mark.parametrize("speed", [1, 100])
def test_a_running_clock_can_be_advanced_too(receiver, speed):
    with serve(speed=speed, duration=1_000_000) as mock:
        with Vendor(mock, "akool") as akool:
            submit(akool, receiver.url)
        advance(mock, 10_000_000)
        assert receiver.statuses == [2, 3]


def test_with_a_running_clock_the_pause_begins_at_the_answer():
    with serve(speed=100, duration=0) as mock, Vendor(mock, "akool") as akool:
        with Receiver([500]) as receiver:
            receiver.gate.clear()
            submit(akool, receiver.url)
            assert receiver.arrived.wait(20)
            until = mock.clock.time() + 5
            wait_for(lambda: mock.clock.time() > until)
            receiver.gate.set()
            wait_for(lambda: mock.webhooks[0].delivered)
    first, second = (attempt.at for attempt in mock.webhooks[0].attempts)
    assert (second - first).total_seconds() > 1 + 5


def test_a_terminal_task_answers_the_same_bytes_while_it_is_told(mock, akool, receiver):
    receiver.gate.clear()
    task_id = submit(akool, receiver.url)["_id"]
    mock.clock.advance(30)
    first = akool.fetch(task_id).content
    receiver.gate.set()
    advance(mock, 0)
    assert receiver.statuses == [2, 3]
    for seconds in (0, 1, 86_400):
        advance(mock, seconds)
        assert akool.fetch(task_id).content == first


# The end.


def test_reset_forgets_all_at_once(mock, akool, receiver, caplog, delivering):
    receiver.gate.clear()
    submit(akool, receiver.url)
    mock.clock.advance(30)
    assert receiver.arrived.wait(20)
    started = time.perf_counter()
    mock.reset()
    assert time.perf_counter() - started < 15
    receiver.gate.set()
    advance(mock, 3600)
    assert len(receiver.posted) == 1
    assert list(mock.webhooks) == []
    assert not delivering()
    submit(akool, receiver.url)  # and it goes on
    advance(mock, 30)
    assert statuses(mock) == [2, 3]
    assert caplog.text == ""


def test_nothing_is_left_at_the_end_of_the_block(receiver, caplog, delivering):
    receiver.gate.clear()
    with serve(speed=0) as mock, Vendor(mock, "akool") as akool:
        submit(akool, receiver.url)
        submit(akool, receiver.at("localhost"))
        mock.clock.advance(30)
        assert receiver.arrived.wait(20)
        started = time.perf_counter()
    assert time.perf_counter() - started < 15
    assert not delivering()
    assert caplog.text == ""
    assert len(mock.webhooks) == 2  # what was told can still be looked at
    mock.webhooks.settle()


def test_the_oldest_make_room(mock, akool, receiver, monkeypatch):
    from imagetasks_mock.outside import webhooks

    monkeypatch.setattr(webhooks, "KEPT", 3)
    for _ in range(2):
        submit(akool, receiver.url)
        advance(mock, 30)
    assert len(receiver.posted) == 4
    assert statuses(mock) == [3, 2, 3]
    assert mock.webhooks[-1].at > mock.webhooks[0].at


def test_they_are_listed_under_mock(mock, akool, receiver):
    task_id = submit(akool, receiver.url)["_id"]
    submit(akool, "https://example.com/hook")
    advance(mock, 30)
    listed = httpx.get(f"{mock.url}/_mock/webhooks").json()
    assert len(listed) == 4
    (first,) = [
        w for w in listed if w["task"] == task_id and w["content"]["status"] == 2
    ]
    assert first.pop("attempts") == [{"at": first["at"], "status": 200, "error": None}]
    assert datetime.fromisoformat(first.pop("at")).tzinfo == UTC
    assert first == {
        "provider": "akool",
        "task": task_id,
        "url": receiver.url,
        "content": {"_id": task_id, "status": 2, "type": "image"},
        "delivered": True,
        "not_sent": None,
    }
    outside = next(w for w in listed if w["task"] != task_id)
    assert (outside["attempts"], outside["delivered"]) == ([], False)
    assert "example.com" in outside["not_sent"]
