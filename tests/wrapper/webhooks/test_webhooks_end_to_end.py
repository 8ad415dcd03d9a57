"""From the mock's own deliveries, over sockets, into the app in uvicorn, to the client that waits. Time is virtual."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Self

import httpx
import pytest
import uvicorn
from imagetasks import ImageRequest, State, Task, WebhookEvent
from imagetasks._scheduling.webhook_evidence import SAFETY_GAP
from imagetasks.webhooks import akool
from imagetasks_mock import Mock, serve
from imagetasks_mock.vendors.akool_webhook import seal
from support.drivers import OVER_SOCKETS, Driver, FakeClock

CLIENT_ID, KEY = "mock-client-id-0", "mock-key"


class SharedClock(FakeClock):
    """One time for client and mock: while the client sleeps, webhooks come due, and are delivered."""

    def __init__(self, mock: Mock) -> None:
        super().__init__()
        self.silent_from = float("inf")
        self._mock = mock

    def sleep(self, seconds: float) -> None:
        # Not all at once: the deliveries in between wake the client up.
        step = min(seconds, 0.25)
        self.now += step
        if self.elapsed > self.silent_from:
            self._mock.webhooks.stop()
        self._mock.clock.advance(step)
        self._mock.webhooks.settle()


class Site:
    """A web server on loopback, in a thread of its own, as a service would have it."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.001)
        (socket,) = self._server.servers[0].sockets
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}/akool"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, duration=40, check=True) as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def receiver(mock: Mock) -> akool.Receiver:
    return akool.Receiver(CLIENT_ID, KEY, clock=mock.clock.time)


@pytest.fixture
def client(mock: Mock, driver: Callable[..., Driver]) -> Driver:
    clock = SharedClock(mock)
    client = driver({"akool": mock.access("akool")}, clock=clock)
    client.clock = clock
    return client


def submit(client: Driver, url: str | None, count: int = 10) -> list[Task]:
    request = ImageRequest("a lighthouse", webhook_url=url)
    return [client.submit("akool", request) for _ in range(count)]


def polls(mock: Mock) -> int:
    return sum(received.method == "GET" for received in mock.requests)


@pytest.mark.long
@OVER_SOCKETS
def test_webhooks_wake_who_waits_with_a_fraction_of_the_polls(
    mock, client, receiver
) -> None:
    client.wait_all(submit(client, None))
    without = polls(mock)
    with Site(receiver.asgi(client.notify)) as site:
        client.wait_all(submit(client, site.url, 1))  # now it is known that they arrive
        mock.requests.clear()
        done = client.wait_all(submit(client, site.url))
        assert {task.state for task in done} == {State.SUCCEEDED}
        assert all(webhook.delivered for webhook in mock.webhooks)
    # One for each webhook, and the net where a task takes longer than it.
    assert 20 <= polls(mock) <= 30 < without / 5


@OVER_SOCKETS
def test_when_the_vendor_falls_silent_polling_takes_over(
    mock, client, receiver
) -> None:
    with Site(receiver.asgi(client.notify)) as site:
        tasks = submit(client, site.url)
        ends = sorted(mock.tasks[task.id].duration for task in tasks)
        client.clock.silent_from = (ends[2] + ends[3]) / 2
        done = client.wait_all(tasks)
        told = {w.task_id for w in mock.webhooks if w.content["status"] == 3}
    assert len(told) == 3
    assert {task.state for task in done} == {State.SUCCEEDED}
    assert client.clock.elapsed <= ends[-1] + 1.1 * SAFETY_GAP


@OVER_SOCKETS
def test_a_receiver_that_is_down_for_a_while_gets_the_repeats(
    mock, client, receiver
) -> None:
    """ "After any other status AKOOL calls again." """
    seen: list[WebhookEvent] = []

    def on_event(event: WebhookEvent) -> None:
        seen.append(event)
        if len(seen) <= 2:
            raise ZeroDivisionError
        client.notify(event)

    with Site(receiver.asgi(on_event)) as site:
        (done,) = client.wait_all(submit(client, site.url, 1))
    assert done.state is State.SUCCEEDED
    statuses = [attempt.status for w in mock.webhooks for attempt in w.attempts]
    assert statuses == [500, 500, 200, 200]


def test_what_is_forged_stale_or_repeated_wakes_nobody(mock, receiver) -> None:
    heard: list[WebhookEvent] = []
    now = mock.clock.time()

    def delivery(key: str = KEY, client_id: str = CLIENT_ID, age: float = 0) -> bytes:
        content = {"_id": "1", "status": 3, "type": "image", "url": "https://x/1.png"}
        sealed = seal(content, key, client_id, now - age, Random(0))
        return json.dumps(sealed).encode()

    good = delivery()
    with Site(receiver.asgi(heard.append)) as site, httpx.Client() as http:

        def post(body: bytes) -> int:
            return http.post(site.url, content=body).status_code

        assert http.get(site.url).status_code == 405
        assert post(b"{}") == 400
        assert post(good + b" " * 1_000_000) == 413
        assert post(good.replace(b'"timestamp": 1', b'"timestamp": 2')) == 400
        assert post(delivery(client_id="somebody-else-00")) == 400
        assert post(delivery(key="another-key")) == 400
        assert post(delivery(age=301)) == 400
        assert heard == []
        assert [post(good), post(good), post(delivery(age=5))] == [200, 200, 200]
        assert len(heard) == 1
