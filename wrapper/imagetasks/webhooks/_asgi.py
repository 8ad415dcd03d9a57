"""A receiver as an ASGI application: for uvicorn and the like, or mounted in a larger application."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ._delivery import Delivery, Posted
from ._event import WebhookEvent

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def make_app(
    deliver: Callable[[Posted], Delivery],
    on_event: Callable[[WebhookEvent], object],
    max_body: int,
) -> App:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http" if scope["method"] == "POST":
                await take(scope, receive, send)
            case "http":
                await _answer(send, 405, (b"allow", b"POST"))
            case "lifespan":
                await _live(receive, send)
            case other:
                raise ValueError(f"this is a webhook, it takes no {other}")

    async def take(scope: Message, receive: Receive, send: Send) -> None:
        body = await _read(receive, max_body)
        if body is None:
            return
        with deliver(Posted(body, _headers(scope))) as delivery:
            if delivery.event is not None:
                outcome = on_event(delivery.event)
                if inspect.isawaitable(outcome):
                    await outcome
        await _answer(send, delivery.status)

    return app


def _headers(scope: Message) -> dict[str, str]:
    """Of several of one name, as RFC 9110 has them in one."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope.get("headers", ()):
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _read(receive: Receive, at_most: int) -> bytes | None:
    """The body, or so much of it that it is seen to be too large; None when the vendor has hung up."""
    body = bytearray()
    while len(body) <= at_most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _answer(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    headers = ((b"content-length", b"0"), *headers)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to start, and nothing to stop."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
