"""
Connecting only where it is allowed: to addresses that were looked at after the name was resolved.

The address that was checked is the one that is connected to. Nothing asks for the name again, so a name server that
gives another answer the second time gains nothing. TLS and the Host header still carry the name.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, cast

import httpcore
import httpx

from .._lazy import asyncio
from .sockets import core_url, tls_context

Check = Callable[[str, int, Sequence[str]], object]
"""Takes a host and all of its addresses. Raises where one of them must not be reached."""


class GuardedBackend(httpcore.NetworkBackend):
    """For threads. The system's resolver takes no timeout."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError(str(cause)) from cause
        addresses = _addresses(found)
        self._check(host, port, addresses)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return self._backend.connect_tcp(
                    address,
                    port,
                    _share(timeout, addresses),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class AsyncGuardedBackend(httpcore.AsyncNetworkBackend):
    """For asyncio."""

    def __init__(self, check: Check) -> None:
        self._check = check
        # A cast: without anyio, which httpx brings, the name would be of an empty class.
        self._backend = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as cause:
            raise httpcore.ConnectTimeout("the name was not resolved") from cause
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError(str(cause)) from cause
        addresses = _addresses(found)
        self._check(host, port, addresses)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(
                    address,
                    port,
                    _share(timeout, addresses),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class AsyncGuardedTransport(httpx.AsyncBaseTransport):
    """httpcore's pool over an AsyncGuardedBackend: httpx's own transport takes no backend."""

    def __init__(self, check: Check) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context(),
            max_connections=None,
            network_backend=AsyncGuardedBackend(check),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=core_url(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions={"network_stream": answer.extensions.get("network_stream")},
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        await self._answer.aclose()


def _addresses(found: Iterable[tuple[Any, ...]]) -> list[str]:
    """Each once, in the resolver's order."""
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _share(timeout: float | None, addresses: Sequence[str]) -> float | None:
    """An address that does not answer leaves time for the next one."""
    return None if timeout is None else timeout / len(addresses)
