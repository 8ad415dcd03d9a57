"""Ways in which an answer does not arrive as it should: late, in drips, in part, or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Delivery = Callable[[Message, bytes, Receive, Send], Awaitable[None]]
"""Sends the start of a response and its body, in its own way."""


async def whole(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body})


def delayed(seconds: float) -> Delivery:
    """Nothing for real seconds, then all of it."""

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        await asyncio.sleep(seconds)
        await whole(start, body, receive, send)

    return deliver


def dribbled(seconds: float) -> Delivery:
    """The body in small pieces, spread over real seconds."""

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        await send(start)
        step = max(len(body) // 50, 1)
        for n in range(0, len(body), step):
            piece = body[n : n + step]
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            await send(message)
            await asyncio.sleep(seconds * len(piece) / len(body))
        await send({"type": "http.response.body", "body": b""})

    return deliver


async def never(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    """The client waits until it has had enough."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def dropped(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    """A reset connection in place of an answer."""
    await _end_connection(receive, send, with_reset=True)


async def cut(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    """Half of the body, then the connection is closed."""
    await _send_part(start, body[: len(body) // 2], send)
    await _end_connection(receive, send, with_reset=False)


async def torn(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    """Half of the body, then the connection is reset."""
    await _send_part(start, body[: len(body) // 2], send)
    await _end_connection(receive, send, with_reset=True)


async def slammed(start: Message, body: bytes, receive: Receive, send: Send) -> None:
    """All of the body, then the connection is reset."""
    await _send_part(start, body, send)
    await _end_connection(receive, send, with_reset=True)


async def _send_part(start: Message, part: bytes, send: Send) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": part, "more_body": True})
    await asyncio.sleep(0.01)  # what is sent in one go with a reset is thrown away


async def _end_connection(receive: Receive, send: Send, *, with_reset: bool) -> None:
    # ASGI knows of no connection: `send` is a method of uvicorn's cycle, which does.
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    if transport.is_closing():  # the client, or this server's end, was faster
        return
    if with_reset:
        linger = struct.pack("ii", 1, 0)  # no goodbye, what is not yet sent is dropped
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    await never({}, b"", receive, send)
