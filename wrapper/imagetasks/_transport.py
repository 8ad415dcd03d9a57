"""
Sending one exchange: bounded in time and size, without redirects, over enough connections.

httpx bounds each read, not the exchange: a server that sends a byte now and then holds a client for ever. Here the
whole exchange has one end. Async, that is a timeout around it. Sync, every socket operation gets what is left.

httpx searches all its connections on each request: at 64 in flight on one client a poll costs four times the CPU of
one at 8, and no more than that over eight clients (tests/benchmarks/shards.py prints it). So a client carries 8, and
there are as many clients as needed.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ._call import error_of_network, malformed

CONNECTIONS_PER_CLIENT = 8
MAX_BODY = 16 * 2**20
"""Bytes of an API answer; a task snapshot has a few hundred."""

C = TypeVar("C")


class Connection:
    """What every request to one provider carries. The key stays out of `repr`."""

    def __init__(
        self, provider: str, base_url: str, headers: Mapping[str, str], api_key: str
    ) -> None:
        self.provider = provider
        self.base_url = base_url
        self.headers = dict(headers)
        self._key = api_key.encode()

    def without_key(self, body: bytes) -> bytes:
        """A vendor that echoes the key must not carry it into `Task.raw`, an error or a log."""
        # Shorter ones are no real keys, and could be part of any word.
        return body.replace(self._key, b"***") if len(self._key) >= 8 else body


class Incoming:
    """An answer while its body comes in."""

    def __init__(self, connection: Connection, response: httpx.Response) -> None:
        self._connection = connection
        self._response = response
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_BODY:
            raise httpx.DecodingError(f"more than {MAX_BODY} bytes")
        self._chunks.append(chunk)

    @contextmanager
    def reading(self) -> Iterator[Incoming]:
        """A body that ends early, or is packed wrongly, is an answer nobody can read: MalformedResponse."""
        try:
            yield self
        except (
            httpx.DecodingError,
            httpx.RemoteProtocolError,
            httpcore.RemoteProtocolError,
        ) as cause:
            raise malformed(
                self._connection.provider, self.response, str(cause)
            ) from cause

    @property
    def response(self) -> httpx.Response:
        """The answer so far, in memory, with no more of the headers than is looked at."""
        headers = {
            name: value
            for name, value in self._response.headers.items()
            if name in ("content-type", "retry-after", "date")
        }
        body = self._connection.without_key(b"".join(self._chunks))
        return httpx.Response(self._response.status_code, headers=headers, content=body)


class Shards(Generic[C]):
    """Clients of `CONNECTIONS_PER_CLIENT` exchanges each, made when needed."""

    def __init__(
        self, make: Callable[[], C], *, capacity: float = CONNECTIONS_PER_CLIENT
    ) -> None:
        self._make = make
        self._capacity = capacity
        self._clients: list[C] = []
        self._in_flight: list[int] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[C]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            free = (
                n for n, used in enumerate(self._in_flight) if used < self._capacity
            )
            n = next(free, len(self._clients))
            if n == len(self._clients):
                self._clients.append(self._make())
                self._in_flight.append(0)
            self._in_flight[n] += 1
        try:
            yield self._clients[n]
        finally:
            with self._lock:
                self._in_flight[n] -= 1

    def close(self) -> list[C]:
        """No more borrowing. Returns the clients, for the caller to close."""
        with self._lock:
            self._closed = True
            return self._clients


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
                Incoming(self._connection, response).reading() as incoming,
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
        self._connection = connection
        self._clients = Shards(
            lambda: httpx.AsyncClient(
                base_url=connection.base_url,
                headers=connection.headers,
                verify=tls_context(),
                limits=_LIMITS,
                transport=transport,
            ),
            capacity=CONNECTIONS_PER_CLIENT if transport is None else float("inf"),
        )

    async def send(
        self, kwargs: Mapping[str, Any], *, timeout: float
    ) -> httpx.Response:
        """One exchange, over within `timeout` seconds. Raises NetworkError, MalformedResponse."""
        try:
            with self._clients.borrow() as client:
                async with (
                    asyncio.timeout(timeout),
                    client.stream(**kwargs, timeout=_phases(timeout)) as response,
                ):
                    with Incoming(self._connection, response).reading() as incoming:
                        async for chunk in response.aiter_bytes():
                            incoming.add(chunk)
                    return incoming.response
        except (*TRANSPORT_ERRORS, TimeoutError) as cause:
            raise error_of_network(self._connection.provider, cause) from cause

    async def aclose(self) -> None:
        for client in self._clients.close():
            await client.aclose()


class BoundedTransport(httpx.BaseTransport):
    """httpcore's pool over sockets that know when the exchange ends; through the environment's proxy, if any."""

    def __init__(self, base_url: str) -> None:
        options: dict[str, Any] = {
            "ssl_context": tls_context(),
            "max_connections": CONNECTIONS_PER_CLIENT,
            "max_keepalive_connections": CONNECTIONS_PER_CLIENT,
            "keepalive_expiry": _LIMITS.keepalive_expiry,
            "network_backend": _BoundedBackend(),
        }
        if url := _environment_proxy(httpx.URL(base_url)):
            proxy = httpx.Proxy(url)
            options.update(proxy_url=_core_url(proxy.url), proxy_auth=proxy.raw_auth)
            self._pool: httpcore.ConnectionPool = httpcore.HTTPProxy(**options)
        else:
            self._pool = httpcore.ConnectionPool(**options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=_core_url(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer)
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


_this_thread = threading.local()


@contextmanager
def exchange_ends(end: float) -> Iterator[None]:
    _this_thread.end = end
    try:
        yield
    finally:
        del _this_thread.end


def _left(timeout: float | None, too_late: type[Exception]) -> float | None:
    """The time that a socket operation of this thread may take."""
    end: float | None = getattr(_this_thread, "end", None)
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise too_late("the exchange took too long")
    return left if timeout is None else min(timeout, left)


class _BoundedBackend(httpcore.NetworkBackend):
    """Connects within what is left, but for the name: the system's resolver takes no timeout."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(
            self._backend.connect_tcp(host, port, left, local_address, socket_options)
        )


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, left)
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _environment_proxy(url: httpx.URL) -> str | None:
    """HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, read as the standard library reads them."""
    proxies = getproxies()
    return (
        None
        if proxy_bypass(url.host)
        else proxies.get(url.scheme) or proxies.get("all")
    )


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


TRANSPORT_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)

_LIMITS = httpx.Limits(
    max_connections=CONNECTIONS_PER_CLIENT,
    max_keepalive_connections=CONNECTIONS_PER_CLIENT,
)
_tls: list[ssl.SSLContext] = []


def tls_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes 20 to 100 ms."""
    if not _tls:
        _tls.append(httpx.create_ssl_context())
    return _tls[0]


def _phases(timeout: float) -> httpx.Timeout:
    # Connecting ends a little before the whole: then it is known that nothing was sent.
    return httpx.Timeout(timeout, connect=timeout * 0.95, pool=timeout * 0.95)
