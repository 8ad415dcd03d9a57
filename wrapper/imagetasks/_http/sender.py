"""
Sending one exchange: bounded in time and size, without redirects.

Async, a timeout bounds the whole. Sync, every socket operation gets what is left; see `sockets`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import Request

import httpx

from .._errors import ImageTasksError
from .answer import Incoming, WholeAnswer
from .call import TRANSPORT_ERRORS, error_of_network
from .client_pool import CONNECTIONS_PER_CLIENT, ClientPool, Closed
from .departure import Departure, async_hand_over, hand_over
from .endpoint import Endpoint
from .environment import Proxies, context_for
from .sockets import LIMITS, BoundedTransport, TryHttpx, exchange_ends

if TYPE_CHECKING:
    from .fast import FastClient

C = TypeVar("C")

EXCHANGES = 64
"""At once with one provider, over asyncio: of more, httpx would need a core for the polls alone."""
THREADS = 15
"""At once with one provider, over threads."""
FAST_EXCHANGES = 1024
"""The same where the extra `fast` is installed, as far as there are files for them: each connection is one."""
HTTPX_INSTEAD = 60.0
"""Seconds for which httpx sends all of a provider's exchanges, once it has connected where the extra `fast` could not."""


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

        def make() -> httpx.Client:
            return httpx.Client(
                base_url=endpoint.base_url,
                headers=endpoint.headers,
                cookies=empty_jar(),
                transport=transport or BoundedTransport(),
                event_hooks={"request": [hand_over] if transport else []},
            )

        self._clients = ClientPool(
            _typed(endpoint.provider, make),
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    def send(
        self,
        kwargs: Mapping[str, Any],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> httpx.Response:
        """
        One exchange, over within `timeout` seconds. `on_leave` is called right before its first byte is sent.

        Raises NetworkError, MalformedResponse.
        """
        with self._clients.borrow() as client:
            departure = Departure(on_leave)
            try:
                return self._exchange(client, kwargs, timeout, departure)
            except ImageTasksError:
                raise
            except Exception as cause:
                if departure.has_left and not isinstance(cause, TRANSPORT_ERRORS):
                    raise
                raise error_of_network(
                    self._endpoint.provider, cause, has_left=departure.has_left
                ) from cause

    def _exchange(
        self,
        client: httpx.Client,
        kwargs: Mapping[str, Any],
        timeout: float,
        departure: Departure,
    ) -> WholeAnswer:
        end = time.monotonic() + timeout
        with (
            exchange_ends(end),
            client.stream(
                **kwargs,
                timeout=_phases(timeout),
                extensions=departure.extensions(),
            ) as response,
            _incoming(self._endpoint, response) as incoming,
        ):
            for chunk in response.iter_bytes():
                # A transport of the user's own knows of no end.
                if time.monotonic() > end:
                    raise TimeoutError("the exchange took too long")
                incoming.add(chunk)
            return incoming.response

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
        fast = None if transport else _fast_client()
        self._fast_clients: ClientPool[FastClient] | None = None
        if fast is not None:
            self._fast_clients = ClientPool(
                _typed(endpoint.provider, lambda: fast(endpoint)), capacity=float("inf")
            )
        self._httpx_until = float("-inf")
        self._clients: ClientPool[BoundedClient] = ClientPool(
            _typed(endpoint.provider, lambda: BoundedClient(endpoint, transport)),
            capacity=float("inf") if transport else CONNECTIONS_PER_CLIENT,
        )

    async def send(
        self,
        kwargs: Mapping[str, Any],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> httpx.Response:
        """
        One exchange, over within `timeout` seconds. `on_leave` is called right before its first byte is sent.

        Raises NetworkError, MalformedResponse.
        """
        departure = Departure(on_leave)
        try:
            return await self._exchange(kwargs, timeout, departure)
        except (ImageTasksError, Closed):
            raise
        except Exception as cause:
            if departure.has_left and not isinstance(cause, TRANSPORT_ERRORS):
                raise
            raise error_of_network(
                self._provider, cause, has_left=departure.has_left
            ) from cause

    async def _exchange(
        self, kwargs: Mapping[str, Any], timeout: float, departure: Departure
    ) -> WholeAnswer:
        began = time.monotonic()
        if self._fast_clients is None or began < self._httpx_until:
            with self._clients.borrow() as client:
                return await client.request(
                    **kwargs, timeout=timeout, departure=departure
                )
        try:
            with self._fast_clients.borrow() as fast:
                return await fast.request(
                    **kwargs, timeout=timeout, departure=departure
                )
        except TryHttpx:
            left = began + timeout - time.monotonic()
            if left <= 0:
                raise
        with self._clients.borrow() as client:
            answer = await client.request(**kwargs, timeout=left, departure=departure)
        self._httpx_until = time.monotonic() + HTTPX_INSTEAD
        return answer

    async def aclose(self) -> None:
        fast = [] if self._fast_clients is None else self._fast_clients.close()
        for client in (*fast, *self._clients.close()):
            await client.aclose()


class WordlessTransport(httpx.AsyncHTTPTransport):
    """Drops the reason phrase: httpx logs it, and a vendor may put anything there, the key too."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.extensions.pop("reason_phrase", None)
        return response


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


class BoundedClient(httpx.AsyncClient):
    """httpx, with a `request` whose `timeout` bounds the whole exchange, and whose answers have a limit."""

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        super().__init__(
            base_url=endpoint.base_url,
            headers=endpoint.headers,
            cookies=empty_jar(),
            transport=transport or RoutedTransport(),
            event_hooks={"request": [async_hand_over] if transport else []},
        )
        self._endpoint = endpoint

    async def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        departure: Departure,
        **options: Any,
    ) -> WholeAnswer:
        async with (
            asyncio.timeout(timeout),
            self.stream(
                method,
                url,
                timeout=_phases(timeout),
                extensions=departure.async_extensions(),
                **options,
            ) as response,
        ):
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


def _typed(provider: str, make: Callable[[], C]) -> Callable[[], C]:
    """`make`, whose failure of whatever type is one of the library's: nothing was sent."""

    def made() -> C:
        try:
            return make()
        except Exception as cause:
            raise error_of_network(provider, cause, has_left=False) from cause

    return made


def _fast_client() -> type[FastClient] | None:
    """What the extra `fast` brings, where it is installed."""
    try:
        from .fast import FastClient
    except ImportError:
        return None
    return FastClient


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
