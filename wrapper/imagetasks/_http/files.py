"""
Reading files from hosts that get no credentials: one request, no redirect followed, the body as it comes.

A custom transport, or a proxy of the environment, resolves names by itself: then `check` sees none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Self

import httpx

from .._forking import belongs_to_this_process
from .._lazy import asyncio
from .async_transports import RoutedTransport
from .client_pool import ClientPool
from .connecting import Check
from .environment import Proxies
from .errors import TRANSPORT_ERRORS
from .sockets import BoundedTransport
from .unpacking import async_unpacked, codings, unpacked

FileHead = httpx.Response
"""Status and headers of a file, its body still to come."""
CONNECT = 10.0
"""Seconds for a connection."""
IDLE = 5.0
"""Seconds for which a transport without a download keeps its connections."""


class Interrupted(Exception):
    """No whole answer came, for a reason that may pass."""


class IncomingFile:
    """An answer, its body still to come. The `with` block closes it."""

    def __init__(self, response: httpx.Response, closing: ExitStack) -> None:
        self.response = response
        self._closing = closing
        belongs_to_this_process(response.extensions.get("network_stream"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.__exit__(kind, error, traceback)

    def chunks(self) -> Iterator[bytes]:
        """Raises Interrupted when the body breaks off."""
        size = 0
        try:
            for chunk in unpacked(self.response):
                size += len(chunk)
                yield chunk
        except TRANSPORT_ERRORS as cause:
            raise interrupted(cause) from cause
        check_length(self.response, size)


class AsyncIncomingFile:
    """The same for asyncio."""

    def __init__(self, response: httpx.Response, closing: AsyncExitStack) -> None:
        self.response = response
        self._closing = closing
        belongs_to_this_process(response.extensions.get("network_stream"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._closing.__aexit__(kind, error, traceback)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises Interrupted when the body breaks off."""
        size = 0
        try:
            async for chunk in async_unpacked(self.response):
                size += len(chunk)
                yield chunk
        except TRANSPORT_ERRORS as cause:
            raise interrupted(cause) from cause
        check_length(self.response, size)


class FileSource:
    """For threads."""

    def __init__(
        self, check: Check, transport: httpx.BaseTransport | None, user_agent: str
    ) -> None:
        self._transport = transport
        self._own = ClientPool(
            lambda: BoundedTransport(check=check),
            discard=BoundedTransport.close,
            idle_expiry=IDLE,
        )
        self._headers = _headers(user_agent)

    def get(
        self, url: httpx.URL, headers: dict[str, str], *, stall: float
    ) -> IncomingFile:
        """
        Raises Interrupted when no answer comes, or no byte for `stall` seconds, and UnusableEnvironment before anything
        is sent.
        """
        request = _request(url, self._headers | headers, stall)
        try:
            with ExitStack() as closing:
                transport = self._transport or closing.enter_context(self._own.borrow())
                response = transport.handle_request(request)
                closing.callback(response.close)
                return IncomingFile(response, closing.pop_all())
        except TRANSPORT_ERRORS as cause:
            raise interrupted(cause) from cause

    def close(self) -> None:
        for transport in self._own.close():
            transport.close()


class AsyncFileSource:
    """For one event loop."""

    def __init__(
        self, check: Check, transport: httpx.AsyncBaseTransport | None, user_agent: str
    ) -> None:
        self._transport = transport
        proxies = Proxies()
        self._own: ClientPool[RoutedTransport] = ClientPool(
            lambda: RoutedTransport(check=check, proxies=proxies),
            discard=self._discard,
            idle_expiry=IDLE,
        )
        self._closing: set[asyncio.Task[None]] = set()
        self._headers = _headers(user_agent)

    async def get(
        self, url: httpx.URL, headers: dict[str, str], *, stall: float
    ) -> AsyncIncomingFile:
        """
        Raises Interrupted when no answer comes, or no byte for `stall` seconds, and UnusableEnvironment before anything
        is sent.
        """
        request = _request(url, self._headers | headers, stall)
        try:
            async with AsyncExitStack() as closing:
                transport = self._transport or closing.enter_context(self._own.borrow())
                response = await transport.handle_async_request(request)
                closing.push_async_callback(response.aclose)
                return AsyncIncomingFile(response, closing.pop_all())
        except TRANSPORT_ERRORS as cause:
            raise interrupted(cause) from cause

    async def aclose(self) -> None:
        for transport in self._own.close():
            self._discard(transport)
        await asyncio.gather(*self._closing)

    def _discard(self, transport: RoutedTransport) -> None:
        # In a task of its own: nobody who is cancelled breaks it off.
        closing = asyncio.create_task(transport.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def interrupted(cause: Exception) -> Interrupted:
    words = " ".join(str(cause).split())
    return Interrupted(f"{type(cause).__name__}{f': {words}' if words else ''}")


def check_length(response: httpx.Response, size: int) -> None:
    """HTTP/1.1 connections have seen to it; a transport of the user's own may not."""
    length = response.headers.get("content-length", "")
    if codings(response.headers.get("content-encoding", "")) or not length.isdecimal():
        return
    if size != int(length) and "transfer-encoding" not in response.headers:
        raise Interrupted(f"{size} of {length} bytes came")


def _headers(user_agent: str) -> dict[str, str]:
    return {
        "User-Agent": user_agent,
        "Accept": "*/*",
        # Unpacked: lengths and ranges then count the bytes of the file.
        "Accept-Encoding": "identity",
    }


def _request(url: httpx.URL, headers: Mapping[str, str], stall: float) -> httpx.Request:
    # Not through an httpx client: that would make credentials of a user in the URL, and log the URL, which opens the file.
    timeout = httpx.Timeout(stall, connect=min(stall, CONNECT))
    return httpx.Request(
        "GET", url, headers=headers, extensions={"timeout": timeout.as_dict()}
    )
