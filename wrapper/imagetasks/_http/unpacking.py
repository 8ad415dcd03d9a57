"""Bodies that a server has packed, unpacked as they come in."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

from .errors import DecodingError

PIECE = 2**20
"""Bytes that are unpacked at once: a few of gzip can stand for a thousand times as many."""
GZIP = ("gzip", "x-gzip")
NOT_PACKED = ("", "identity", "aws-chunked", "utf-8", "utf8", "binary", "none")
"""What servers call a body that is as it is; S3 keeps the `aws-chunked` of an upload."""


class Gunzip:
    """gzip of one member or several (RFC 1952, section 2.2). httpx reads the first one only."""

    def __init__(self) -> None:
        self._member = _new_member()
        self._has_begun = False
        self._is_over = False

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Raises DecodingError."""
        self._has_begun = self._has_begun or bool(data)
        while not self._is_over:
            if self._member.eof:
                # Zeros fill a block. Anything else that is no member belongs to nothing.
                data = data.lstrip(b"\0")
                if not data:
                    return
                if not data.startswith(b"\x1f"):
                    self._is_over = True
                    return
                self._member = _new_member()
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as cause:
                raise DecodingError(str(cause)) from cause
            if piece:
                yield piece
            data = self._member.unconsumed_tail or self._member.unused_data
            # A full piece may have left some inside.
            if not data and len(piece) < PIECE:
                return

    def finish(self) -> None:
        """Raises DecodingError where a member ends early."""
        if self._has_begun and not self._member.eof:
            raise DecodingError("the packed body ends early")


def unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The chunks of a body. Raises DecodingError, and what the transport raises."""
    gunzip = _gunzip_of(response)
    if gunzip is None:
        yield from response.iter_bytes()
        return
    whole = _given_whole(response)
    for chunk in response.iter_raw() if whole is None else [whole]:
        yield from gunzip.unpack(chunk)
    gunzip.finish()


async def async_unpacked(response: httpx.Response) -> AsyncIterator[bytes]:
    """`unpacked`, for asyncio."""
    gunzip = _gunzip_of(response)
    if gunzip is None:
        async for chunk in response.aiter_bytes():
            yield chunk
        return
    whole = _given_whole(response)
    if whole is not None:
        for piece in gunzip.unpack(whole):
            yield piece
    else:
        async for chunk in response.aiter_raw():
            for piece in gunzip.unpack(chunk):
                yield piece
    gunzip.finish()


def gunzip_for(content_encoding: str) -> Gunzip | None:
    """None for what is not packed, or otherwise."""
    if not content_encoding:
        return None
    match codings(content_encoding):
        case ["gzip" | "x-gzip"]:
            return Gunzip()
    return None


def codings(header: str) -> list[str]:
    """How a body is packed, by its Content-Encoding: in lower case, without what says that it is not."""
    named = (name.strip().lower() for name in header.split(","))
    return [name for name in named if name not in NOT_PACKED]


def _gunzip_of(response: httpx.Response) -> Gunzip | None:
    header = response.headers.get("content-encoding", "")
    is_unpacked = (
        response.is_stream_consumed
        and not isinstance(response.stream, httpx.ByteStream)
        and codings(header) == ["gzip"]
    )
    return None if is_unpacked else gunzip_for(header)


def _given_whole(response: httpx.Response) -> bytes | None:
    """A body that a transport of the user's own has not sent as a stream, as it was packed."""
    if isinstance(response.stream, httpx.ByteStream):
        return b"".join(response.stream)
    return response.content if response.is_stream_consumed else None


def _new_member() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
