"""The traffic that is kept, as HAR. Imported when it is asked for: harfile takes a twentieth of the start."""

from __future__ import annotations

import asyncio
import io
from http import HTTPStatus
from urllib.parse import parse_qsl

import harfile

from ..http.answers import Answer
from ..http.deliveries import Message, Receive, Send
from ..specs.secrets import Secrets
from ..state.log import Received
from .calls import AdminCall
from .later import send_later
from .testcase import UNANSWERED


def write_har(call: AdminCall) -> Answer:
    """All that is kept of the traffic, as HAR 1.2. In a thread: of 10,000 requests it takes a second."""
    kept = list(call.world.log)

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        work = asyncio.to_thread(_write, kept, call)
        await send_later(work, start, receive, send)

    return Answer(200, b"", delivery=deliver)


def _write(kept: list[Received], call: AdminCall) -> Answer:
    text = io.StringIO()
    creator = harfile.Creator("imagetasks mock", "1.0.0")
    with harfile.HarFile(text, creator=creator) as har:
        for received in kept:
            _add_entry(har, received, call)
    return Answer(200, text.getvalue().encode("utf-8", "replace"))


def _add_entry(har: harfile.HarFile, received: Received, call: AdminCall) -> None:
    secrets = call.world.specs[received.provider].secrets
    milliseconds = 1000 * (received.took or 0)
    har.add_entry(
        startedDateTime=received.at,
        time=milliseconds,
        request=_request(received, call.origin, secrets),
        response=_response(received, secrets),
        timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
        comment=_comment(received),
    )


def _comment(received: Received) -> str:
    words = received.fault or received.refused or received.invalid
    named = f"{received.provider} {received.operation}: {received.verdict}"
    return f"{named}: {words}" if words else named


def _request(received: Received, origin: str, secrets: Secrets) -> harfile.Request:
    body, path = secrets.mask_body(received.body), secrets.mask_path(received.path)
    headers = secrets.mask_headers(received.headers)
    mime = received.headers.get("content-type", "")
    query = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    return harfile.Request(
        method=received.method,
        url=f"{origin}/{received.provider}{path}",
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(n, v) for n, v in headers.items()],
        queryString=[harfile.Record(n, v) for n, v in query],
        postData=harfile.PostData(mimeType=mime, text=body) if body else None,
        bodySize=len(received.body),
    )


def _response(received: Received, secrets: Secrets) -> harfile.Response:
    if received.fault in UNANSWERED:
        return harfile.Response(0, "", "HTTP/1.1", bodySize=0)
    answer = received.answer
    headers = {n.decode(): v.decode("latin-1") for n, v in answer.headers}
    return harfile.Response(
        status=answer.status,
        statusText=_phrase(answer.status),
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(n, v) for n, v in headers.items()],
        content=harfile.Content(
            size=len(answer.body),
            mimeType=headers.get("content-type", ""),
            text=secrets.mask_body(answer.body),
        ),
        redirectURL=headers.get("location", ""),
        bodySize=len(answer.body),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
