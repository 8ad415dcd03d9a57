"""
Connections whose every operation ends with the exchange.

httpx bounds each read, not the exchange: a server that sends a byte now and then holds a client for ever. asyncio has a
timeout for the whole; for threads, the network backend here (httpcore's own extension point) gives each socket
operation what is left.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from .client_pool import CONNECTIONS_PER_CLIENT
from .connecting import Check, ConnectingBackend
from .environment import Proxies, context_for, is_socks

LIMITS = httpx.Limits(
    max_connections=CONNECTIONS_PER_CLIENT,
    max_keepalive_connections=CONNECTIONS_PER_CLIENT,
)
LOOK_UP = 0.2
"""Seconds after which a thread that reads looks whether it shall stop. Nothing else wakes one."""


class BoundedTransport(httpx.BaseTransport):
    """
    httpcore's pools over sockets that know when the exchange ends; through the environment's proxies, if any.

    One pool for each way out: over http or https, direct or through a proxy. Each is made when the first request needs
    it: what cannot be made is an error of that request only. Raises UnusableEnvironment.
    """

    def __init__(
        self,
        *,
        check: Check | None = None,
        connections: int | None = CONNECTIONS_PER_CLIENT,
    ) -> None:
        """`check` looks at all addresses of a host, unless a proxy is between."""
        self._check = check
        self._connections = connections
        self._proxies = Proxies()
        self._pools: dict[tuple[str, httpx.Proxy | None], httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def _pool_for(self, url: httpx.URL) -> httpcore.ConnectionPool:
        way_out = url.scheme, self._proxies.for_url(url)
        with self._lock:
            if way_out not in self._pools:
                self._pools[way_out] = self._pool(url, way_out[1])
            return self._pools[way_out]

    def _pool(
        self, url: httpx.URL, proxy: httpx.Proxy | None
    ) -> httpcore.ConnectionPool:
        options: dict[str, Any] = {
            "ssl_context": context_for(url),
            "max_connections": self._connections,
            "max_keepalive_connections": self._connections,
            "keepalive_expiry": LIMITS.keepalive_expiry,
        }
        pool = self._direct(options) if proxy is None else self._through(proxy, options)
        # httpcore's own is taken by a method in Python: a signal whose handler raises just then leaves it taken for ever.
        pool._optional_thread_lock = threading.RLock()  # type: ignore[assignment]
        return pool

    def _direct(self, options: dict[str, Any]) -> httpcore.ConnectionPool:
        backend = _BoundedBackend(ConnectingBackend(self._check))
        return httpcore.ConnectionPool(network_backend=backend, **options)

    def _through(
        self, proxy: httpx.Proxy, options: dict[str, Any]
    ) -> httpcore.ConnectionPool:
        kind = httpcore.SOCKSProxy if is_socks(proxy) else httpcore.HTTPProxy
        return kind(
            proxy_url=core_url(proxy.url),
            proxy_auth=proxy.raw_auth,
            network_backend=_BoundedBackend(ConnectingBackend()),
            **options,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._pool_for(request.url)
        answer = pool.handle_request(core_request(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            # Without the reason phrase: httpx logs it, and a vendor may put anything there.
            extensions={"network_stream": answer.extensions.get("network_stream")},
        )

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


_this_thread = threading.local()


@contextmanager
def exchange_ends(end: float, stop: threading.Event | None = None) -> Iterator[None]:
    """
    Bound what this thread does by a monotonic time; `stop` ends it sooner, also while it reads.

    An exchange inside of another one, as in a function of the user's, has its own bounds.
    """
    outer = _bounds()
    _this_thread.bounds = (end, stop)
    try:
        yield
    finally:
        _this_thread.bounds = outer


def _bounds() -> tuple[float | None, threading.Event | None]:
    """When the exchange of this thread ends, and what ends it sooner."""
    bounds: tuple[float | None, threading.Event | None] = getattr(
        _this_thread, "bounds", (None, None)
    )
    return bounds


def _left(timeout: float | None, too_late: type[Exception]) -> float | None:
    """The time that a socket operation of this thread may take."""
    end, _ = _bounds()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise too_late("the exchange took too long")
    return left if timeout is None else min(timeout, left)


class _BoundedBackend(httpcore.NetworkBackend):
    """Connects within what is left, but for the name: the system's resolver takes no timeout."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

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
        left = _left(timeout, httpcore.ReadTimeout)
        _, stop = _bounds()
        if stop is None or left is None:
            return self._stream.read(max_bytes, left)
        until = time.monotonic() + left
        while not stop.is_set():
            left = until - time.monotonic()
            try:
                return self._stream.read(max_bytes, max(min(left, LOOK_UP), 0.001))
            except httpcore.ReadTimeout:
                if left <= LOOK_UP:
                    raise
        raise httpcore.ReadError("the exchange was abandoned")

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


def core_request(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        method=request.method,
        url=core_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
