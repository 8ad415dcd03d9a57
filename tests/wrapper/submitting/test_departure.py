"""An attempt begins with its first byte: what fails before was not sent, whatever type the failure has."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpcore
import pytest
from imagetasks import Access, ImageRequest, NetworkError
from imagetasks._http import connecting, environment, sender
from support.broken_server import broken_server, hang
from support.drivers import OVER_SOCKETS
from support.tasks import STEADY, XING

FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
)
STAGES = {
    "the proxies are read": (environment.Proxies, "for_url"),
    "the certificates are loaded": (environment, "tls_context"),
}


@OVER_SOCKETS
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_before_a_byte_leaves_was_not_sent(
    driver, monkeypatch, journal_file: Path, stage, failure
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure("x")

    monkeypatch.setattr(*stage, fail)
    client = driver(
        {XING: Access("key", "https://vendor.example")},
        journal=journal_file,
        policy=STEADY,
    )
    with pytest.raises(NetworkError, match=failure.__name__) as caught:
        client.submit(XING, ImageRequest("x"))
    assert not caught.value.sent
    assert client.resume_all(timeout=1) == []


@OVER_SOCKETS
@pytest.mark.parametrize("failure", FAILURES)
def test_a_client_that_cannot_be_made_has_sent_nothing(
    driver, monkeypatch, journal_file: Path, failure
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure("x")

    for name in ("BoundedTransport", "BoundedClient"):
        monkeypatch.setattr(sender, name, fail)
    if fast := sys.modules.get("imagetasks._http.fast"):
        monkeypatch.setattr(fast, "FastClient", fail)
    client = driver({XING: Access("key", "http://127.0.0.1:1")}, journal=journal_file)
    with pytest.raises(NetworkError, match=failure.__name__) as caught:
        client.submit(XING, ImageRequest("x"))
    assert not caught.value.sent
    assert client.resume_all(timeout=1) == []


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
