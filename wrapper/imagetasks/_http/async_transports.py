"""httpx's transports, as the async clients use them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from .._lazy import asyncio
from .environment import Proxies, context_for
from .sockets import LIMITS


class RoutedTransport(httpx.AsyncBaseTransport):
    """
    One transport for each way out: over http or https, direct or through a proxy of the environment.

    Each is made when the first request needs it: what cannot be made is an error of that request only. Raises
    UnusableEnvironment.
    """

    def __init__(self) -> None:
        self._proxies = Proxies()
        self._transports: dict[tuple[str, httpx.Proxy | None], WordlessTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        way_out = request.url.scheme, self._proxies.for_url(request.url)
        if way_out not in self._transports:
            self._transports[way_out] = WordlessTransport(
                verify=context_for(request.url), limits=LIMITS, proxy=way_out[1]
            )
        return await self._transports[way_out].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


class WordlessTransport(httpx.AsyncHTTPTransport):
    """Drops the reason phrase: httpx logs it, and a vendor may put anything there, the key too."""

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
