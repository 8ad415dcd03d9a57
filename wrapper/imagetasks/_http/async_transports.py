"""
httpx's transports, as the async clients and downloads use them.

httpx's own takes no network backend, so these pools of httpcore carry its requests, as `sockets` has it for threads.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpcore
import httpx

from .._lazy import asyncio
from .connecting import AsyncConnectingBackend, Check
from .environment import Proxies, context_for, is_socks
from .sockets import LIMITS, core_request, core_url


class RoutedTransport(httpx.AsyncBaseTransport):
    """
    One pool for each way out: over http or https, direct or through a proxy of the environment.

    Each is made when the first request needs it: what cannot be made is an error of that request only. Raises
    UnusableEnvironment.
    """

    def __init__(
        self, *, check: Check | None = None, proxies: Proxies | None = None
    ) -> None:
        """`check` looks at all addresses of a host, unless a proxy is between."""
        self._check = check
        self._proxies = proxies or Proxies()
        self._pools: dict[
            tuple[str, httpx.Proxy | None], httpcore.AsyncConnectionPool
        ] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._pool_for(request.url)
        answer = await pool.handle_async_request(core_request(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            # Without the reason phrase: httpx logs it, and a vendor may put anything there.
            extensions={"network_stream": answer.extensions.get("network_stream")},
        )

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    def _pool_for(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        way_out = url.scheme, self._proxies.for_url(url)
        if way_out not in self._pools:
            self._pools[way_out] = self._pool(url, way_out[1])
        return self._pools[way_out]

    def _pool(
        self, url: httpx.URL, proxy: httpx.Proxy | None
    ) -> httpcore.AsyncConnectionPool:
        options: dict[str, Any] = {
            "ssl_context": context_for(url),
            "max_connections": LIMITS.max_connections,
            "max_keepalive_connections": LIMITS.max_keepalive_connections,
            "keepalive_expiry": LIMITS.keepalive_expiry,
        }
        if proxy is None:
            backend = AsyncConnectingBackend(self._check)
            return httpcore.AsyncConnectionPool(network_backend=backend, **options)
        kind = httpcore.AsyncSOCKSProxy if is_socks(proxy) else httpcore.AsyncHTTPProxy
        return kind(
            proxy_url=core_url(proxy.url),
            proxy_auth=proxy.raw_auth,
            network_backend=AsyncConnectingBackend(),
            **options,
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        await self._answer.aclose()


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
