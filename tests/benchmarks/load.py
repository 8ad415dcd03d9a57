"""A client that costs little: raw sockets, requests that are bytes already, one under way on each connection."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Generator, Iterable
from typing import NamedTuple

Script = Generator[bytes, bytes, None]
"""What is sent on one connection: yields a request, is given the body of its answer."""

_CHUNK = 65_536


class Load(NamedTuple):
    requests: int
    seconds: float
    cpu: float
    """Seconds that this client used its core for."""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def repeated(request: bytes, seconds: float) -> Script:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        yield request


def play(port: int, scripts: Iterable[Script]) -> Load:
    """Raises RuntimeError for an answer that is not 200."""
    turns = deque((_connect(port), script) for script in scripts)
    requests, started, cpu = 0, time.perf_counter(), time.process_time()
    for connection, script in turns:
        connection.sendall(next(script))
    # In turn, without asking which is readable: one server answers about in the order in which it is asked.
    while turns:
        connection, script = turns.popleft()
        answer = _read_answer(connection)
        requests += 1
        try:
            connection.sendall(script.send(answer))
        except StopIteration:
            connection.close()
        else:
            turns.append((connection, script))
    seconds = time.perf_counter() - started
    return Load(requests, seconds, time.process_time() - cpu)


def ask(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises as `play` does."""
    with _connect(port) as connection:
        connection.sendall(request)
        return _read_answer(connection)


def _read_answer(connection: socket.socket) -> bytes:
    """The body of an answer that states its length."""
    received = connection.recv(_CHUNK)
    head, end, body = received.partition(b"\r\n\r\n")
    while not end:
        received += _more(connection)
        head, end, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"not the answer that was asked for: {received.decode()}")
    length = int(head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r", 1)[0])
    while len(body) < length:
        body += _more(connection)
    return body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(_CHUNK)
    if not received:
        raise ConnectionError("the server closed the connection")
    return received


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
