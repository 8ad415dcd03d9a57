"""Connections and what goes over them, the same over every transport."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from imagetasks import (
    Access,
    NetworkError,
    State,
)
from imagetasks._http.client_pool import CONNECTIONS_PER_CLIENT, ClientPool
from imagetasks._http.connecting import AsyncConnectingBackend
from support.broken_server import (
    BrokenServer,
    answer,
    broken_server,
    reset,
)
from support.drivers import OVER_SOCKETS

XING = "xingchaoyiqing"
PROCESSING = {"id": "image_1", "status": "processing"}


def test_a_pool_discards_what_has_carried_nothing_for_long(clock) -> None:
    discarded: list[object] = []
    clients = ClientPool(object, discard=discarded.append, idle_expiry=5, clock=clock)

    def carry(exchanges: int) -> None:
        borrowed = [clients.borrow() for _ in range(exchanges)]
        for loan in borrowed:
            loan.__enter__()
        for loan in borrowed:
            loan.__exit__(None, None, None)

    carry(64)
    clock.sleep(5)
    carry(6)
    assert discarded == []
    clock.sleep(1)
    carry(1)
    assert len(discarded) == (64 - 6) / CONNECTIONS_PER_CLIENT
    carry(64)
    assert len(clients.close()) == 64 / CONNECTIONS_PER_CLIENT


def test_a_client_carries_few_exchanges_and_the_next_gets_another() -> None:
    made: list[object] = []
    clients = ClientPool(lambda: made.append(object()) or made[-1])
    borrowed = [clients.borrow() for _ in range(64)]
    for loan in borrowed:
        loan.__enter__()
    assert len(made) == 64 / CONNECTIONS_PER_CLIENT
    for loan in borrowed:
        loan.__exit__(None, None, None)
    with clients.borrow() as again:
        assert again is made[0]


def test_threads_that_race_for_the_first_client_make_one() -> None:
    made: list[object] = []
    clients = ClientPool(lambda: made.append(object()) or made[-1], capacity=8)
    barrier = threading.Barrier(8)

    def borrow() -> object:
        barrier.wait()
        with clients.borrow() as client:
            barrier.wait()
            return client

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: borrow(), range(8)))) == 1
    assert len(made) == 1


@pytest.mark.parametrize("broken_off", [ZeroDivisionError, KeyboardInterrupt])
def test_a_client_whose_exchange_broke_off_is_closed_once_nobody_uses_it(
    broken_off: type[BaseException],
) -> None:
    discarded: list[object] = []
    clients = ClientPool(object, discard=discarded.append)
    with clients.borrow() as other:
        with pytest.raises(broken_off), clients.borrow() as client:
            raise broken_off
        assert client is other
        assert not discarded
        with clients.borrow() as third:
            assert third is not client
    assert discarded == [client]
    assert clients.close() == [third]


def test_a_client_whose_exchanges_end_well_is_kept() -> None:
    discarded: list[object] = []
    clients = ClientPool(object, discard=discarded.append)
    for _ in range(100):
        with clients.borrow():
            pass
    assert not discarded
    assert len(clients.close()) == 1


@OVER_SOCKETS
def test_a_request_goes_through_the_environments_proxy(driver, monkeypatch) -> None:
    with broken_server(answer(PROCESSING)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//user:p%40ss@"))
        monkeypatch.setenv("no_proxy", "")
        task = driver({XING: Access("key", "http://vendor.example")}).fetch(
            XING, "image_1"
        )
        assert task.state is State.RUNNING
        head = proxy.requests[0].decode().lower()
    assert head.startswith("get http://vendor.example/v1/result/image_1 http/1.1")
    assert (
        f"proxy-authorization: basic {b64encode(b'user:p@ss').decode().lower()}" in head
    )


@OVER_SOCKETS
def test_a_proxy_is_not_asked_for_its_exceptions(driver, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with broken_server(answer(PROCESSING)) as server:
        assert driver({XING: Access("key", server.url)}).fetch(XING, "image_1")


@OVER_SOCKETS
def test_a_certificate_of_the_environments_authority_is_good(
    driver, tls_server, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.authority))
    task = driver({XING: Access("key", tls_server.url)}).fetch(XING, "image_1")
    assert task.state is State.RUNNING


# Answers


@OVER_SOCKETS
def test_an_answer_is_unpacked(driver) -> None:
    packed = gzip.compress(json.dumps(PROCESSING).encode())
    with broken_server(answer(packed, headers="Content-Encoding: gzip\r\n")) as server:
        assert driver({XING: Access("key", server.url)}).fetch(XING, "image_1")


@OVER_SOCKETS
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_of_two_members_is_one_answer(driver, coding) -> None:
    """RFC 1952, section 2.2. Zeros after the last one fill its block."""
    whole = json.dumps(PROCESSING).encode()
    packed = gzip.compress(whole[:9]) + gzip.compress(whole[9:]) + bytes(9)
    headers = f"Content-Encoding: {coding}\r\n"
    with broken_server(answer(packed, headers=headers)) as server:
        assert driver({XING: Access("key", server.url)}).fetch(XING, "image_1")


@OVER_SOCKETS
def test_a_connection_that_breaks_within_the_body_is_a_network_error(driver) -> None:
    def break_off(connection: socket.socket, server: BrokenServer) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":')
        time.sleep(0.05)
        reset(connection, server)

    with broken_server(break_off) as server:
        with pytest.raises(NetworkError):
            driver({XING: Access("key", server.url)}).fetch(XING, "image_1")


@OVER_SOCKETS
def test_a_cookie_is_sent_back(driver) -> None:
    """Some hosts in front of a vendor find the session by it."""
    with broken_server(
        answer(PROCESSING, headers="Set-Cookie: a=b\r\nConnection: close\r\n")
    ) as server:
        client = driver({XING: Access("key", server.url)})
        client.fetch(XING, "image_1")
        client.fetch(XING, "image_1")
        assert b"ookie: a=b" in server.requests[1]


@OVER_SOCKETS
@pytest.mark.parametrize("cookie", ["a=\u00fc", "="], ids=ascii)
def test_a_cookie_that_no_header_can_carry_stops_nothing(driver, cookie) -> None:
    """httpx would fail to write it, at every request from then on, with an error of the codec."""
    with broken_server(
        answer(PROCESSING, headers=f"Set-Cookie: {cookie}\r\nConnection: close\r\n")
    ) as server:
        client = driver({XING: Access("key", server.url)})
        for _ in range(3):
            assert client.fetch(XING, "image_1").state is State.RUNNING


def test_a_connection_whose_tls_was_cancelled_is_closed() -> None:
    async def scenario(port: int) -> None:
        stream = await AsyncConnectingBackend().connect_tcp("127.0.0.1", port)
        connection = stream.get_extra_info("socket")
        setting_up = asyncio.create_task(
            stream.start_tls(ssl.create_default_context(), "localhost")
        )
        await asyncio.sleep(0.05)
        setting_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await setting_up
        await asyncio.sleep(0)
        assert connection.fileno() == -1

    with socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(scenario(server.getsockname()[1]))
