"""The fast transport: what it sends is what httpx sends, and what it leaves behind when it is left."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imagetasks import (
    Access,
    AsyncClient,
    ImageRequest,
    ImageTasksError,
    NetworkError,
    State,
)
from imagetasks._http import environment, sender
from imagetasks._http.endpoint import Endpoint
from imagetasks._http.sender import AsyncSender, BoundedClient
from imagetasks_clients import PROVIDERS
from support.broken_server import BrokenServer, TlsServer, answer, broken_server, hang
from support.examples import examples
from support.tasks import XING, body

fast = pytest.importorskip("imagetasks._http.fast")


@pytest.fixture(scope="module")
def recorder() -> Iterator[BrokenServer]:
    with broken_server(answer({})) as server:
        yield server


def sent(server: BrokenServer, act: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
    """The request that a client makes, whatever the answer is worth: its line, headers and body."""

    async def scenario() -> None:
        access = Access("secret-key-0123", f"{server.url}/base")
        async with AsyncClient(dict.fromkeys(PROVIDERS, access)) as client:
            with contextlib.suppress(ImageTasksError):
                await act(client)

    asyncio.run(scenario())
    head, _, content = server.requests.pop().partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    pairs = (field.split(b": ", 1) for field in fields)
    return line, {name.lower(): value for name, value in pairs}, content


ids = st.text(min_size=1).filter(lambda id: id not in (".", ".."))


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(
    max_examples=examples(50),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(id=ids)
def test_a_poll_is_what_httpx_would_send(recorder, monkeypatch, provider, id) -> None:
    def poll(client: AsyncClient) -> Awaitable[Any]:
        return client.fetch(provider, id)

    try:
        id.encode()
    except UnicodeEncodeError:
        return
    assert sent(recorder, poll) == sent_by_httpx(recorder, monkeypatch, poll)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_submit_is_what_httpx_would_send(recorder, monkeypatch, provider) -> None:
    key = "my-key" if provider == "aigptimage" else None
    request = ImageRequest('a "lighthouse"\n, été 🗼', idempotency_key=key)

    def submit(client: AsyncClient) -> Awaitable[Any]:
        return client.submit(provider, request)

    ours = sent(recorder, submit)
    assert ours == sent_by_httpx(recorder, monkeypatch, submit)
    assert ours[0].startswith(b"POST /base/")


def sent_by_httpx(recorder, monkeypatch, act) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(sender, "_fast_client", lambda: None)
        return sent(recorder, act)


# When it is taken


def made(transport: httpx.AsyncBaseTransport | None) -> type[httpx.AsyncClient]:
    sender = AsyncSender(Endpoint(XING, "http://127.0.0.1:1", {}, "key"), transport)
    with (sender._fast_clients or sender._clients).borrow() as client:
        return type(client)


def test_it_is_taken_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(None) is fast.FastClient
    monkeypatch.setitem(sys.modules, "pyreqwest.client", None)
    monkeypatch.delitem(sys.modules, "imagetasks._http.fast")
    assert made(None) is BoundedClient


def test_a_transport_of_the_users_own_goes_before_it() -> None:
    assert made(httpx.AsyncHTTPTransport()) is BoundedClient


def test_one_client_carries_any_number_of_exchanges() -> None:
    sender = AsyncSender(Endpoint(XING, "http://127.0.0.1:1", {}, "key"), None)
    loans = [sender._fast_clients.borrow() for _ in range(64)]
    assert len({loan.__enter__() for loan in loans}) == 1


@pytest.mark.parametrize(
    ("files", "providers", "each"),
    [(256, 1, 128), (256, 4, 64), (1024, 1, 512), (1024, 4, 128), (65536, 4, 1024)],
)
def test_connections_leave_half_of_the_files_to_the_program(
    monkeypatch: pytest.MonkeyPatch, files: int, providers: int, each: int
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert sender.AsyncSender.slots(None, providers=providers) == each


# Leaving


def test_a_cancelled_poll_leaves_at_once_and_the_client_goes_on() -> None:
    async def scenario(server: BrokenServer) -> State:
        async with AsyncClient({XING: Access("key", server.url)}) as client:
            waiting = asyncio.create_task(client.fetch(XING, "image_1"))
            while not server.requests:
                await asyncio.sleep(0.001)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return (await client.fetch(XING, "image_1")).state

    with broken_server(hang, answer(body("queued"))) as server:
        assert asyncio.run(scenario(server)) is State.QUEUED


def test_a_cancel_that_comes_with_the_answer_is_not_lost() -> None:
    """pyreqwest draws lots between the two, so that it takes a few tries."""
    may_answer, answered = threading.Event(), threading.Event()

    def when_told(connection: socket.socket, server: BrokenServer) -> None:
        may_answer.wait(10)
        answer(body("queued"))(connection, server)
        answered.set()

    async def scenario(server: BrokenServer) -> None:
        async with AsyncClient({XING: Access("key", server.url)}) as client:
            polling = asyncio.create_task(client.fetch(XING, "image_1"))
            while not server.requests:
                await asyncio.sleep(0.001)
            # The loop stands still meanwhile: when it goes on, both are there.
            may_answer.set()
            answered.wait(10)
            time.sleep(0.01)
            polling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await polling

    for _ in range(20):
        may_answer.clear()
        answered.clear()
        with broken_server(when_told) as server:
            asyncio.run(scenario(server))


def test_closing_ends_what_is_under_way() -> None:
    async def scenario(server: BrokenServer) -> None:
        client = AsyncClient({XING: Access("key", server.url)})
        waiting = asyncio.create_task(client.fetch(XING, "image_1"))
        while not server.requests:
            await asyncio.sleep(0.001)
        await client.aclose()
        await waiting

    with broken_server(hang) as server, pytest.raises(NetworkError, match="closed"):
        asyncio.run(scenario(server))


def test_a_submit_that_was_cancelled_before_it_left_never_leaves(
    tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyreqwest goes on connecting for a request that nobody waits for any more."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.authority))
    tls_server.shake_hands.clear()

    async def scenario() -> None:
        async with AsyncClient({XING: Access("key", tls_server.url)}) as client:
            waiting = asyncio.create_task(client.submit(XING, ImageRequest("x")))
            while not tls_server.connections:
                await asyncio.sleep(0.001)
            waiting.cancel()
            await asyncio.wait([waiting])
            tls_server.shake_hands.set()
            assert await asyncio.to_thread(tls_server.served.wait, 10)

    asyncio.run(scenario())
    assert tls_server.requests == []


def test_it_trusts_whom_httpx_trusts(
    tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small container may have no certificates but those that come with httpx."""
    context = ssl.create_default_context(cafile=tls_server.authority)
    monkeypatch.setattr(environment, "_tls", [context])
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")

    async def scenario() -> State:
        async with AsyncClient({XING: Access("key", tls_server.url)}) as client:
            return (await client.fetch(XING, "image_1")).state

    assert asyncio.run(scenario()) is State.RUNNING
