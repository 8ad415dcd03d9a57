"""
Sending one exchange: bounded in time and size, without redirects.

Async, a timeout bounds the whole. Sync, every socket operation gets what is left; see `sockets`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.request import Request

import httpx

from .._errors import ImageTasksError, logger
from .._forking import belongs_to_this_process
from .._lazy import asyncio
from .answer import Answer
from .async_transports import ClosingWhole, RoutedTransport
from .client_pool import CONNECTIONS_PER_CLIENT, ClientPool, Closed
from .departure import EXTENSION, Departure
from .endpoint import Endpoint
from .errors import TRANSPORT_ERRORS, TryHttpx, error_of_network
from .incoming import Incoming
from .interruptions import of_a_signal
from .sockets import BoundedTransport, exchange_ends
from .unpacking import async_unpacked, unpacked

if TYPE_CHECKING:
    from .fast import FastClient

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
        self._clients = ClientPool(
            lambda: httpx.Client(
                base_url=endpoint.base_url,
                headers=endpoint.headers,
                cookies=empty_jar(),
                transport=transport or BoundedTransport(),
                event_hooks={"request": [_hand_over] if transport else []},
            ),
            discard=httpx.Client.close,
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    def send(
        self,
        kwargs: Mapping[str, Any],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> Answer:
        """
        One exchange, over within `timeout` seconds. `on_leave` is called right before its first byte is sent.

        Raises NetworkError, MalformedResponse.
        """
        end = time.monotonic() + timeout
        departure = Departure(on_leave)
        with (
            _Failures(self._endpoint.provider, departure),
            self._clients.borrow() as client,
            exchange_ends(end),
            client.stream(
                **kwargs, timeout=_phases(timeout), extensions=departure.extensions()
            ) as response,
            _incoming(self._endpoint, response) as incoming,
        ):
            belongs_to_this_process(response.extensions.get("network_stream"))
            for chunk in unpacked(response):
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
        self._closing: set[asyncio.Task[None]] = set()
        fast = None if transport else _fast_client()
        self._fast_clients: ClientPool[FastClient] | None = None
        if fast is not None:
            self._fast_clients = ClientPool(
                lambda: fast(endpoint), capacity=float("inf")
            )
        self._httpx_until = float("-inf")
        self._clients: ClientPool[BoundedClient] = ClientPool(
            lambda: BoundedClient(endpoint, transport),
            discard=self._discard,
            capacity=float("inf") if transport else CONNECTIONS_PER_CLIENT,
        )

    async def send(
        self,
        kwargs: Mapping[str, Any],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> Answer:
        """
        One exchange, over within `timeout` seconds. `on_leave` is called right before its first byte is sent.

        Raises NetworkError, MalformedResponse.
        """
        departure = Departure(on_leave)
        with _Failures(self._provider, departure):
            began = time.monotonic()
            if self._fast_clients is None or began < self._httpx_until:
                return await self._send_over_httpx(kwargs, timeout, departure)
            try:
                with self._fast_clients.borrow() as fast:
                    return await fast.request(
                        **kwargs, timeout=timeout, departure=departure
                    )
            except TryHttpx:
                left = began + timeout - time.monotonic()
                if left <= 0:
                    raise
            departure.stay()
            answer = await self._send_over_httpx(kwargs, left, departure)
            self._httpx_until = time.monotonic() + HTTPX_INSTEAD
            return answer

    async def _send_over_httpx(
        self, kwargs: Mapping[str, Any], timeout: float, departure: Departure
    ) -> Answer:
        with self._clients.borrow() as client:
            return await client.request(**kwargs, timeout=timeout, departure=departure)

    async def aclose(self) -> None:
        fast = [] if self._fast_clients is None else self._fast_clients.close()
        for client in (*fast, *self._clients.close()):
            self._discard(client)
        await asyncio.gather(*self._closing)

    def _discard(self, client: httpx.AsyncClient) -> None:
        # In a task of its own: nobody who is cancelled breaks it off.
        closing = asyncio.create_task(client.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


class _Failures:
    """
    A failure of any type before the request has left is a NetworkError, and nothing was sent; after that, what a
    transport raises is one. Anything else is a fault in the program, or of a signal's handler.

    A class, as a generator costs a poll twice as many calls.
    """

    __slots__ = ("_departure", "_handled", "_provider")

    def __init__(self, provider: str, departure: Departure) -> None:
        self._provider = provider
        self._departure = departure
        self._handled = sys.exception()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        cause: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not isinstance(cause, Exception) or isinstance(
            cause, ImageTasksError | Closed
        ):
            return
        if (raised := of_a_signal(cause, since=self._handled)) is not None:
            raise raised from None
        if self._departure.has_left and not isinstance(cause, TRANSPORT_ERRORS):
            return
        sent = self._departure.was_sent(cause)
        raise error_of_network(self._provider, cause, sent=sent) from cause


class BoundedClient(httpx.AsyncClient):
    """httpx, with a `request` whose `timeout` bounds the whole exchange, and whose answers have a limit."""

    def __init__(
        self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        super().__init__(
            base_url=endpoint.base_url,
            headers=endpoint.headers,
            cookies=empty_jar(),
            transport=ClosingWhole(transport) if transport else RoutedTransport(),
            event_hooks={"request": [_async_hand_over] if transport else []},
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
    ) -> Answer:
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
            belongs_to_this_process(response.extensions.get("network_stream"))
            with _incoming(self._endpoint, response) as incoming:
                async for chunk in async_unpacked(response):
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


def _hand_over(request: httpx.Request) -> None:
    """httpx's hook right before the transport takes a request."""
    request.extensions[EXTENSION].hand_over()


async def _async_hand_over(request: httpx.Request) -> None:
    _hand_over(request)


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
