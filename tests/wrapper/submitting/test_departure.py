"""An attempt begins with its first byte: what fails before was not sent, whatever type the failure has."""

from __future__ import annotations

import asyncio
import builtins
import importlib
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from imagetasks import Access, Client, ImageRequest, NetworkError, PollPolicy
from imagetasks._http import connecting, departure, environment, sender
from imagetasks._http.errors import NEVER_CONNECTED
from support.broken_server import broken_server, hang
from support.drivers import OVER_SOCKETS
from support.journals import caught, outcomes
from support.tasks import STEADY, XING


def exceptions_of(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from exceptions_of(each)


def make(kind: type[Exception]) -> Exception:
    for arguments in ARGUMENTS:
        with suppress(TypeError):
            return kind(*arguments)
    raise AssertionError(f"how is {kind} made?")


ARGUMENTS: list[tuple[Any, ...]] = [
    ("x",),
    (),
    ("utf-8", b"x", 0, 1, "x"),
    ("utf-8", "x", 0, 1, "x"),
    ("x", 0, 1, "x"),
    ("x", [ValueError("x")]),
]
NOT_OF_A_FAILURE = (
    # Coroutines make another exception of these.
    StopIteration,
    StopAsyncIteration,
    # By it httpcore's pool asks itself for another connection.
    httpcore.ConnectionNotAvailable,
    # It is made of an answer.
    httpx.HTTPStatusError,
)
HOMES = ("builtins", "httpcore", "httpx", "socket", "ssl")


def is_at_home(kind: type[Exception]) -> bool:
    home = kind.__module__.partition(".")[0]
    # Extension modules say of theirs that they are Python's own.
    is_found = home != "builtins" or getattr(builtins, kind.__name__, None) is kind
    return home in HOMES and is_found and not issubclass(kind, NOT_OF_A_FAILURE)


FAILURES = [
    make(kind) for kind in dict.fromkeys(exceptions_of(Exception)) if is_at_home(kind)
]
"""One of every type that Python, its sockets and TLS, httpx and httpcore have."""


def raising(failure: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise failure

    return fail


def fast_transport() -> Any:
    """The module, where the driver of the test uses it."""
    with suppress(ImportError):
        return importlib.import_module("imagetasks._http.fast")


def stages(fail: Callable[..., Any]) -> dict[str, list[tuple[Any, str, Any]]]:
    """What fails in each transport, from first to last."""
    fast = fast_transport()
    return {
        "the client is made": [
            (sender, "BoundedTransport", fail),
            (sender, "BoundedClient", fail),
            *([(fast, "FastClient", fail)] if fast else []),
        ],
        "the proxies are read": [(environment.Proxies, "for_url", fail)],
        "the certificates are loaded": [(environment, "tls_context", fail)],
        "the connection is made": [
            (connecting, "connect", fail),
            (connecting, "_first", fail),
            *([(fast, "_pool", fail)] if fast else []),
        ],
    }


STAGES = pytest.mark.parametrize("stage", stages(raising(Exception())))


def submit(client: Any, failure: BaseException, stage: str) -> BaseException:
    with pytest.MonkeyPatch.context() as patch:
        for where, name, fail in stages(raising(failure))[stage]:
            patch.setattr(where, name, fail)
        try:
            client.submit(XING, ImageRequest("x"))
        except BaseException as error:
            return error
    raise AssertionError("nothing was raised")


@OVER_SOCKETS
@STAGES
@pytest.mark.parametrize("nth", [9, pytest.param(1, marks=pytest.mark.long)])
def test_what_fails_before_a_byte_leaves_was_not_sent(
    driver, journal_file: Path, stage: str, nth: int
) -> None:
    failures = FAILURES[::nth]
    for failure in failures:
        access = {XING: Access("key", "https://127.0.0.1:1")}
        policy = PollPolicy(outage=0, jitter=0)
        client = driver(access, journal=journal_file, policy=policy)
        error = submit(client, failure, stage)
        assert isinstance(error, NetworkError), failure
        assert not error.sent, failure
        assert client.resume_all(timeout=1) == []
        client.close()
    assert outcomes(journal_file) == ["not sent"] * len(failures)


@STAGES
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_program_before_a_byte_leaves_leaves_nothing_open(
    journal_file: Path, stage: str, kind: type[BaseException]
) -> None:
    access = {XING: Access("key", "https://127.0.0.1:1")}
    with Client(access, journal=journal_file) as client:
        assert type(submit(client, kind(), stage)) is kind
        assert client.resume_all(timeout=1) == []


@OVER_SOCKETS
def test_what_fails_after_a_byte_has_left_is_open(driver, journal_file: Path) -> None:
    """The other half of the law, whatever a transport may raise only without a connection."""
    failures = [
        each
        for each in FAILURES
        if isinstance(each, (*NEVER_CONNECTED, RuntimeError, ssl.SSLError))
    ]
    with broken_server(hang) as server:
        for failure in failures:
            access = {XING: Access("key", server.url)}
            client = driver(access, journal=journal_file, policy=STEADY)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(departure.Departure, "leave", leave_and(failure))
                error = caught(client.submit, XING, ImageRequest("x"))
            assert not isinstance(error, NetworkError), failure
            client.close()
    assert outcomes(journal_file) == [None] * len(failures)


def leave_and(failure: Exception) -> Callable[[departure.Departure], None]:
    leave = departure.Departure.leave

    def fail(one: departure.Departure) -> None:
        leave(one)
        raise failure

    return fail


# Names with several addresses


@contextmanager
def silent(hosts: list[str], port: int = 0) -> Iterator[int]:
    """Addresses that swallow connections: their queues are full. The port is the same for all."""
    with ExitStack() as stack:
        for host in hosts:
            listener = stack.enter_context(socket.socket())
            listener.bind((host, port))
            listener.listen(0)
            port = listener.getsockname()[1]
            for _ in range(4):
                caller = stack.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex((host, port))
        yield port


FULL_QUEUES = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a full queue refuses"
)


async def connect_async(host: str, port: int, timeout: float) -> str:
    backend = connecting.AsyncConnectingBackend()
    stream = await backend.connect_tcp(host, port, timeout)
    address = stream.get_extra_info("server_addr")[0]
    await stream.aclose()
    return str(address)


def connect(host: str, port: int, timeout: float) -> str:
    stream = connecting.ConnectingBackend().connect_tcp(host, port, timeout)
    address = stream.get_extra_info("server_addr")[0]
    stream.close()
    return str(address)


KINDS = pytest.mark.parametrize(
    "connect_to",
    [connect, lambda *where: asyncio.run(connect_async(*where))],
    ids=["sync", "async"],
)


@KINDS
@FULL_QUEUES
def test_one_timeout_holds_for_all_addresses(names, connect_to) -> None:
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    names.add("vendor.test", hosts)
    with silent(hosts) as port:
        began = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout):
            connect_to("vendor.test", port, 1.0)
        assert time.monotonic() - began < 2.9


@KINDS
@FULL_QUEUES
def test_the_next_address_is_tried_while_the_first_is_silent(names, connect_to) -> None:
    names.add("vendor.test", ["127.0.0.2", "127.0.0.1"])
    with broken_server(hang) as server:
        with silent(["127.0.0.2"], int(server.url.rpartition(":")[2])) as port:
            assert connect_to("vendor.test", port, 30.0) == "127.0.0.1"


def test_the_families_take_turns() -> None:
    found = [
        (10, 1, 6, "", ("::1", 1, 0, 0)),
        (10, 1, 6, "", ("::2", 1, 0, 0)),
        (2, 1, 6, "", ("127.0.0.1", 1)),
    ]
    turns = connecting.hosts_of(connecting.in_turns(found))
    assert turns == ["::1", "127.0.0.1", "::2"]
