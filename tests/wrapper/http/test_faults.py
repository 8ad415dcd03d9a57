"""Servers that misbehave on a real socket: a typed error in bounded time, and nothing is lost."""

from __future__ import annotations

import gzip
import socket
import time

import pytest
from imagetasks import (
    Access,
    ImageRequest,
    MalformedResponse,
    NetworkError,
    PollOutage,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskNotFound,
    UnknownState,
    WaitTimeout,
)
from support.broken_server import (
    answer,
    broken_server,
    drip_body,
    drip_headers,
    endless,
    garbage,
    hang,
    reset,
    vanish,
)
from support.drivers import OVER_SOCKETS

pytestmark = OVER_SOCKETS

XING = "xingchaoyiqing"
TASK = Task(provider=XING, id="image_1", state=State.QUEUED, wire_state="queued")
PROCESSING = {
    "id": "image_1", "object": "image.generation", "created": 1774836724,
    "model": "gpt-image-2", "status": "processing", "image_url": None, "error": None,
}  # fmt: skip
COMPLETED = PROCESSING | {
    "status": "completed",
    "image_url": "https://cdn.example.com/1.png",
}
FAST = {"min_gap": 0.01, "max_gap": 0.02, "jitter": 0.0}


@pytest.fixture
def client(driver):
    def make(server, **policy):
        return driver(
            {XING: Access("secret-key-0123", server.url)},
            policy=PollPolicy(**FAST | policy),
        )

    return make


@pytest.mark.parametrize(
    "fault", [hang, drip_headers, drip_body], ids=lambda f: f.__name__
)
def test_a_server_that_holds_the_line_cannot_outlast_the_deadline(
    client, fault
) -> None:
    with broken_server(fault) as server:
        began = time.monotonic()
        with pytest.raises((WaitTimeout, PollOutage)) as caught:
            client(server).wait(TASK, timeout=0.6)
        assert time.monotonic() - began < 20
        assert caught.value.task == TASK


@pytest.mark.parametrize(
    "fault", [hang, drip_headers, drip_body], ids=lambda f: f.__name__
)
def test_one_exchange_ends_with_its_attempt(client, fault) -> None:
    with broken_server(fault) as server:
        began = time.monotonic()
        with pytest.raises(NetworkError):
            client(server, attempt=0.3).fetch(TASK)
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "fault", [hang, reset, vanish, drip_body, garbage], ids=lambda f: f.__name__
)
def test_a_submit_whose_answer_is_lost_is_unknown_and_not_repeated(
    client, fault
) -> None:
    with broken_server(fault) as server:
        with pytest.raises(SubmitOutcomeUnknown):
            client(server, attempt=0.3).submit(XING, ImageRequest("a lighthouse"))
        assert len(server.requests) == 1


def test_nobody_listening_is_told_apart_from_a_lost_answer(client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    class Nowhere:
        url = f"http://127.0.0.1:{port}"

    with pytest.raises(NetworkError) as caught:
        client(Nowhere, outage=0).submit(XING, ImageRequest("a lighthouse"))
    assert caught.value.sent is False


@pytest.mark.parametrize(
    "fault",
    [
        reset,
        vanish,
        garbage,
        answer(COMPLETED, cut=10),
        answer(b""),
        answer(b"null"),
        answer(b"[]"),
        answer(b"42"),
        answer(b'{"status": '),
        answer(b"[" * 100_000),
        answer(b"9" * 5000),
        answer(b"\xff\xfe\x00"),
        answer(b"<html>maintenance</html>", headers="Content-Type: text/html\r\n"),
        answer(gzip.compress(b"{}")[:-4], headers="Content-Encoding: gzip\r\n"),
        answer(b"not gzip", headers="Content-Encoding: gzip\r\n"),
        answer({k: v for k, v in PROCESSING.items() if k != "id"}),
        answer({k: v for k, v in PROCESSING.items() if k != "status"}),
        answer(PROCESSING | {"id": None}),
        answer(PROCESSING | {"status": None}),
        answer(COMPLETED | {"image_url": None}),
        answer(COMPLETED | {"image_url": "/relative.png"}),
        answer(COMPLETED | {"image_url": {"url": 1}}),
        answer(PROCESSING, status="204 No Content"),
        answer(PROCESSING, status="206 Partial Content"),
        answer({}, status="302 Found", headers="Location: https://example.com/\r\n"),
        answer({"error": "busy"}, status="500 Oops"),
        answer(b"bad gateway", status="502 Bad Gateway"),
        answer(b"", status="520 "),
        answer(b"", status="599 "),
        answer({}, status="408 Request Timeout"),
        answer({}, status="429 Too Many Requests"),
        answer(
            b"oops",
            status="500 Oops",
            headers="Content-Type: text/plain; charset=base64\r\n",
        ),
        answer(
            b"oops",
            status="500 Oops",
            headers="Content-Type: text/plain; charset=\u2011\r\n",
        ),
        answer(
            b"oops",
            status="429 Busy",
            headers="Retry-After: \u2011\r\nDate: S\u00e1b\r\n",
        ),
        answer(
            gzip.compress(gzip.compress(b"{}")),
            headers="Content-Encoding: gzip, gzip\r\n",
        ),
        answer(PROCESSING | {"id": "\ud800"}),
        answer(PROCESSING | {"id": ".."}),
    ],
)
def test_a_wait_lives_through_any_bad_answer(client, fault) -> None:
    """Nothing paid for is dropped at first sight: one bad answer, then the vendor is well again."""
    with broken_server(fault, answer(COMPLETED)) as server:
        task = client(server).wait(TASK, timeout=10)
    assert task.state is State.SUCCEEDED


def test_a_header_outside_of_ascii_hides_no_picture(client) -> None:
    strange = "Content-Type: application/json; charset=utf\u20118\r\nDate: S\u00e1b\r\n"
    with broken_server(answer(COMPLETED, headers=strange)) as server:
        assert client(server).fetch(TASK).state is State.SUCCEEDED


BOMB = gzip.compress(gzip.compress(bytes(2**26)))


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
    ],
)
def test_what_is_packed_twice_is_not_unpacked(client, headers) -> None:
    """A few kilobytes would become gigabytes, and seconds, before anyone could count them."""
    with broken_server(answer(BOMB, headers=headers)) as server:
        with pytest.raises(MalformedResponse) as caught:
            client(server).fetch(TASK)
    # Unpacked, it would have been longer than anything that is kept.
    assert "more than 16" not in str(caught.value)


def test_the_evidence_is_kept_whole_or_as_far_as_it_came(client) -> None:
    """Over the fast transport from the second broken answer to a poll on."""
    with broken_server(answer(b'{"id": "image_1", "status"', cut=3)) as server:
        careful = client(server)
        with pytest.raises(MalformedResponse):
            careful.fetch(TASK)
        with pytest.raises(MalformedResponse) as caught:
            careful.fetch(TASK)
    assert caught.value.body == b'{"id": "image_1", "stat'
    assert caught.value.status_code == 200
    assert caught.value.task == TASK


def test_a_body_without_an_end_is_cut_off(client) -> None:
    with (
        broken_server(endless) as server,
        pytest.raises(MalformedResponse, match="more than"),
    ):
        client(server).fetch(TASK)


def test_an_outage_names_its_last_cause(client) -> None:
    with broken_server(answer({"error": "maintenance"}, status="503 Nope")) as server:
        with pytest.raises(PollOutage, match="HTTP 503 maintenance") as caught:
            client(server, outage=0.1).wait(TASK, timeout=5)
    assert caught.value.__cause__.status_code == 503


def test_a_404_ends_the_wait_for_a_task_that_is_not_ours(client) -> None:
    with broken_server(answer({"error": "no"}, status="404 Not Found")) as server:
        with pytest.raises(TaskNotFound) as caught:
            client(server).wait(TASK, timeout=5)
    assert caught.value.task == TASK


def test_an_unknown_state_ends_in_an_error_that_quotes_it(client) -> None:
    with broken_server(answer(PROCESSING | {"status": "moderating"})) as server:
        with pytest.raises(UnknownState, match="moderating") as caught:
            client(server, unknown_grace=0.05).wait(TASK, timeout=5)
    assert caught.value.task.raw["status"] == "moderating"


def test_an_unknown_state_that_passes_is_no_error(client) -> None:
    moderating = answer(PROCESSING | {"status": "moderating"})
    with broken_server(moderating, moderating, answer(COMPLETED)) as server:
        assert client(server).wait(TASK, timeout=5).state is State.SUCCEEDED


def test_redirects_are_not_followed_and_the_key_stays_home(client) -> None:
    with broken_server(answer(COMPLETED)) as elsewhere:
        moved = answer(
            {}, status="307 Moved", headers=f"Location: {elsewhere.url}/x\r\n"
        )
        with broken_server(moved) as server, pytest.raises(MalformedResponse):
            client(server).fetch(TASK)
        assert elsewhere.requests == []


def test_a_key_that_the_server_echoes_goes_nowhere(client) -> None:
    """A hostile or careless answer must not carry the key into a task, an error or a log."""
    echo = PROCESSING | {"status": "failed", "error": "bad key secret-key-0123"}
    with broken_server(
        answer(echo),
        answer(b"secret-key-0123 is wrong"),
        answer(b"secret-key-0123", status="401 No"),
    ) as server:
        vendor = client(server)
        task = vendor.fetch(TASK)
        assert "secret-key" not in f"{task!r} {task.raw} {task.error} {task.to_token()}"
        for _ in range(2):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                vendor.fetch(TASK)
            shown = f"{caught.value!r} {caught.value} {vars(caught.value)} {caught.value.__cause__!r}"
            assert "secret-key" not in shown
