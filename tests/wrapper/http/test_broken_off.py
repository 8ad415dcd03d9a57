"""Exchanges that are cancelled, interrupted or out of time at any moment: those that come after them get through."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import signal
import socket
import sys
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from itertools import product
from typing import Any

import httpx
import pytest
from imagetasks import (
    Access,
    AsyncClient,
    Client,
    ImageTasksError,
    NetworkError,
    PollPolicy,
)
from imagetasks._http import sender
from imagetasks._http.connecting import AsyncConnectingBackend
from support.broken_server import BrokenServer, broken_server
from support.examples import examples
from support.result_hosts import Names

G = "gptimage2api"
BODY = {"taskId": "t1", "type": "image", "status": 0, "model": "m", "prompt": "p"}
BODY |= {"createdAt": "2026-11-01T00:00:00.000Z"}


@pytest.fixture(autouse=True)
def over_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_fast_client", lambda: None)


@pytest.fixture
def vendor() -> Iterator[BrokenServer]:
    with broken_server(answer_each) as server:
        yield server


def answer_each(connection: socket.socket, server: BrokenServer) -> None:
    """One request after the other on a connection, as vendors do."""
    while True:
        body = json.dumps(BODY).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            if not (chunk := connection.recv(65536)):
                return
            received += chunk


def client_of(vendor: BrokenServer, attempt: float = 5, **options: Any) -> AsyncClient:
    policy = PollPolicy(attempt=attempt)
    return AsyncClient({G: Access("k", vendor.url)}, policy=policy, **options)


async def fetch_64(client: AsyncClient) -> None:
    tasks = await asyncio.gather(*(client.fetch(G, "t1") for _ in range(64)))
    assert {task.id for task in tasks} == {"t1"}


class Cancelling:
    """Runs a coroutine, and cancels the task of it `times` in a row, from its `n`-th await on."""

    def __init__(self, inner: Coroutine[Any, Any, Any], n: int, times: int) -> None:
        self._inner = inner.__await__()
        self._cancel_at = range(n, n + times)
        self.awaits = 0

    def __await__(self) -> Any:
        task = asyncio.current_task()
        assert task is not None
        send: Any = None
        throw: BaseException | None = None
        while True:
            try:
                waited_for = (
                    self._inner.throw(throw) if throw else self._inner.send(send)
                )  # type: ignore[attr-defined]
            except StopIteration as done:
                return done.value
            if self.awaits in self._cancel_at:
                asyncio.get_running_loop().call_soon(task.cancel)
            self.awaits += 1
            send = throw = None
            try:
                send = yield waited_for
            except BaseException as error:
                throw = error


@pytest.fixture
def leaves_no_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is left open is told of when it is collected, so it is collected in the test that left it."""
    told: list[str] = []
    with monkeypatch.context() as patch:
        gc.collect()
        patch.setattr(sys, "unraisablehook", lambda it: told.append(str(it.exc_value)))
        yield
        gc.collect()
    assert told == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_connection_that_is_cancelled_as_it_is_made_is_closed(
    leaves_no_socket: None, names: Names, vendor: BrokenServer, times: int
) -> None:
    port = int(vendor.url.rpartition(":")[2])
    # A second address, which is tried when the first one has failed.
    names.add("vendor.test", ["127.0.0.9", "127.0.0.1"])

    async def connect() -> None:
        stream = await AsyncConnectingBackend().connect_tcp("vendor.test", port, 30.0)
        await stream.aclose()

    async def scenario() -> set[str]:
        ends: set[str] = set()
        # Turns of the loop until the first cancellation, and between two.
        for turns, between in product(range(60), range(3 if times > 1 else 1)):
            made = asyncio.create_task(connect())
            for _ in range(turns):
                await asyncio.sleep(0)
            for _ in range(times):
                made.cancel()
                for _ in range(between):
                    await asyncio.sleep(0)
            (ended,) = await asyncio.gather(made, return_exceptions=True)
            ends.add(type(ended).__name__)
            # What it left behind ends.
            for _ in range(10):
                await asyncio.sleep(0)
        return ends

    ends = asyncio.run(asyncio.wait_for(scenario(), 60))
    assert ends == {"CancelledError", "NoneType"}


@pytest.mark.parametrize("times", [1, 2])
def test_fetches_succeed_after_one_was_cancelled_at_each_of_its_awaits(
    leaves_no_socket: None, vendor: BrokenServer, times: int
) -> None:
    async def scenario() -> int:
        cancelled = 0
        async with client_of(vendor) as client:
            for is_warm in (False, True):
                n = 0
                while True:
                    cancelling = Cancelling(client.fetch(G, "t1"), n, times)

                    async def run(cancelling: Cancelling = cancelling) -> None:
                        await cancelling

                    (ended,) = await asyncio.gather(
                        asyncio.create_task(run()), return_exceptions=True
                    )
                    cancelled += isinstance(ended, asyncio.CancelledError)
                    if n >= cancelling.awaits:
                        break
                    n += 1
                    if is_warm:
                        await client.fetch(G, "t1")
            await fetch_64(client)
        return cancelled

    assert asyncio.run(asyncio.wait_for(scenario(), 60)) > 5


def test_fetches_succeed_after_many_ran_out_of_time_as_their_answers_came(
    leaves_no_socket: None, vendor: BrokenServer
) -> None:
    async def scenario() -> int:
        late = 0
        async with client_of(vendor) as client:
            began = time.monotonic()
            await client.fetch(G, "t1")
            usual = time.monotonic() - began
            for n in range(examples(200)):
                call = client._core.calls.fetch(G, "t1")
                timeout = usual * (n % 50) / 40
                try:
                    await client._exchanges.send(G, call, timeout=timeout)
                except ImageTasksError:
                    late += 1
            await fetch_64(client)
        return late

    assert asyncio.run(asyncio.wait_for(scenario(), 60)) > 0


@pytest.fixture
def may_leave_sockets() -> Iterator[None]:
    """anyio, which is below httpx's own transport, loses a connection that is cancelled as it is made."""
    yield
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_transport_of_the_users_own_survives_as_well(
    may_leave_sockets: None, vendor: BrokenServer
) -> None:
    limits = httpx.Limits(max_connections=2)

    async def scenario() -> None:
        transport = httpx.AsyncHTTPTransport(limits=limits)
        async with client_of(vendor, transport=transport) as client:
            await client.fetch(G, "t1")
            n = 0
            while True:
                cancelling = Cancelling(client.fetch(G, "t1"), n, 1)

                async def run(cancelling: Cancelling = cancelling) -> None:
                    await cancelling

                await asyncio.gather(asyncio.create_task(run()), return_exceptions=True)
                if n >= cancelling.awaits:
                    break
                n += 1
            await fetch_64(client)

    asyncio.run(asyncio.wait_for(scenario(), 60))


@pytest.fixture
def untraced() -> Iterator[None]:
    """A signal that strikes inside of coverage's own lock leaves it locked, and the thread waits for itself."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


class Broken(Exception):
    """What a program's signal handler raises."""


def interrupt(client: Client, times: int) -> int:
    """Fetches, each broken off by a signal at a random moment. Returns how many were."""
    rng, broken = random.Random(1), 0
    # The first makes a connection, the others have one.
    client.fetch(G, "t1")
    began = time.monotonic()
    client.fetch(G, "t1")
    usual = time.monotonic() - began

    def strike(*_: object) -> None:
        raise Broken

    before = signal.signal(signal.SIGALRM, strike)
    try:
        for _ in range(times):
            try:
                signal.setitimer(
                    signal.ITIMER_REAL, max(rng.uniform(0, usual * 1.5), 1e-5)
                )
                client.fetch(G, "t1")
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Broken:
                broken += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return broken


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("times", [50, pytest.param(1000, marks=pytest.mark.long)])
def test_fetches_succeed_after_signals_broke_off_others(
    untraced: None, may_leave_sockets: None, vendor: BrokenServer, times: int
) -> None:
    policy = PollPolicy(attempt=5)
    with Client({G: Access("k", vendor.url)}, policy=policy) as client:
        assert interrupt(client, times) > times / 10
        for _ in range(64):
            assert client.fetch(G, "t1").id == "t1"


class Handlers:
    """A signal's handler in each form that a program may give it."""

    def method(self, *_: object) -> None:
        raise RuntimeError("out of the handler")

    __call__ = method


def function(*_: object) -> None:
    raise RuntimeError("out of the handler")


@pytest.mark.parametrize(
    "handler",
    [
        function,
        Handlers().method,
        Handlers(),
        partial(function, 1),
        partial(Handlers()),
    ],
    ids=["function", "method", "object", "partial", "partial of an object"],
)
def test_what_a_signals_handler_raises_reaches_the_program_as_it_is(
    monkeypatch: pytest.MonkeyPatch, handler: Any
) -> None:
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: signal.raise_signal(signal.SIGALRM)
    )
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with Client({G: Access("k", "http://vendor.example")}) as client:
            with pytest.raises(RuntimeError, match="out of the handler"):
                client.fetch(G, "t1")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_failure_after_an_interrupted_exchange_is_one_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError

    before = signal.signal(signal.SIGALRM, function)
    try:
        with Client({G: Access("k", "http://vendor.example")}) as client:
            try:
                signal.raise_signal(signal.SIGALRM)
            except RuntimeError:
                monkeypatch.setattr(socket, "getaddrinfo", fail)
                with pytest.raises(NetworkError, match="LookupError"):
                    client.fetch(G, "t1")
    finally:
        signal.signal(signal.SIGALRM, before)
