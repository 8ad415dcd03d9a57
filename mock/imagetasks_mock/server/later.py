"""Answers that take time to be made, while the server goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from ..http.answers import Answer
from ..http.deliveries import Message, Receive, Send, never, whole


async def send_later(
    work: Coroutine[object, object, Answer],
    start: Message,
    receive: Receive,
    send: Send,
) -> None:
    """Send the answer that the work makes. A client that leaves meanwhile ends the work."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(never(start, b"", receive, send))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            answer = working.result()
            await whole(_start_of(answer, start), answer.body, receive, send)
    finally:
        working.cancel()
        gone.cancel()


def _start_of(answer: Answer, start: Message) -> Message:
    others = [
        h for h in start["headers"] if h[0] not in (b"content-length", b"content-type")
    ]
    length = (b"content-length", b"%d" % len(answer.body))
    return {
        **start,
        "status": answer.status,
        "headers": [*others, *answer.headers, length],
    }
