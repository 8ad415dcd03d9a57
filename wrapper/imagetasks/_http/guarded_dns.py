"""
The transport of async downloads: it connects only to addresses that were looked at after the name was resolved.

TLS and the Host header still carry the name. `connecting` resolves, has the addresses checked, and connects.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from .connecting import AsyncConnectingBackend, Check
from .sockets import core_url


class AsyncGuardedTransport(httpx.AsyncBaseTransport):
    """httpcore's pool over an AsyncConnectingBackend: httpx's own transport takes no backend."""

    def __init__(self, check: Check, context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=None,
            network_backend=AsyncConnectingBackend(check),
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
