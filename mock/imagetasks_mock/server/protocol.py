"""One connection, within bounds that uvicorn does not set: how large a head is, how long a request takes."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 65_536
"""Bytes of a request line and its headers; about, while they are not whole."""
MAX_HEADERS = 100

_WORDS = {
    HTTPStatus.BAD_REQUEST: "this is not HTTP",
    HTTPStatus.REQUEST_TIMEOUT: "the request was not whole in time",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"request line and headers have {MAX_HEAD} bytes at most, in {MAX_HEADERS} headers"
    ),
}


class Protocol(HttpToolsProtocol):
    """
    Waits for uvicorn's `timeout_keep_alive` and no longer: for a request to be whole, and for the
    next one to come. A request that comes in one piece pays for no timer.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._is_whole = True
        self._in_head = False
        self._head = 0
        self._flaw = HTTPStatus.BAD_REQUEST
        self._is_refused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return  # it is read all the same: unread bytes would reset the connection, and the answer be lost
        self._head += len(data)  # on_message_begin sets it back
        super().data_received(data)
        if self._is_refused or (self._is_whole and self._is_answering):
            return
        if self._in_head and self._head > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None:
            self._wait()

    # What the parser finds.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_whole = False
        self._in_head = True
        self._head = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        size = len(self.url) + sum(len(n) + len(v) for n, v in self.headers)
        if size > MAX_HEAD or len(self.headers) > MAX_HEADERS:
            self._flaw = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError  # stops the parser; the server then calls send_400_response
        super().on_headers_complete()
        # To HTTP/2, as Java's client asks. It stays HTTP/1.1, but the parser reads no further.
        if self.parser is not None and self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_whole = True
        self._stop_waiting()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._flaw)

    # How it ends.

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.timeout_keep_alive, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._is_whole or self._is_refused:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """An answer, where it cannot be taken for that to another request; then the end."""
        self._stop_waiting()
        self._is_refused = True
        cycle = self.cycle
        if self._is_answering and not cycle.more_body:
            cycle.keep_alive = False  # what was whole is answered before the end
            return
        if self._is_answering and (cycle.response_started or self.pipeline):
            self.transport.close()
            return
        if self._is_answering:
            cycle.disconnected = True
            cycle.message_event.set()
        body = json.dumps({"error": _WORDS[status]}).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._wait()  # for the client to close
