"""An answer while its body comes in."""

from __future__ import annotations

from types import TracebackType

from .._errors import MalformedResponse
from .answer import Answer
from .call import malformed
from .endpoint import Endpoint
from .errors import BROKEN_BODY, DecodingError

MAX_BODY = 16 * 2**20
"""Bytes of an API answer; a task snapshot has a few hundred."""


class Incoming:
    """
    An answer while its body comes in.

    `headers` has those of `read_headers` that there are, as bytes: a vendor's need not be ASCII.
    """

    __slots__ = ("_chunks", "_endpoint", "_headers", "_packed", "_size", "_status_code")

    def __init__(
        self, endpoint: Endpoint, status_code: int, headers: dict[bytes, bytes]
    ) -> None:
        self._endpoint = endpoint
        self._status_code = status_code
        self._packed = headers.pop(b"content-encoding", b"")
        self._headers = headers
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_BODY:
            raise DecodingError(f"more than {MAX_BODY} bytes")
        self._chunks.append(chunk)

    def __enter__(self) -> Incoming:
        # Unpacking twice turns kilobytes into gigabytes before anyone can count them.
        if b"," in self._packed:
            raise self._malformed("it is packed more than once")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        cause: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """A body that ends early, or is packed wrongly, is an answer nobody can read: MalformedResponse."""
        if isinstance(cause, BROKEN_BODY):
            raise self._malformed(str(cause)) from cause

    def _malformed(self, why: str) -> MalformedResponse:
        return malformed(self._endpoint.provider, self.response, why)

    @property
    def response(self) -> Answer:
        """The answer so far, without the key."""
        clean, headers = self._endpoint.without_key, self._headers
        body = clean(b"".join(self._chunks))
        if not self._endpoint.telling:
            return Answer(self._status_code, headers, body)
        for name in self._endpoint.telling:
            if name in headers:
                headers[name] = clean(headers[name])
        values = tuple(map(headers.get, self._endpoint.telling))
        return Answer(self._status_code, headers, body, values)
