"""
Sending one exchange: bounded in time and size, without redirects.

Async, a timeout bounds the whole. Sync, every socket operation gets what is left; see _sockets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from ._call import error_of_network, malformed
from ._shards import CONNECTIONS_PER_CLIENT, Shards
from ._sockets import (
    LIMITS,
    TRANSPORT_ERRORS,
    BoundedTransport,
    exchange_ends,
    tls_context,
)

MAX_BODY = 16 * 2**20
"""Bytes of an API answer; a task snapshot has a few hundred."""


class Connection:
    """What every request to one provider carries. The key stays out of `repr`."""

    def __init__(
        self, provider: str, base_url: str, headers: Mapping[str, str], api_key: str
    ) -> None:
        self.provider = provider
        self.base_url = base_url
        self.headers = dict(headers)
        self._key = api_key.encode()

    def without_key(self, body: bytes) -> bytes:
        """A vendor that echoes the key must not carry it into `Task.raw`, an error or a log."""
        # Shorter ones are no real keys, and could be part of any word.
        if len(self._key) < 8:
            return body
        for key in {self._key, self._key.replace(b"/", b"\\/")}:  # as JSON may write it
            body = body.replace(key, b"***")
        return body


class Incoming:
    """An answer while its body comes in."""

    def __init__(self, connection: Connection, response: httpx.Response) -> None:
        self._connection = connection
        self._response = response
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_BODY:
            raise httpx.DecodingError(f"more than {MAX_BODY} bytes")
        self._chunks.append(chunk)

    @contextmanager
    def reading(self) -> Iterator[Incoming]:
        """A body that ends early, or is packed wrongly, is an answer nobody can read: MalformedResponse."""
        try:
            # Unpacking twice turns kilobytes into gigabytes before anyone can count them.
            if "," in self._response.headers.get("content-encoding", ""):
                raise httpx.DecodingError("it is packed more than once")
            yield self
        except (
            httpx.DecodingError,
            httpx.RemoteProtocolError,
            httpcore.RemoteProtocolError,
        ) as cause:
            raise malformed(
                self._connection.provider, self.response, str(cause)
            ) from cause

    @property
    def response(self) -> httpx.Response:
        """The answer so far, in memory, with no more of the headers than is looked at."""
        kept = (b"content-type", b"retry-after", b"date")
        # As bytes: a vendor's header need not be ASCII.
        headers = [(k, v) for k, v in self._response.headers.raw if k.lower() in kept]
        body = self._connection.without_key(b"".join(self._chunks))
        return httpx.Response(self._response.status_code, headers=headers, content=body)


class Sender:
    """Sends the exchanges of one provider, for threads."""

    def __init__(
        self, connection: Connection, transport: httpx.BaseTransport | None
    ) -> None:
        self._connection = connection
        self._clients = Shards(
            lambda: httpx.Client(
                base_url=connection.base_url,
                headers=connection.headers,
                transport=transport or BoundedTransport(connection.base_url),
            ),
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    def send(self, kwargs: Mapping[str, Any], *, timeout: float) -> httpx.Response:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        end = time.monotonic() + timeout
        try:
            with (
                self._clients.borrow() as client,
                exchange_ends(end),
                client.stream(**kwargs, timeout=_phases(timeout)) as response,
                Incoming(self._connection, response).reading() as incoming,
            ):
                for chunk in response.iter_bytes():
                    # A transport of the user's own knows of no end.
                    if time.monotonic() > end:
                        raise TimeoutError("the exchange took too long")
                    incoming.add(chunk)
                return incoming.response
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._connection.provider, cause) from cause

    def close(self) -> None:
        for client in self._clients.close():
            client.close()


class AsyncSender:
    """Sends the exchanges of one provider, on one event loop."""

    def __init__(
        self, connection: Connection, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._connection = connection
        self._clients = Shards(
            lambda: httpx.AsyncClient(
                base_url=connection.base_url,
                headers=connection.headers,
                verify=tls_context(),
                limits=LIMITS,
                transport=transport,
            ),
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    async def send(
        self, kwargs: Mapping[str, Any], *, timeout: float
    ) -> httpx.Response:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        try:
            with self._clients.borrow() as client:
                async with (
                    asyncio.timeout(timeout),
                    client.stream(**kwargs, timeout=_phases(timeout)) as response,
                ):
                    with Incoming(self._connection, response).reading() as incoming:
                        async for chunk in response.aiter_bytes():
                            incoming.add(chunk)
                    return incoming.response
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._connection.provider, cause) from cause

    async def aclose(self) -> None:
        for client in self._clients.close():
            await client.aclose()


def _phases(timeout: float) -> httpx.Timeout:
    # Connecting ends a little before the whole: then it is known that nothing was sent.
    return httpx.Timeout(timeout, connect=timeout * 0.95, pool=timeout * 0.95)
