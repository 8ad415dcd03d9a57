"""
What became of a submit, row by row over real sockets: accepted, refused, certainly not sent, or unknown.

The tables are the classification. gptimage2api says that its submits are not idempotent; of aigptimage's X-Request-ID,
that a repeated one "can return the existing task".
"""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple

import pytest
from imagetasks import (
    Access,
    AuthenticationError,
    ImageRequest,
    ImageTasksError,
    InsufficientCredits,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollPolicy,
    RateLimited,
    ServerError,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    TaskNotFound,
)
from support.broken_server import (
    Behaviour,
    BrokenServer,
    TlsServer,
    answer,
    broken_server,
    drip_body,
    drip_headers,
    garbage,
    hang,
    reset,
    vanish,
)
from support.drivers import OVER_SOCKETS
from support.table import table
from vendors import AIG, AKOOL, GPT, KEY, XING, accepted

REQUEST = ImageRequest("a lighthouse")
ACCEPTED, AGAIN, UNKNOWN, NOT_SENT = "accepted", "again", "unknown", "not sent"
AGAIN_IF_SAFE = "again where the vendor deduplicates, else unknown"
PROVIDERS = pytest.mark.parametrize("provider", [GPT, AIG])


class Submitted(NamedTuple):
    """How a submit ended, and the requests that a server got of it."""

    ended: Task | ImageTasksError
    requests: list[bytes]

    @property
    def outcome(self) -> str | type[ImageTasksError]:
        match self.ended:
            case Task():
                return ACCEPTED if len(self.requests) == 1 else AGAIN
            case SubmitOutcomeUnknown():
                return UNKNOWN
            case NetworkError(sent=False):
                return NOT_SENT
            case error:
                return type(error)


def submit(
    driver: Any,
    provider: str,
    server: BrokenServer | str,
    request: ImageRequest = REQUEST,
    **policy: float,
) -> Submitted:
    url, requests = (
        (server, []) if isinstance(server, str) else (server.url, server.requests)
    )
    quick = {"min_gap": 0.01, "max_gap": 0.01, "outage": 5, "attempt": 10} | policy
    client = driver({provider: Access(KEY, url)}, policy=PollPolicy(**quick))
    try:
        return Submitted(client.submit(provider, request), requests)
    except ImageTasksError as error:
        return Submitted(error, requests)


def assert_is(submitted: Submitted, provider: str, expected: Any) -> None:
    """The outcome, how many requests it took, and that all of them had the same id."""
    if expected == AGAIN_IF_SAFE:
        expected = AGAIN if provider == AIG else UNKNOWN
    assert submitted.outcome == expected, submitted.ended
    assert len(submitted.requests) == (2 if expected == AGAIN else 1)
    ids = [
        re.findall(rb"(?i)x-request-id: (\S+)", request)
        for request in submitted.requests
        if request
    ]
    assert all(each == ids[0] for each in ids)


# What the server does once it has the whole request; what comes after that is answered well


def raw(text: bytes, then: Behaviour) -> Behaviour:
    def behave(connection: socket.socket, server: BrokenServer) -> None:
        connection.sendall(text)
        time.sleep(0.02)
        then(connection, server)

    return behave


def says(status: int, headers: str = "", body: object = b"{}") -> Behaviour:
    return answer(body, status=f"{status} X", headers=headers)


PAGE = b"<html><h1>Bad Gateway</h1></html>"
HTML = "Content-Type: text/html\r\n"
OK, EARLY = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


def answer_rows(
    good: Any = None, other: Any = None
) -> dict[str, tuple[Behaviour, Any]]:
    """`good` is the vendor's own answer, `other` is another vendor's."""
    # fmt: off
    return {
        # No answer.
        "resets":                        (reset, AGAIN_IF_SAFE),
        "closes":                        (vanish, AGAIN_IF_SAFE),
        "another protocol":              (garbage, AGAIN_IF_SAFE),
        "resets within the headers":     (raw(OK + b"Content-Le", reset), AGAIN_IF_SAFE),
        "resets within the body":        (raw(OK + b"Content-Length: 99\r\n\r\n{", reset), AGAIN_IF_SAFE),
        # Refusals.
        "400":                           (says(400), InvalidRequest),
        "401":                           (says(401), AuthenticationError),
        "402":                           (says(402), InsufficientCredits),
        "403":                           (says(403), AuthenticationError),
        "404":                           (says(404), TaskNotFound),
        "409":                           (says(409), InvalidRequest),
        "422":                           (says(422), InvalidRequest),
        "429":                           (says(429), AGAIN),
        "429, Retry-After: 0":           (says(429, "Retry-After: 0\r\n"), AGAIN),
        "429, Retry-After: 3600":        (says(429, "Retry-After: 3600\r\n"), RateLimited),
        # Failures that may have come after the task was made. gptimage2api's table calls 500 retryable, and its guide
        # says that a POST is not: the guide is believed.
        "408":                           (says(408), UNKNOWN),
        "500":                           (says(500), AGAIN_IF_SAFE),
        "502, a proxy's page":           (says(502, HTML, PAGE), AGAIN_IF_SAFE),
        "503":                           (says(503), AGAIN_IF_SAFE),
        "503, Retry-After: 0":           (says(503, "Retry-After: 0\r\n"), AGAIN_IF_SAFE),
        "504":                           (says(504), AGAIN_IF_SAFE),
        "520":                           (says(520), AGAIN_IF_SAFE),
        # What no vendor documents.
        "201":                           (says(201, body=good), UNKNOWN),
        "202":                           (says(202, body=good), UNKNOWN),
        "204":                           (says(204, body=b""), UNKNOWN),
        "301":                           (says(301, "Location: /x\r\n"), UNKNOWN),
        "307":                           (says(307, "Location: /x\r\n"), UNKNOWN),
        "600":                           (says(600, body=good), UNKNOWN),
        # Success.
        "100, then a good answer":       (raw(b"HTTP/1.1 100 Continue\r\n\r\n", says(200, body=good)), ACCEPTED),
        "103, then a good answer":       (raw(EARLY, says(200, body=good)), ACCEPTED),
        "200, as text":                  (says(200, "Content-Type: text/plain\r\n", good), ACCEPTED),
        # A success that nobody can read.
        "200, cut short":                (answer(good, cut=2), UNKNOWN),
        "200, with too long a length":   (raw(OK + b"Content-Length: 99\r\n\r\n{}", vanish), UNKNOWN),
        "200, empty":                    (says(200, body=b""), UNKNOWN),
        "200, no JSON":                  (says(200, body=b'{"taskId": '), UNKNOWN),
        "200, no UTF-8":                 (says(200, body=b'{"taskId": "\xff"}'), UNKNOWN),
        "200, a page":                   (says(200, HTML, PAGE), UNKNOWN),
        "200, null":                     (says(200, body=None), UNKNOWN),
        "200, a list":                   (says(200, body=[good]), UNKNOWN),
        "200, without an id":            (says(200, body={"code": 200, "data": {}}), UNKNOWN),
        "200, another vendor's":         (says(200, body=other), UNKNOWN),
        "200, said to be packed":        (says(200, "Content-Encoding: gzip\r\n", good), UNKNOWN),
    }
    # fmt: on


@OVER_SOCKETS
@PROVIDERS
@table("row", answer_rows())
def test_what_an_answer_says_of_a_submit(driver, provider, row) -> None:
    good, other = accepted(provider), accepted(AKOOL)
    behaviour, expected = answer_rows(good, other)[row]
    with broken_server(behaviour, answer(good)) as server:
        assert_is(submit(driver, provider, server), provider, expected)


@OVER_SOCKETS
@PROVIDERS
@table("late", [hang, drip_headers, drip_body], ids=lambda f: f.__name__)
def test_an_answer_that_is_late_may_still_mean_a_task(driver, provider, late) -> None:
    with broken_server(late, answer(accepted(provider))) as server:
        submitted = submit(driver, provider, server, attempt=0.5)
        assert_is(submitted, provider, AGAIN_IF_SAFE)


@OVER_SOCKETS
@PROVIDERS
def test_an_answer_without_end_is_unknown(driver, provider) -> None:
    """101: the connection is another protocol's from there on."""
    switching = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    with broken_server(raw(switching, hang), answer(accepted(provider))) as server:
        submitted = submit(driver, provider, server, attempt=0.5)
        assert submitted.outcome in ([UNKNOWN, AGAIN] if provider == AIG else [UNKNOWN])


# An error inside of HTTP 200, as each vendor has it

ENVELOPES: dict[str, tuple[str, Any, Any, str | None]] = {
    "a failed image": (
        XING,
        accepted(XING) | {"status": "failed", "error": "Invalid request: no"},
        TaskFailed,
        None,
    ),
    "1003": (AKOOL, {"code": 1003, "msg": "no"}, InvalidRequest, "1003"),
    "1005": (AKOOL, {"code": 1005, "msg": "too frequent"}, RateLimited, "1005"),
    "1104": (AKOOL, {"code": 1104, "msg": "no credit"}, InsufficientCredits, "1104"),
    "1108": (AKOOL, {"code": 1108, "msg": "try again later"}, ServerError, "1108"),
    "402": (AIG, {"code": 402, "msg": "no", "data": None}, InsufficientCredits, "402"),
    "422": (AIG, {"code": 422, "msg": "no", "data": None}, InvalidRequest, "422"),
    "429": (AIG, {"code": 429, "msg": "no", "data": None}, RateLimited, "429"),
    # `code` is "the HTTP status again": what is not certain of that is not certain of this.
    "408": (AIG, {"code": 408, "msg": "no", "data": None}, UNKNOWN, None),
    "500": (AIG, {"code": 500, "msg": "no", "data": None}, UNKNOWN, None),
    # None is documented: it is an answer without an id.
    "an error": (GPT, {"error": "Insufficient credits"}, UNKNOWN, None),
}


@OVER_SOCKETS
@table("row", ENVELOPES)
def test_what_an_error_inside_http_200_says_of_a_submit(driver, row) -> None:
    provider, body, expected, code = ENVELOPES[row]
    with broken_server(answer(body)) as server:
        submitted = submit(driver, provider, server)
        assert_is(submitted, provider, expected)
    assert getattr(submitted.ended, "code", None) == code
    words = body.get("msg") or body["error"]
    assert words in str(submitted.ended) or expected == UNKNOWN


# The request may not have arrived as a whole, and no client can tell


class Impatient(BrokenServer):
    """The first behaviour gets its connection as it is: nothing was read from it."""

    def _serve(self, connection: socket.socket) -> None:
        if len(self.connections) > 1:
            super()._serve(connection)
            return
        self.requests.append(b"")
        with suppress(OSError):
            self._behaviours.pop(0)(connection, self)
        connection.close()


@contextmanager
def impatient_server(*behaviours: Behaviour) -> Iterator[Impatient]:
    server = Impatient(*behaviours)
    try:
        yield server
    finally:
        server.close()


def read_some(then: Behaviour) -> Behaviour:
    def behave(connection: socket.socket, server: BrokenServer) -> None:
        connection.recv(300)
        then(connection, server)

    return behave


def unread(connection: socket.socket, server: BrokenServer) -> None:
    connection.recv(1, socket.MSG_PEEK)
    reset(connection, server)


CUT_OFF: dict[str, Behaviour] = {
    "resets before it reads": unread,
    "resets within the request": read_some(reset),
    "closes within the request": read_some(vanish),
}


@OVER_SOCKETS
@PROVIDERS
@table("row", CUT_OFF)
def test_a_request_that_was_cut_off_may_have_arrived(driver, provider, row) -> None:
    with impatient_server(CUT_OFF[row], answer(accepted(provider))) as server:
        assert_is(submit(driver, provider, server), provider, AGAIN_IF_SAFE)


@OVER_SOCKETS
def test_a_request_that_nobody_reads_to_its_end_may_have_arrived(driver) -> None:
    # More than the buffers between the two hold.
    large = ImageRequest("a lighthouse", extra={"note": "x" * 12_000_000})
    with impatient_server(read_some(hang)) as server:
        submitted = submit(driver, GPT, server, large, attempt=0.5)
        assert_is(submitted, GPT, UNKNOWN)


# Connections that are kept


class Keeping(BrokenServer):
    """Answers well and keeps the connection, which `between` gets before the next request is read."""

    def __init__(
        self, body: object, between: Callable[[socket.socket, int], None]
    ) -> None:
        self._between = between
        super().__init__(answer(body))

    def _serve(self, connection: socket.socket) -> None:
        behaviour, served = self._behaviours[0], 0
        with suppress(OSError):
            while self._read(connection):
                behaviour(connection, self)
                served += 1
                self._between(connection, served)
        connection.close()

    def _read(self, connection: socket.socket) -> bool:
        received = b""
        while not received.endswith(b"}"):
            chunk = connection.recv(65536)
            if not chunk:
                return False
            received += chunk
        self.requests.append(received)
        return True


@OVER_SOCKETS
@PROVIDERS
def test_a_connection_that_was_closed_while_idle_costs_nothing(
    driver, provider
) -> None:
    closed = threading.Event()

    def close(connection: socket.socket, served: int) -> None:
        connection.close()
        closed.set()

    server = Keeping(accepted(provider), close)
    client = driver({provider: Access(KEY, server.url)})
    try:
        for n in range(1, 4):
            assert client.submit(provider, REQUEST)
            assert len(server.requests) == n
            assert closed.wait(10)
            closed.clear()
            time.sleep(0.05)
    finally:
        server.close()


@OVER_SOCKETS
def test_a_kept_connection_that_is_closed_with_the_next_request_on_it(driver) -> None:
    """What was written to it may have been read: no library between may send it again by itself."""

    def read_and_close(connection: socket.socket, served: int) -> None:
        server.requests.append(connection.recv(65536))
        connection.close()

    server = Keeping(accepted(GPT), read_and_close)
    client = driver({GPT: Access(KEY, server.url)})
    try:
        for n in range(5):
            assert client.submit(GPT, REQUEST)
            with pytest.raises(SubmitOutcomeUnknown):
                client.submit(GPT, REQUEST)
            assert len(server.requests) == 2 * n + 2
    finally:
        server.close()


@OVER_SOCKETS
def test_closing_a_kept_connection_while_a_request_sets_out_makes_no_second(
    driver,
) -> None:
    """The classic race, at moments drawn by the machine: each request that arrived belongs to another submit."""

    def close_soon(connection: socket.socket, served: int) -> None:
        time.sleep(0.0001 * (len(server.requests) % 8))
        connection.close()

    server = Keeping(accepted(GPT), close_soon)
    quick = PollPolicy(min_gap=0.001, max_gap=0.001)
    client = driver({GPT: Access(KEY, server.url)}, policy=quick)
    try:
        for n in range(100):
            with suppress(SubmitOutcomeUnknown):
                client.submit(GPT, ImageRequest(f"number {n}."))
    finally:
        server.close()
    prompts = re.findall(r"number (\d+)\.", b"".join(server.requests).decode())
    assert len(prompts) == len(set(prompts))
    # At worst every second one is lost: after each loss comes a new connection.
    assert len(prompts) >= 50


# Certainly not sent


@contextmanager
def nobody_listens() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def nobody_answers() -> Iterator[str]:
    """Linux does not answer for a listener whose backlog is full."""
    with ExitStack() as stack:
        busy = stack.enter_context(socket.socket())
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        yield f"http://127.0.0.1:{busy.getsockname()[1]}"


def tls(behaviour: Behaviour) -> Callable[[], Any]:
    """A server that behaves so when it should shake hands."""

    class Speechless(BrokenServer):
        def _serve(self, connection: socket.socket) -> None:
            with suppress(OSError):
                connection.recv(65536)
                behaviour(connection, self)
            connection.close()

    @contextmanager
    def serve() -> Iterator[str]:
        server = Speechless(behaviour)
        try:
            yield server.url.replace("http:", "https:")
        finally:
            server.close()

    return serve


UNREACHED = {
    "nobody listens": nobody_listens,
    "nobody answers": nobody_answers,
    "the handshake is reset": tls(reset),
    "the handshake is cut": tls(vanish),
    "the handshake hangs": tls(hang),
    "there is no TLS": tls(answer({})),
}


@OVER_SOCKETS
@PROVIDERS
@pytest.mark.parametrize("row", UNREACHED)
def test_a_connection_that_was_not_made_means_that_nothing_was_sent(
    driver, provider, row
) -> None:
    if row == "nobody answers" and sys.platform != "linux":
        pytest.skip("how Linux keeps a full backlog")
    with UNREACHED[row]() as url:
        submitted = submit(driver, provider, url, attempt=0.5, outage=0.1)
    assert submitted.outcome == NOT_SENT, submitted.ended


@OVER_SOCKETS
def test_what_was_not_sent_is_sent_again_when_somebody_listens(driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    opened: list[BrokenServer] = []

    def open_late() -> None:
        time.sleep(0.2)
        opened.append(BrokenServer(answer(accepted(GPT)), port=port))

    threading.Thread(target=open_late).start()
    url = f"http://127.0.0.1:{port}"
    try:
        submitted = submit(driver, GPT, url, min_gap=0.05, max_gap=0.05, outage=10)
        assert isinstance(submitted.ended, Task)
        assert len(opened[0].requests) == 1
    finally:
        for server in opened:
            server.close()


@OVER_SOCKETS
def test_a_certificate_of_nobody_known_is_refused_before_the_key_is_sent(
    driver, tls_server: TlsServer
) -> None:
    assert submit(driver, GPT, tls_server.url, outage=0).outcome == NOT_SENT
    assert tls_server.requests == []


@OVER_SOCKETS
def test_a_certificate_of_another_host_is_refused_before_the_key_is_sent(
    driver, tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.authority))
    url = tls_server.url.replace("127.0.0.1", "localhost")
    submitted = submit(driver, GPT, url, outage=0)
    assert submitted.outcome == NOT_SENT, submitted.ended
    assert tls_server.requests == []


@OVER_SOCKETS
def test_a_name_that_nobody_has_means_that_nothing_was_sent(
    driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    # Where the resolver is Rust's: it asks no name server for a name this long.
    name = ".".join(["a" * 60] * 5)
    submitted = submit(driver, GPT, f"http://{name}.invalid", outage=0)
    assert submitted.outcome == NOT_SENT, submitted.ended


@OVER_SOCKETS
@table("status", [403, 407, 502])
def test_a_proxy_that_refuses_means_that_nothing_was_sent(
    driver, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with broken_server(says(status)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        submitted = submit(driver, GPT, "https://vendor.example", outage=0)
        assert submitted.outcome == NOT_SENT, submitted.ended
        assert all(r.startswith(b"CONNECT vendor.example:443") for r in proxy.requests)
        assert KEY.encode() not in b"".join(proxy.requests)


@OVER_SOCKETS
@table("scheme", ["http", "https"])
def test_a_proxy_that_is_down_means_that_nothing_was_sent(
    driver, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    submitted = submit(driver, GPT, f"{scheme}://vendor.example", outage=0)
    assert submitted.outcome == NOT_SENT, submitted.ended


@OVER_SOCKETS
def test_a_proxy_that_breaks_off_before_its_tunnel_means_that_nothing_was_sent(
    driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken_server(reset) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        submitted = submit(driver, GPT, "https://vendor.example", outage=0)
        assert submitted.outcome == NOT_SENT, submitted.ended
        assert KEY.encode() not in b"".join(proxy.requests)


# Refused before anything is sent


@OVER_SOCKETS
@table(
    "request_",
    [ImageRequest("x" * 20_001), ImageRequest("x", quality="high")],
    ids=["too long", "cannot be said"],
)
def test_what_the_spec_refuses_is_not_sent(driver, request_) -> None:
    with broken_server(answer(accepted(GPT))) as server:
        submitted = submit(driver, GPT, server, request_)
        assert isinstance(submitted.ended, ImageTasksError)
        assert not isinstance(submitted.ended, SubmitOutcomeUnknown)
        assert server.requests == []


@OVER_SOCKETS
def test_an_unknown_outcome_tells_what_to_look_for(driver) -> None:
    with broken_server(says(200, HTML, PAGE)) as server:
        error = submit(driver, GPT, server).ended
    assert isinstance(error, SubmitOutcomeUnknown)
    assert (error.provider, error.request, error.idempotency_key) == (
        GPT,
        REQUEST,
        None,
    )
    assert error.sent_at is not None
    assert "may have been accepted and billed" in str(error)
    assert isinstance(error.__cause__, MalformedResponse)
    assert error.__cause__.body == PAGE
