"""
Sending one exchange: bounded in time and size, without redirects.

Async, a timeout bounds the whole. Sync, every socket operation gets what is left; see `sockets`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.request import Request

import httpx

from .._errors import logger
from .._forking import belongs_to_this_process
from .._lazy import asyncio
from .answer import Answer
from .client_pool import CONNECTIONS_PER_CLIENT, ClientPool
from .endpoint import Endpoint
from .errors import TRANSPORT_ERRORS, error_of_network
from .incoming import Incoming
from .sockets import (
    LIMITS,
    BoundedTransport,
    environment_proxy,
    exchange_ends,
    tls_context,
)

if TYPE_CHECKING:
    from .fast import FastClient

EXCHANGES = 64
"""At once with one provider, over asyncio: of more, httpx would need a core for the polls alone."""
THREADS = 15
"""At once with one provider, over threads."""
FAST_EXCHANGES = 1024
"""The same where the extra `fast` is installed, as far as there are files for them: each connection is one."""


class Sender:
    """Sends the exchanges of one provider, for threads."""

    @staticmethod
    def slots(transport: httpx.BaseTransport | None, *, providers: int) -> int:
        """Exchanges at once with each provider: one for each thread."""
        return THREADS

    def __init__(
        self, endpoint: Endpoint, transport: httpx.BaseTransport | None
    ) -> None:
        self._endpoint = endpoint
        self._clients = ClientPool(
            lambda: httpx.Client(
                base_url=endpoint.base_url,
                headers=endpoint.headers,
                cookies=empty_jar(),
                transport=transport or BoundedTransport(endpoint.base_url),
            ),
            discard=httpx.Client.close,
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    def send(self, kwargs: Mapping[str, Any], *, timeout: float) -> Answer:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        end = time.monotonic() + timeout
        try:
            with (
                self._clients.borrow() as client,
                exchange_ends(end),
                client.stream(**kwargs, timeout=_phases(timeout)) as response,
                _incoming(self._endpoint, response) as incoming,
            ):
                belongs_to_this_process(response.extensions.get("network_stream"))
                for chunk in response.iter_bytes():
                    # A transport of the user's own knows of no end.
                    if time.monotonic() > end:
                        raise TimeoutError("the exchange took too long")
                    incoming.add(chunk)
                return incoming.response
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._endpoint.provider, cause) from cause

    def close(self) -> None:
        for client in self._clients.close():
            client.close()


class AsyncSender:
    """Sends the exchanges of one provider, on one event loop."""

    @staticmethod
    def slots(transport: httpx.AsyncBaseTransport | None, *, providers: int) -> int:
        """
        Exchanges at once with each of so many providers. Half of the files that a process may open are the program's
        own.
        """
        if transport is not None or not _fast_client():
            return EXCHANGES
        files = _open_files() // 2 // max(providers, 1)
        return min(max(files, EXCHANGES), FAST_EXCHANGES)

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._provider = endpoint.provider
        self._closing: set[asyncio.Task[None]] = set()
        fast = None if transport else _fast_client()
        self._clients: ClientPool[BoundedClient | FastClient] = ClientPool(
            lambda: fast(endpoint) if fast else BoundedClient(endpoint, transport),
            discard=self._discard,
            capacity=float("inf") if transport or fast else CONNECTIONS_PER_CLIENT,
        )

    async def send(self, kwargs: Mapping[str, Any], *, timeout: float) -> Answer:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        try:
            with self._clients.borrow() as client:
                return await client.request(**kwargs, timeout=timeout)
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._provider, cause) from cause

    async def aclose(self) -> None:
        for client in self._clients.close():
            self._discard(client)
        await asyncio.gather(*self._closing)

    def _discard(self, client: httpx.AsyncClient) -> None:
        # In a task of its own: nobody who is cancelled breaks it off.
        closing = asyncio.create_task(client.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


class WordlessTransport(httpx.AsyncHTTPTransport):
    """Drops the reason phrase: httpx logs it, and a vendor may put anything there, the key too."""

    def __init__(self, base_url: str) -> None:
        super().__init__(
            verify=tls_context(),
            limits=LIMITS,
            proxy=environment_proxy(httpx.URL(base_url)),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.extensions.pop("reason_phrase", None)
        return response


class ClosingWhole(httpx.AsyncBaseTransport):
    """
    A transport of the user's own, whose answers are closed also when their reader is cancelled at it.

    It cannot be replaced as our own is, and a place in its pool that was not given back is lost.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _ClosedWhole(response.stream)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _ClosedWhole(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        closing = asyncio.ensure_future(self._stream.aclose())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing])
            raise


class BoundedClient(httpx.AsyncClient):
    """httpx, with a `request` whose `timeout` bounds the whole exchange, and whose answers have a limit."""

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        super().__init__(
            base_url=endpoint.base_url,
            headers=endpoint.headers,
            cookies=empty_jar(),
            transport=ClosingWhole(transport)
            if transport
            else WordlessTransport(endpoint.base_url),
        )
        self._endpoint = endpoint

    async def request(  # type: ignore[override]
        self, method: str, url: str, *, timeout: float, **options: Any
    ) -> Answer:
        async with (
            asyncio.timeout(timeout),
            self.stream(method, url, timeout=_phases(timeout), **options) as response,
        ):
            belongs_to_this_process(response.extensions.get("network_stream"))
            with _incoming(self._endpoint, response) as incoming:
                async for chunk in response.aiter_bytes():
                    incoming.add(chunk)
            return incoming.response


def empty_jar() -> CookieJar:
    return CookieJar(_PlainCookies())


class _PlainCookies(DefaultCookiePolicy):
    """Keeps those that a header can carry: httpx fails on any other, from then on at every request."""

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        text = f"{cookie.name}{cookie.value}"
        is_plain = text.isascii() and text.isprintable()
        return is_plain and super().set_ok(cookie, request)


def _open_files() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else sys.maxsize


def _fast_client() -> type[FastClient] | None:
    """What the extra `fast` brings, where it is installed, and its threads are not those of a parent process."""
    if find_spec("pyreqwest") is None:
        return None
    try:
        from .fast import FastClient, began_in
    except ImportError as error:
        words = "pyreqwest is of another version, polls go over httpx: pip install 'imagetasks[fast]' (%s)"
        logger.warning(words, error)
        return None
    return FastClient if began_in in (None, os.getpid()) else None


def _incoming(endpoint: Endpoint, response: httpx.Response) -> Incoming:
    headers: dict[bytes, bytes] = {}
    for name, value in response.headers.raw:
        if (name := name.lower()) in endpoint.read_headers:
            # A header may come in several lines.
            headers[name] = b", ".join(filter(None, (headers.get(name), value)))
    return Incoming(endpoint, response.status_code, headers)


def _phases(timeout: float) -> httpx.Timeout:
    # Connecting ends a little before the whole: then it is known that nothing was sent.
    return httpx.Timeout(timeout, connect=timeout * 0.95, pool=timeout * 0.95)
