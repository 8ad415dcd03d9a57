"""
Sending one exchange: bounded in time and size, without redirects.

Async, a timeout bounds the whole. Sync, every socket operation gets what is left; see `sockets`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import httpx

from .call import error_of_network
from .connection import Connection, Incoming, WholeAnswer, empty_jar
from .shards import CONNECTIONS_PER_CLIENT, Shards
from .sockets import (
    LIMITS,
    TRANSPORT_ERRORS,
    BoundedTransport,
    environment_proxy,
    exchange_ends,
    tls_context,
)

EXCHANGES = 64
"""At once with one provider, over asyncio: of more, httpx would need a core for the polls alone."""
FAST_EXCHANGES = 1024
"""The same where the extra `fast` is installed, as far as there are files for them: each connection is one."""


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
                cookies=empty_jar(),
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
                _incoming(self._connection, response) as incoming,
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
        self._provider = connection.provider
        fast = None if transport else _fast_client()
        self._clients: Shards[httpx.AsyncClient] = Shards(
            lambda: fast(connection) if fast else BoundedClient(connection, transport),
            capacity=float("inf") if transport or fast else CONNECTIONS_PER_CLIENT,
        )

    async def send(
        self, kwargs: Mapping[str, Any], *, timeout: float
    ) -> httpx.Response:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        try:
            with self._clients.borrow() as client:
                return await client.request(**kwargs, timeout=timeout)
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._provider, cause) from cause

    async def aclose(self) -> None:
        for client in self._clients.close():
            await client.aclose()


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


class BoundedClient(httpx.AsyncClient):
    """httpx, with a `request` whose `timeout` bounds the whole exchange, and whose answers have a limit."""

    def __init__(
        self, connection: Connection, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        super().__init__(
            base_url=connection.base_url,
            headers=connection.headers,
            cookies=empty_jar(),
            transport=transport or WordlessTransport(connection.base_url),
        )
        self._connection = connection

    async def request(  # type: ignore[override]
        self, method: str, url: str, *, timeout: float, **options: Any
    ) -> WholeAnswer:
        async with (
            asyncio.timeout(timeout),
            self.stream(method, url, timeout=_phases(timeout), **options) as response,
        ):
            with _incoming(self._connection, response) as incoming:
                async for chunk in response.aiter_bytes():
                    incoming.add(chunk)
            return incoming.response


def exchanges_at_once(
    transport: httpx.AsyncBaseTransport | None, *, providers: int
) -> int:
    """With each of so many providers. Half of the files that a process may open are the program's own."""
    if transport is not None or not _fast_client():
        return EXCHANGES
    return min(max(_open_files() // 2 // max(providers, 1), EXCHANGES), FAST_EXCHANGES)


def _open_files() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else sys.maxsize


def _fast_client() -> Callable[[Connection], httpx.AsyncClient] | None:
    """What the extra `fast` brings, where it is installed."""
    if find_spec("pyreqwest") is None:
        return None
    try:
        from .fast import FastClient
    except ImportError as error:
        words = "pyreqwest is of another version, polls go over httpx: pip install 'imagetasks[fast]' (%s)"
        logging.getLogger("imagetasks").warning(words, error)
        return None
    return FastClient


def _incoming(connection: Connection, response: httpx.Response) -> Incoming:
    headers: dict[bytes, bytes] = {}
    for name, value in response.headers.raw:
        if (name := name.lower()) in connection.read_headers:
            # A header may come in several lines.
            headers[name] = b", ".join(filter(None, (headers.get(name), value)))
    return Incoming(connection, response.status_code, headers)


def _phases(timeout: float) -> httpx.Timeout:
    # Connecting ends a little before the whole: then it is known that nothing was sent.
    return httpx.Timeout(timeout, connect=timeout * 0.95, pool=timeout * 0.95)
