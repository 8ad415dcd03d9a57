"""An answer of a vendor: whole, and while its body comes in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpcore
import httpx

from .._errors import MalformedResponse
from .call import malformed
from .endpoint import Endpoint

MAX_BODY = 16 * 2**20
"""Bytes of an API answer; a task snapshot has a few hundred."""


BROKEN_BODY = (
    httpx.DecodingError,
    httpx.RemoteProtocolError,
    httpcore.RemoteProtocolError,
)


class WholeAnswer(httpx.Response):
    """A whole answer in memory. Its JSON is parsed once: the typed model and `Task.raw` both ask for it."""

    def __init__(
        self,
        status_code: int,
        headers: Mapping[bytes, bytes],
        body: bytes,
        told: tuple[bytes | None, ...] = (),
    ) -> None:
        self.told = told
        """What stands in the headers in which its vendor tells of a task."""
        self.status_code = status_code
        self._given_headers = headers
        self._body = body
        self._parsed: Any = None

    def __getattr__(self, name: str) -> Any:
        """Whatever else httpx's has, once somebody asks: of most answers nobody does, as they say nothing new."""
        if "headers" in self.__dict__:
            raise AttributeError(name)
        super().__init__(
            self.status_code,
            headers=self._given_headers,
            # As a stream: httpx would unpack and copy what is here already.
            stream=httpx.ByteStream(self._body),
        )
        return getattr(self, name)

    @property
    def content(self) -> bytes:
        return self._body

    def json(self, **options: Any) -> Any:
        """Numbers that JSON has no word for (NaN, 1e400) are None: nobody could write them down."""
        if self._parsed is None:
            self._parsed = super().json(
                parse_constant=lambda _: None, parse_float=finite_float
            )
        return self._parsed


def finite_float(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def fingerprint(response: httpx.Response) -> int:
    """The same for answers that tell the same, be it in the status, in the body or in a header."""
    told = response.told if isinstance(response, WholeAnswer) else ()
    return hash((response.status_code, response.content, *told))


class Incoming:
    """
    An answer while its body comes in.

    `headers` has those of `read_headers` that there are, as bytes: a vendor's need not be ASCII.
    """

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
            raise httpx.DecodingError(f"more than {MAX_BODY} bytes")
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
    def response(self) -> WholeAnswer:
        """The answer so far, without the key."""
        clean, headers = self._endpoint.without_key, self._headers
        for name in self._endpoint.telling:
            if name in headers:
                headers[name] = clean(headers[name])
        told = tuple(map(headers.get, self._endpoint.telling))
        body = clean(b"".join(self._chunks))
        return WholeAnswer(self._status_code, headers, body, told)
