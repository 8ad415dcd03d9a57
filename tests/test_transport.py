"""Connections: eight to a client, as many clients as needed, and one end for the whole exchange."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from imagetasks._shards import CONNECTIONS_PER_CLIENT, Shards
from imagetasks._sockets import BoundedTransport, environment_proxy


def test_a_client_carries_eight_exchanges_and_the_ninth_gets_another() -> None:
    made: list[object] = []
    shards = Shards(lambda: made.append(object()) or made[-1])
    borrowed = [shards.borrow() for _ in range(64)]
    for loan in borrowed:
        loan.__enter__()
    assert len(made) == 64 / CONNECTIONS_PER_CLIENT
    for loan in borrowed:
        loan.__exit__(None, None, None)
    with shards.borrow() as again:
        assert again is made[0]


def test_threads_that_race_for_the_first_client_make_one() -> None:
    made: list[object] = []
    shards = Shards(lambda: made.append(object()) or made[-1])
    barrier = threading.Barrier(8)

    def borrow() -> object:
        barrier.wait()
        with shards.borrow() as client:
            barrier.wait()
            return client

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: borrow(), range(8)))) == 1
    assert len(made) == 1


def test_a_failed_exchange_gives_its_place_back() -> None:
    shards = Shards(object)
    for _ in range(100):
        with pytest.raises(ZeroDivisionError), shards.borrow():
            raise ZeroDivisionError
    assert len(shards.close()) == 1


def test_a_cancelled_exchange_gives_its_place_back() -> None:
    async def scenario() -> int:
        shards = Shards(object)

        async def exchange() -> None:
            with shards.borrow():
                await asyncio.sleep(3600)

        for _ in range(20):
            task = asyncio.create_task(exchange())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return len(shards.close())

    assert asyncio.run(scenario()) == 1


def test_the_environments_proxy_is_used_and_its_exceptions_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:pass@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1,.internal.example")
    proxy = "http://user:pass@proxy.example:3128"
    assert environment_proxy(httpx.URL("https://akool.example/x")) == proxy
    for url in (
        "http://akool.example",
        "https://localhost:1",
        "https://a.internal.example",
    ):
        assert environment_proxy(httpx.URL(url)) is None
    assert "Proxy" in type(BoundedTransport("https://akool.example")._pool).__name__


def test_a_proxy_that_is_down_means_that_nothing_was_sent(driver, monkeypatch) -> None:
    from imagetasks import Access, ImageRequest, NetworkError, PollPolicy

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    access = {"akool": Access("key", "http://vendor.example")}
    with pytest.raises(NetworkError) as caught:
        driver(access, policy=PollPolicy(outage=0)).submit("akool", ImageRequest("x"))
    assert caught.value.sent is False
