"""AKOOL's deliveries over ASGI: answers, bodies in pieces, headers, a handler that fails or is cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from imagetasks import State, WebhookEvent
from imagetasks.webhooks import akool
from imagetasks.webhooks._asgi import make_app
from imagetasks.webhooks._delivery import Delivery, Opened, Posted
from imagetasks.webhooks._handled import Handled
from support.akool_webhooks import (
    SENT_AT,
    content,
    sealed,
    signed,
)


class Site:
    """The application as its server calls it."""

    def __init__(self, receiver: akool.Receiver, on_event: Any) -> None:
        self.app = receiver.asgi(on_event)
        self.runner = asyncio.Runner()

    def send(self, method: str, body: Any = b"") -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport) as http:
                return await http.request(method, "http://x/any/path", content=body)

        return self.runner.run(request())

    def post(self, body: Any) -> int:
        answer = self.send("POST", body)
        assert answer.content == b""
        return answer.status_code


@pytest.fixture(params=["plain", "coroutine"])
def site(request, receiver) -> Iterator[Site]:
    handled: list[WebhookEvent] = []

    def plain(event: WebhookEvent) -> None:
        handled.append(event)
        if event.task_id == "broken" and len(handled) == 1:
            raise ZeroDivisionError

    async def coroutine(event: WebhookEvent) -> None:
        await asyncio.sleep(0)
        plain(event)

    site = Site(receiver, plain if request.param == "plain" else coroutine)
    site.handled = handled
    with site.runner:
        yield site


def test_the_app_answers_200_once_the_handler_has_returned(site) -> None:
    assert [site.post(sealed(content())) for _ in range(2)] == [200, 200]
    assert len(site.handled) == 1


def test_the_app_answers_500_when_the_handler_fails_and_takes_the_repeat(site) -> None:
    body = sealed(content(3, "broken"))
    assert [site.post(body) for _ in range(3)] == [500, 200, 200]
    assert len(site.handled) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b" " * 10_000_000, 413),
        (sealed(content()).replace(b'"1529"', b'"1530"'), 400),
        (sealed(content(), at=SENT_AT - 400), 400),
        (signed("AAAA"), 400),
    ],
)
def test_the_app_rejects_what_is_not_to_be_believed(site, body, status) -> None:
    assert site.post(body) == status
    assert site.handled == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_the_app_takes_posts_only(site, method) -> None:
    answer = site.send(method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_body_may_come_in_pieces(site) -> None:
    async def pieces() -> Any:
        for byte in sealed(content()):
            yield bytes([byte])

    assert site.post(pieces()) == 200


def call(app: Any, scope: Any, *messages: Any) -> list[Any]:
    """What the application sends when it gets these."""
    sent: list[Any] = []
    left = iter(messages)

    async def receive() -> Any:
        return next(left)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_the_app_reads_no_more_than_the_largest_body(receiver) -> None:
    piece = {"type": "http.request", "body": b" " * 40_000, "more_body": True}
    sent = call(receiver.asgi(print), {"type": "http", "method": "POST"}, piece, piece)
    assert sent[0]["status"] == 413


def test_the_app_answers_nobody_who_has_hung_up(receiver) -> None:
    scope = {"type": "http", "method": "POST"}
    assert call(receiver.asgi(print), scope, {"type": "http.disconnect"}) == []


def test_a_receiver_sees_headers_beside_the_body() -> None:
    """For a vendor that signs there: over ASGI and from any other framework the same."""
    seen: list[Posted] = []

    def open_posted(posted: Posted) -> Opened:
        seen.append(posted)
        event = WebhookEvent(
            provider="vendor",
            task_id="1",
            state=State.SUCCEEDED,
            sent_at=datetime.fromtimestamp(0, UTC),
        )
        return Opened(event, b"key")

    handled = Handled(60, time.monotonic)
    app = make_app(lambda posted: Delivery(posted, open_posted, handled), print, 100)
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"X-Signature", b"abc"), (b"x-part", b"1"), (b"x-part", b"2")],
    }
    [start, _] = call(app, scope, {"type": "http.request", "body": b"{}"})
    assert start["status"] == 200
    with Delivery(Posted.of(b"{}", {"X-SIGNATURE": "abc"}), open_posted, handled):
        pass
    assert seen == [
        Posted(b"{}", {"x-signature": "abc", "x-part": "1, 2"}),
        Posted(b"{}", {"x-signature": "abc"}),
    ]


def test_a_receiver_that_reads_no_headers_takes_them_all_the_same(receiver) -> None:
    body, headers = sealed(content()), {"X-Signature": "of somebody else"}
    assert receiver.parse(body, headers=headers) == receiver.parse(body)
    assert receiver.handle(body, print, headers=headers) == 200


def test_the_app_starts_and_stops_with_its_server(receiver) -> None:
    events = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    sent = call(receiver.asgi(print), {"type": "lifespan"}, *events)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_the_app_refuses_what_is_no_http(receiver) -> None:
    with pytest.raises(ValueError, match="websocket"):
        call(receiver.asgi(print), {"type": "websocket"})


def test_a_handler_that_is_cancelled_has_not_handled_it(receiver) -> None:
    handled: list[WebhookEvent] = []

    async def handler(event: WebhookEvent) -> None:
        handled.append(event)
        await asyncio.sleep(3600)

    async def scenario() -> None:
        messages = [{"type": "http.request", "body": sealed(content())}]

        async def receive() -> Any:
            return messages.pop()

        async def send(message: Any) -> None:
            raise AssertionError

        app = receiver.asgi(handler)
        scope = {"type": "http", "method": "POST"}
        request = asyncio.create_task(app(scope, receive, send))
        while not handled:
            await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(scenario())
    assert receiver.handle(sealed(content()), handled.append) == 200
    assert len(handled) == 2
