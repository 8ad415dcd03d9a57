"""
The fast transport: pyreqwest (Rust's reqwest) behind httpx's face, for a sixth to a ninth of httpx's CPU per poll.

What it does not do by itself is done here:

- It calls every failure before an answer a connect error, also when the request had arrived. Whether the body was
  asked for tells the difference.
- A cancelled exchange goes on inside it, until its timeout. The body is withdrawn, so that no submit leaves after its
  caller has.
- A cancel that comes together with the answer gets lost in it: at full speed, one in six. The asyncio task knows of it.
- An exchange that ends inside it while the interpreter shuts down aborts the process: its thread wants to tell a loop that
  is no more. So its clients are closed before that, which breaks off every exchange, in any thread, and none begins any
  more.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from weakref import WeakSet

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BodyDecodeError,
    DetailedPyreqwestError,
    PyreqwestError,
)
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import RequestBuilder, StreamRequest
from pyreqwest.response import Response, ResponseBodyReader

from .._errors import MalformedResponse
from .._httpx import URL
from .answer import Answer
from .departure import Departure
from .endpoint import Endpoint
from .environment import Proxies, context_for, is_socks
from .errors import TryHttpx
from .incoming import Incoming
from .sockets import LIMITS
from .unpacking import Gunzip, gunzip_for

CONNECT = 1.0
"""
Seconds for a connection, then httpx tries: of a name's addresses of one kind, hyper waits for each in turn, and httpx
for the next after 250 ms.
"""
BREAKING_OFF = 0.5
"""Seconds at most for which a program that ends waits until each exchange of other threads has heard that it is over."""
SETTLING = 0.05
"""Seconds for which pyreqwest's thread has something to do still after that."""
_clients: WeakSet[FastClient] = WeakSet()
_given_up: dict[FastClient, float] = {}
"""Clients with an exchange that was cancelled and goes on inside pyreqwest, and until when."""
_is_leaving = False
began_in: int | None = None
"""The process that started pyreqwest's threads. In a child that it forks they are missing, and every exchange hangs."""


class FastClient(httpx.AsyncClient):
    """
    An httpx client of one provider whose `request` goes through pyreqwest.

    `timeout` bounds the whole exchange, body included. Raises httpx's errors, and MalformedResponse for a body that
    cannot be read to its end.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(
            base_url=endpoint.base_url,
            headers=endpoint.headers,
            # Nothing is sent over it.
            transport=httpx.MockTransport(lambda _: httpx.Response(500)),
        )
        self._endpoint = endpoint
        self._read_headers = [(name.decode(), name) for name in endpoint.read_headers]
        self._base = str(self.base_url).rstrip("/")
        self._proxies = Proxies()
        self._pools: dict[tuple[str, httpx.Proxy | None], Client] = {}
        # The one of `base_url`, which nearly every poll takes.
        self._usual: Client | None = None
        # Of a poll whose body breaks off nothing is kept but that: to see its pieces costs a change of threads, an eighth
        # of the poll. Once a body was broken, they are looked at until one is whole.
        self._keeps_evidence = False
        self.under_way = 0
        """Exchanges that somebody waits for."""
        _clients.add(self)

    async def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        departure: Departure,
        **options: Any,
    ) -> Answer:
        task = asyncio.current_task()
        assert task is not None
        cancels = task.cancelling()
        request, body = self._build(method, url, timeout, departure, options)
        self.under_way += 1
        try:
            if body is None:
                departure.hand_over()
            async with request as response:
                if task.cancelling() > cancels:
                    raise asyncio.CancelledError
                headers = _headers(response, self._read_headers)
                packed = headers.get(b"content-encoding", b"").decode()
                incoming = Incoming(self._endpoint, response.status, headers)
                with incoming:
                    await _read(response.body_reader, incoming, gunzip_for(packed))
                self._keeps_evidence = False
                return incoming.response
        except PyreqwestError as cause:
            if isinstance(cause, BodyDecodeError) and not _is_broken_off(cause):
                self._keeps_evidence = True
                raise self._malformed(cause) from cause
            raise _as_httpx(cause, body) from cause
        except MalformedResponse:
            self._keeps_evidence = True
            raise
        finally:
            self.under_way -= 1
            if body is not None:
                body.withdraw()
            if task.cancelling() > cancels:
                _keep_until_over(self, timeout)
                raise asyncio.CancelledError

    def _malformed(self, cause: PyreqwestError) -> MalformedResponse:
        provider = self._endpoint.provider
        return MalformedResponse(
            f"{provider}: the answer cannot be read to its end: {_words(cause)}",
            provider=provider,
        )

    async def aclose(self) -> None:
        for pool in list(self._pools.values()):
            await pool.close()
        await super().aclose()

    def _build(
        self,
        method: str,
        url: str,
        timeout: float,
        departure: Departure,
        options: dict[str, Any],
    ) -> tuple[StreamRequest, Body | None]:
        builder, body = self._address(method, url, departure, options)
        builder = builder.timeout(_duration(timeout))
        if self._keeps_evidence or body is not None:
            # Without a buffer the head comes before its body, and pieces as they come.
            builder = builder.streamed_read_buffer_limit(0)
        return builder.build_streamed(), body

    def _address(
        self, method: str, url: str, departure: Departure, options: dict[str, Any]
    ) -> tuple[RequestBuilder, Body | None]:
        if method == "get" and options.keys() <= {"params"}:
            # A poll: what httpx would make of it, in a tenth of the time. An address of its own is whole already.
            params = options.get("params")
            query = f"?{urlencode(params)}" if params else ""
            if url.startswith("/"):
                if self._usual is None or _is_leaving:
                    self._usual = self._pool_for(self.base_url)
                return self._usual.get(f"{self._base}{url}{query}"), None
            return self._pool_for(URL(url)).get(f"{url}{query}"), None
        request = self.build_request(method, url, **options)
        builder = (
            self._pool_for(request.url)
            .request(request.method, str(request.url))
            .headers(request.headers.multi_items())
        )
        if not request.content:
            return builder, None
        body = Body(request.content, departure)
        return builder.body_stream(body), body

    def _pool_for(self, url: URL) -> Client:
        """One for each way out: over http or https, direct or through a proxy. Raises UnusableEnvironment, TryHttpx."""
        way_out = url.scheme, self._proxies.for_url(url)
        if is_socks(way_out[1]):
            raise TryHttpx("the proxy is one of SOCKS")
        if _is_leaving:
            raise httpx.ConnectError("the program is ending")
        if way_out not in self._pools:
            self._pools[way_out] = _pool(url, self.headers, way_out[1])
        return self._pools[way_out]


class Body:
    """What a request carries. It is asked for once there is a connection, and not before."""

    def __init__(self, content: bytes, departure: Departure) -> None:
        self._content = content
        self._departure = departure
        self._lock = threading.Lock()
        self.was_asked_for = False
        self._is_withdrawn = False

    def __iter__(self) -> Iterator[bytes]:
        with self._lock:
            if self._is_withdrawn:
                raise RuntimeError("the exchange was abandoned")
            self._departure.leave()
            self.was_asked_for = True
        yield self._content

    def withdraw(self) -> None:
        """It is not given away any more."""
        with self._lock:
            self._is_withdrawn = True


@lru_cache(maxsize=16)
def _duration(seconds: float) -> timedelta:
    """Nearly all polls get the same time."""
    return timedelta(seconds=seconds)


def _pool(url: URL, headers: httpx.Headers, proxy: httpx.Proxy | None) -> Client:
    global began_in
    began_in = began_in or os.getpid()
    builder = (
        ClientBuilder()
        .default_headers(headers.multi_items())
        .default_cookie_store(True)
        .follow_redirects(False)
        .referer(False)
        # Ours reads all members, and what is called x-gzip.
        .gzip(False)
        .pool_idle_timeout(timedelta(seconds=LIMITS.keepalive_expiry or 0))
        .connect_timeout(timedelta(seconds=CONNECT))
        .no_proxy()
    )
    if proxy is not None:
        builder = builder.proxy(_with_auth(ProxyBuilder.all(str(proxy.url)), proxy))
    # It trusts what the machine trusts. httpx trusts these, and a small container may have no others.
    for certificate in context_for(url).get_ca_certs(binary_form=True):
        builder = builder.add_root_certificate_der(certificate)
    return builder.build()


def _with_auth(builder: ProxyBuilder, proxy: httpx.Proxy) -> ProxyBuilder:
    return builder if proxy.auth is None else builder.basic_auth(*proxy.auth)


def _headers(
    response: Response, names: Iterable[tuple[str, bytes]]
) -> dict[bytes, bytes]:
    found = {}
    for name, key in names:
        try:
            value = response.get_header(name)
        except ValueError:  # outside of ASCII: it can hold nothing that is looked for
            continue
        if value is not None:
            found[key] = value.encode()
    return found


async def _read(
    reader: ResponseBodyReader, incoming: Incoming, gunzip: Gunzip | None
) -> None:
    try:
        while (chunk := await reader.read_chunk()) is not None:
            if gunzip is None:
                incoming.add(bytes(chunk))
                continue
            for piece in gunzip.unpack(bytes(chunk)):
                incoming.add(piece)
        if gunzip is not None:
            gunzip.finish()
    except PyreqwestError as cause:
        if _is_broken_off(cause):
            raise
        raise httpx.DecodingError(_words(cause)) from cause


def _is_broken_off(cause: PyreqwestError) -> bool:
    """By the connection or the clock; else a body ended early or was packed wrongly."""
    return isinstance(cause, TimeoutError) or "(os error" in _words(cause)


def _as_httpx(cause: PyreqwestError, body: Body | None) -> httpx.RequestError:
    """The same failure as httpx would raise it: ConnectError and ConnectTimeout when nothing was sent."""
    words = _words(cause)
    if _may_httpx_connect(cause, body):
        return TryHttpx(words)
    if _was_sent(cause, body):
        if isinstance(cause, TimeoutError):
            return httpx.ReadTimeout(words)
        return httpx.ReadError(words)
    if isinstance(cause, TimeoutError):
        return httpx.ConnectTimeout(words)
    return httpx.ConnectError(words)


def _may_httpx_connect(cause: PyreqwestError, body: Body | None) -> bool:
    return (
        "client error (Connect)" in _causes(cause)
        and not (body is not None and body.was_asked_for)
        and (isinstance(cause, TimeoutError) or "certificate" in _words(cause))
    )


def _was_sent(cause: PyreqwestError, body: Body | None) -> bool:
    if body is not None:
        return body.was_asked_for
    # A poll, that no harm comes of. hyper says so of a connection that was never made; its type does not tell.
    return "client error (Connect)" not in _causes(cause)


def _causes(cause: PyreqwestError) -> list[str]:
    causes = (
        cause.details["causes"] if isinstance(cause, DetailedPyreqwestError) else []
    )
    return [each["message"] for each in causes or ()]


def _words(cause: PyreqwestError) -> str:
    """The innermost reason: the outer ones repeat the address."""
    return (_causes(cause) or [cause.message])[-1]


def _keep_until_over(client: FastClient, timeout: float) -> None:
    now = time.monotonic()
    for other in [other for other, end in _given_up.items() if end < now]:
        del _given_up[other]
    _given_up[client] = max(_given_up.get(client, now), now + timeout)


@atexit.register
def _close_all() -> None:
    global _is_leaving
    if began_in != os.getpid():
        return
    _is_leaving = True

    async def close() -> None:
        for client in list(_clients):
            await client.aclose()

    asyncio.run(close())
    end = time.monotonic() + BREAKING_OFF
    while any(client.under_way for client in list(_clients)) and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(SETTLING)
