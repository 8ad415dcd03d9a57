"""
The transport of async downloads: it connects only to addresses that were looked at after the name was resolved.

TLS and the Host header still carry the name. `connecting` resolves, has the addresses checked, and connects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpcore
import httpx

from .connecting import AsyncConnectingBackend, Check
from .environment import Proxies, context_for
from .sockets import LIMITS, core_url


class GuardedTransport(httpx.AsyncBaseTransport):
    """One pool for each way out: over http or https, direct or through a proxy, which resolves names itself."""

    def __init__(self, check: Check, proxies: Proxies) -> None:
        self._check = check
        self._proxies = proxies
        self._pools: dict[tuple[str, httpx.Proxy | None], httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._pool_for(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    def _pool_for(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        way_out = url.scheme, self._proxies.for_url(url)
        if way_out not in self._pools:
            context, (_, proxy) = context_for(url), way_out
            self._pools[way_out] = (
                _DirectTransport(
                    httpcore.AsyncConnectionPool(
                        ssl_context=context,
                        max_connections=LIMITS.max_connections,
                        max_keepalive_connections=LIMITS.max_keepalive_connections,
                        keepalive_expiry=LIMITS.keepalive_expiry,
                        network_backend=AsyncConnectingBackend(self._check),
                    )
                )
                if proxy is None
                else httpx.AsyncHTTPTransport(
                    proxy=proxy, verify=context, limits=LIMITS
                )
            )
        return self._pools[way_out]


class _DirectTransport(httpx.AsyncBaseTransport):
    """httpcore's pool: httpx's own transport takes no network backend."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

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
