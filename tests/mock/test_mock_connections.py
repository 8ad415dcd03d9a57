"""Rough clients: an error answer or a closed connection, no trace in the log, and the others are served meanwhile."""

from __future__ import annotations

import asyncio
import http.client
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from imagetasks_mock import Mock, serve
from imagetasks_mock.server.server import Running

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"
POST = b"POST " + SUBMIT.encode() + b" HTTP/1.1\r\nHost: mock\r\nx-api-key: k\r\n"
GET = b"GET /_mock/clock HTTP/1.1\r\nHost: mock\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
PATIENCE = 0.2


@pytest.fixture
def mock(caplog: pytest.LogCaptureFixture) -> Iterator[Mock]:
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []
        body = {"prompt": "x"}
        answer = httpx.post(mock.url + SUBMIT, json=body, headers={"x-api-key": "k"})
        assert answer.json()["code"] == 1000  # it goes on
    assert caplog.get_records("call") == []


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def read(peer: socket.socket) -> bytes:
    """All until the end of the connection."""
    received = b""
    while piece := peer.recv(65_536):
        received += piece
    return received


def read_ok(peer: socket.socket) -> None:
    """The answer of `application`, on a connection that stays open."""
    received = b""
    while not received.endswith(b"\r\n\r\nok"):
        piece = peer.recv(65_536)
        assert piece
        received += piece


def exchange(mock: Mock, *sent: bytes) -> bytes:
    """What comes until the server ends the connection, or has nothing left to answer."""
    with connect(mock.url) as peer:
        for piece in sent:
            peer.sendall(piece)
        peer.shutdown(socket.SHUT_WR)
        return read(peer)


def long_body(size: int) -> Iterator[bytes]:
    for n in range(0, size, 100_000):
        yield b"186a0\r\n" + b"a" * min(100_000, size - n) + b"\r\n"


# What is no proper request.


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (POST + b"Content-Length: -1\r\n\r\n{}", 400),
        (POST + b"Content-Length: 1x\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (POST + b"Content-Length: 99999999999\r\n\r\n{}", 413),
        (POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}", 400),
        (POST + CHUNKED + b"\r\nzz\r\n", 400),
        (POST + CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
        (b"GET /akool/%ff%00%zz HTTP/1.1\r\n\r\n", 404),
        (b"GET //..//akool HTTP/1.1\r\n\r\n", 404),
        (b"GET /_results/%2e%2e/x/0.png HTTP/1.1\r\n\r\n", 404),
        (b"GET /_mock/tasks/%ff HTTP/1.1\r\n\r\n", 404),
        (b"GET /\xe9 HTTP/1.1\r\n\r\n", 400),
        (b"GET /_mock/tasks?provider=\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET /_mock/tasks?provider=%ff%fe HTTP/1.1\r\n\r\n", 400),
        (GET + b"X-Odd: \xff\xfe\r\n\r\n", 200),
        (GET + b"X-Odd: \x00\r\n\r\n", 400),
        (GET + b"X Odd: 1\r\n\r\n", 400),
        (GET + b"X-Odd: 1\r\n folded\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", 404),
        (b"CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n", 400),
        (b"GET http://mock HTTP/1.1\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /_mock/clock HTTP/1.0\r\n\r\n", 200),
        (b"BREW / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xa5", 400),
        (b"\x00" * 5000, 400),
    ],
)
def test_what_is_no_proper_request_is_refused(mock, sent, status):
    assert exchange(mock, sent)[:13] == b"HTTP/1.1 %d " % status


def test_a_refusal_says_why_and_ends_the_connection(mock):
    with connect(mock.url) as peer:
        peer.sendall(b"nonsense\r\n\r\n")
        head, _, body = read(peer).partition(b"\r\n\r\n")
    assert body == b'{"error": "this is not HTTP"}'
    assert b"connection: close" in head
    assert b"content-length: %d" % len(body) in head


def test_doubled_headers_are_taken_once(mock):
    body = b'{"prompt": "x"}'
    sent = POST + b"x-api-key: other\r\nHost: second\r\nConnection: close\r\n"
    received = exchange(mock, sent + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert b'"code": 1000' in received


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"[" * 200_000, b'{"prompt": "\\ud800"}']
)
def test_a_body_that_cannot_be_read_is_the_vendors_refusal(mock, body):
    """akool: 1003 "Parameter error or Parameter can not be empty"."""
    head = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert b'"code": 1003' in exchange(mock, POST + head + body)


# What is too large.


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 1_000_000,
        GET + b"X-Long: " + b"a" * 10_000_000 + b"\r\n\r\n",
        GET + b"X-Long: " + b"a" * 10_000_000,
        GET + b"X-Many: 1\r\n" * 100 + b"\r\n",
        GET + b"X-Many: 1\r\n" * 10_000 + b"\r\n",
    ],
    ids=lambda sent: f"{sent[:12]!r}... {len(sent)}",
)
def test_a_head_that_is_too_large_is_refused(mock, sent):
    assert exchange(mock, sent).startswith(b"HTTP/1.1 431 ")


def test_a_large_head_is_taken(mock):
    many = b"X-Many: 1\r\n" * 98 + b"X-Long: " + b"a" * 60_000 + b"\r\n"
    assert exchange(mock, GET + many + b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_large_body_does_not_count_as_a_head(mock):
    """Not even where the next request has come in part with its end."""
    body = b" " * 200_000 + b'{"prompt": "x"}'
    first = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with connect(mock.url) as peer:
        peer.sendall(first + GET[:20])
        time.sleep(0.02)
        peer.sendall(GET[20:] + b"Connection: close\r\n\r\n")
        assert read(peer).count(b"HTTP/1.1 200 ") == 2


def test_a_body_of_more_than_10_MB_is_refused_whatever_it_said_of_its_size(mock):
    assert exchange(mock, POST + CHUNKED + b"\r\n", *long_body(10_100_000)).startswith(
        b"HTTP/1.1 413 "
    )
    body = b" " * 10_000_001
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    assert exchange(mock, POST + length, body).startswith(b"HTTP/1.1 413 ")


# Several requests on one connection.


def test_pipelined_requests_are_answered_in_order(mock):
    paths = [b"/_mock/clock", b"/nowhere", b"/_mock/tasks"] * 100
    sent = [b"GET " + path + b" HTTP/1.1\r\nHost: mock\r\n\r\n" for path in paths]
    with connect(mock.url) as peer:
        peer.sendall(b"".join(sent) + GET + b"Connection: close\r\n\r\n")
        received = read(peer)
    codes = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert codes == [b"200", b"404", b"200"] * 100 + [b"200"]


def test_what_follows_a_request_does_not_cost_it_its_answer(mock):
    """Such as the body of a GET that says nothing of a body."""
    received = exchange(mock, GET + b'\r\n{"prompt": "x"}')
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("to", [b"h2c", b"websocket"])
def test_who_asks_for_another_protocol_gets_http_and_no_second_turn(mock, to):
    """Java's client asks for HTTP/2 in each first request."""
    asked = GET + b"Connection: Upgrade\r\nUpgrade: " + to + b"\r\n\r\n"
    with connect(mock.url) as peer:
        peer.sendall(asked)
        assert read(peer).startswith(b"HTTP/1.1 200 ")


def test_half_of_a_request_and_no_more_is_the_end(mock):
    assert exchange(mock, POST + b"Content-Length: 100\r\n\r\n{") == b""
    assert exchange(mock, GET) == exchange(mock, b"") == b""


def test_many_clients_at_once_are_served(mock):
    ids: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection(urlsplit(mock.url).netloc)
        for _ in range(20):
            connection.request("POST", SUBMIT, b'{"prompt":"x"}', {"x-api-key": "k"})
            ids.append(connection.getresponse().read().decode())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mock.tasks) == len(set(ids)) == 160


# Slow clients.


async def application(scope: Any, receive: Callable, send: Callable) -> None:
    """Reads the body, unless it is a GET, and takes its time where the path says so."""
    while scope["method"] != "GET" and (message := await receive()).get("more_body"):
        if message["type"] == "http.disconnect":
            return
    waits = {"/soon": PATIENCE / 2, "/slow": PATIENCE * 2}
    await asyncio.sleep(waits.get(scope["path"], 0))
    length = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    if scope["path"] == "/slow-body":
        await asyncio.sleep(2 * PATIENCE)
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def impatient() -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    running = Running(application, listening, patience=PATIENCE)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.stop()


def drip(peer: socket.socket, byte: bytes) -> bytes:
    """Send it now and then, until the server ends the connection; then what it said."""
    started = time.monotonic()
    while not select.select([peer], [], [], 0.02)[0]:
        peer.sendall(byte)
        assert time.monotonic() < started + 5
    return read(peer)


@pytest.mark.parametrize(
    ("first", "dripped"),
    [
        (b"GET /", b"a"),
        (b"GET / HTTP/1.1\r\nX-Slow: ", b"a"),
        (b"GET / HTTP/1.1\r\n", b"X: 1\r\n"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", b"a"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_a_request_that_is_dripped_is_given_up(impatient, first, dripped):
    """A byte that crosses the answer resets the connection, and takes the answer along: then once more."""
    for _ in range(5):
        with connect(impatient) as peer, httpx.Client() as other:
            peer.sendall(first)
            assert other.get(impatient).text == "ok"
            if last_words := drip(peer, dripped):
                break
    assert last_words.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\n"]
)
def test_a_request_that_stops_halfway_is_given_up(impatient, first):
    with connect(impatient) as peer:
        peer.sendall(first)
        assert read(peer).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_asks_nothing_is_closed_without_a_word(impatient):
    with connect(impatient) as silent, connect(impatient) as blank:
        assert drip(blank, b"\r\n") == b""
        assert read(silent) == b""


@pytest.mark.parametrize("second", [b"", b"\r\n", b"GET / HT"])
def test_after_an_answer_it_waits_no_longer_than_that(impatient, second):
    with connect(impatient) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        read_ok(peer)
        peer.sendall(second)
        assert read(peer)[:13] == (b"HTTP/1.1 408 " if b"GET" in second else b"")


def test_a_body_that_nobody_waits_for_is_not_waited_for(impatient):
    with connect(impatient) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
        read_ok(peer)
        drip(peer, b"a")


def test_the_server_may_take_longer_than_the_client(impatient):
    with connect(impatient) as peer:
        peer.sendall(b"GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert read(peer).endswith(b"ok")


@pytest.mark.parametrize(
    ("path", "status"), [(b"/soon", b"400"), (b"/slow-body", b"200")]
)
def test_a_broken_body_does_not_get_into_an_answer(impatient, caplog, path, status):
    with connect(impatient) as peer:
        peer.sendall(b"GET " + path + b" HTTP/1.1\r\n" + CHUNKED + b"\r\n")
        time.sleep(PATIENCE / 4)
        peer.sendall(b"zz\r\n")
        time.sleep(2 * PATIENCE)
        received = read(peer)
    assert received.startswith(b"HTTP/1.1 " + status)
    assert received.count(b"HTTP/1.1") == 1
    assert caplog.text == ""


def test_who_goes_on_sending_after_a_refusal_is_cut(impatient, caplog):
    with connect(impatient) as peer:
        peer.sendall(b"nonsense\r\n\r\n")
        assert read(peer).startswith(b"HTTP/1.1 400 ")
        with suppress(ConnectionError):
            for _ in range(50 * 5):
                peer.sendall(b"a")
                time.sleep(0.02)
            pytest.fail("it is still open")
    assert caplog.text == ""


def test_what_was_whole_is_answered_though_the_next_never_comes(impatient):
    with connect(impatient) as peer:
        peer.sendall(b"GET /slow HTTP/1.1\r\n\r\nGET / HT")
        received = read(peer)
    assert received.endswith(b"ok")
    assert received.count(b"HTTP/1.1") == 1


# As a process.


def start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nonsense_leaves_no_trace_on_stderr():
    process = start("import imagetasks_mock; imagetasks_mock.main()")
    assert process.stdout
    url = process.stdout.readline().split()[-1]
    upgrade = GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    for sent in (b"\x00\x01\x02", upgrade, GET + b"Origin: http://[\r\n\r\n", POST):
        with connect(url) as peer:
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
            read(peer)
    process.terminate()
    assert process.communicate(timeout=30) == ("", "")


def test_a_thousand_idle_connections_do_not_stop_it():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 2000:
        pytest.skip("this machine does not allow so many")
    low = f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))"
    run = "imagetasks_mock.main()"
    process = start(f"import resource, imagetasks_mock; {low}; {run}")
    assert process.stdout
    url = process.stdout.readline().split()[-1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    idle: list[socket.socket] = []
    try:
        idle += [connect(url) for _ in range(1000)]
        assert httpx.get(f"{url}/_mock/clock").status_code == 200
        if os.path.isdir("/proc"):
            assert len(os.listdir(f"/proc/{process.pid}/fd")) > 1000
    finally:
        for peer in idle:
            peer.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        process.terminate()
    assert process.communicate(timeout=30) == ("", "")
