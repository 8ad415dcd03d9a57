"""
Connecting to a name that has several addresses: the next one is tried after 250 ms (RFC 8305, "happy eyeballs").

One timeout holds for all of them together. httpcore's own stream, which is private, carries on from there: a test holds that
it speaks TLS, also to a proxy and through it. Whoever brings a `Check` has it look at all addresses first; these, and no
others, are then connected to, so a name server that gives another answer the second time gains nothing.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, zip_longest
from typing import Any, NamedTuple, cast

import httpcore
from anyio.abc import SocketStream
from httpcore._backends.anyio import AnyIOStream
from httpcore._backends.sync import SyncStream

from .._lazy import asyncio

Check = Callable[[str, int, Sequence[str]], object]
"""Takes a host, a port and all of the host's addresses. Raises where one of them must not be reached."""

NEXT_ADDRESS = 0.25
"""Seconds after which the next address is tried, while the earlier ones may still answer."""
UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


class Address(NamedTuple):
    """Where a socket can connect to, as the resolver gives it."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def host(self) -> str:
        return str(self.sockaddr[0])


class ConnectingBackend(httpcore.NetworkBackend):
    """For threads. The system's resolver takes no timeout."""

    def __init__(self, check: Check | None = None) -> None:
        self._check = check

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        end = None if timeout is None else time.monotonic() + timeout
        try:
            # In bytes: the codec for names puts another exception around that of a signal's handler.
            name = host.encode("ascii")
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError(str(cause)) from cause
        addresses = in_turns(found)
        if self._check is not None:
            self._check(host, port, hosts_of(addresses))
        try:
            sock = connect(addresses, end=end, local_address=local_address)
        except TimeoutError as cause:
            raise httpcore.ConnectTimeout(str(cause)) from cause
        except OSError as cause:
            raise httpcore.ConnectError(str(cause)) from cause
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for option in socket_options or ():
            sock.setsockopt(*option)
        return SyncStream(sock)


class AsyncConnectingBackend(httpcore.AsyncNetworkBackend):
    """
    For asyncio. Whoever is cancelled here, even twice, leaves no socket open: until a connection is handed over, whatever
    closes it runs without an await.
    """

    def __init__(self, check: Check | None = None) -> None:
        self._check = check

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
                addresses = in_turns(found)
                if self._check is not None:
                    self._check(host, port, hosts_of(addresses))
                sock = await _first(addresses, local_address)
                with _closed_unless_handed_over(sock):
                    for option in socket_options or ():
                        sock.setsockopt(*option)
                    stream = await SocketStream.from_socket(sock)
        except TimeoutError as cause:
            raise httpcore.ConnectTimeout("no address answered in time") from cause
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError(str(cause)) from cause
        return _ClosedWithoutTls(AnyIOStream(stream))


async def _first(
    addresses: Iterable[Address], local_address: str | None
) -> socket.socket:
    """The first connection that is made; the other attempts are broken off. Raises OSError."""
    waiting = deque(addresses)
    attempts: set[asyncio.Task[socket.socket]] = set()
    failure: BaseException = OSError("the name has no address")
    try:
        while waiting or attempts:
            if waiting:
                connecting = _connected(waiting.popleft(), local_address)
                attempts.add(asyncio.ensure_future(connecting))
            done, _ = await asyncio.wait(
                attempts,
                timeout=NEXT_ADDRESS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for one in done:
                attempts.remove(one)
                if (why := one.exception()) is None:
                    return one.result()
                failure = why
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(_close_what_was_made)
    raise failure


async def _connected(address: Address, local_address: str | None) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    with _closed_unless_handed_over(sock):
        sock.setblocking(False)
        if local_address is not None:
            sock.bind((local_address, 0))
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    return sock


def _close_what_was_made(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


@contextmanager
def _closed_unless_handed_over(sock: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sock.close()
        raise


class _ClosedWithoutTls(httpcore.AsyncNetworkStream):
    """A connection that is closed also when a cancellation breaks off its TLS set-up: httpcore leaves it open then."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read = stream.read  # type: ignore[method-assign]
        self.write = stream.write  # type: ignore[method-assign]
        self.aclose = stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise


def in_turns(found: Iterable[tuple[Any, ...]]) -> list[Address]:
    """Each address once. The families take turns, that of the resolver's first address begins."""
    families: dict[int, dict[Address, None]] = {}
    for family, *_, sockaddr in found:
        families.setdefault(family, {})[Address(family, sockaddr)] = None
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


def hosts_of(addresses: Iterable[Address]) -> list[str]:
    return list(dict.fromkeys(address.host for address in addresses))


def connect(
    addresses: Sequence[Address],
    *,
    end: float | None,
    local_address: str | None = None,
) -> socket.socket:
    """
    The first connection that is made, over by the monotonic time `end`. Raises TimeoutError, and OSError where no address
    takes one.
    """
    waiting = deque(addresses)
    failure = OSError("the name has no address")
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or selector.get_map():
                if waiting:
                    try:
                        begun = _begin(waiting.popleft(), local_address)
                    except OSError as cause:
                        failure = cause
                        continue
                    selector.register(begun, selectors.EVENT_WRITE)
                made, failed = _await_one(selector, end, has_next=bool(waiting))
                if made is not None:
                    selector.unregister(made)
                    return made
                failure = failed or failure
        finally:
            for key in list(selector.get_map().values()):
                cast(socket.socket, key.fileobj).close()
    raise failure


def _begin(address: Address, local_address: str | None) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    with _closed_unless_handed_over(sock):
        sock.setblocking(False)
        if local_address is not None:
            sock.bind((local_address, 0))
        code = sock.connect_ex(address.sockaddr)
        if code not in UNDER_WAY:
            raise OSError(code, os.strerror(code))
    return sock


def _await_one(
    selector: selectors.BaseSelector, end: float | None, *, has_next: bool
) -> tuple[socket.socket | None, OSError | None]:
    """A connection, or why an address takes none, or neither when it is the next one's turn. Raises TimeoutError."""
    turn_ends = time.monotonic() + NEXT_ADDRESS if has_next else None
    while True:
        now = time.monotonic()
        left = None if end is None else end - now
        pause = None if turn_ends is None else turn_ends - now
        is_last_chance = left is not None and (pause is None or left <= pause)
        limit = left if is_last_chance else pause
        events = selector.select(None if limit is None else max(limit, 0.0))
        for key, _ in events:
            sock = cast(socket.socket, key.fileobj)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                return sock, None
            selector.unregister(sock)
            sock.close()
            return None, OSError(code, os.strerror(code))
        # By the selector's word, not by the clock's: that one may be frozen.
        if is_last_chance:
            raise TimeoutError("no address answered in time")
        return None, None
