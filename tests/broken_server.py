"""A server on a real socket that misbehaves as told: what a mock transport cannot do."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behaviour = Callable[[socket.socket, "BrokenServer"], None]


class BrokenServer:
    """Answers each connection's request with the next behaviour; the last one stays."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.stopped.set()
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            received = b""
            while b"\r\n\r\n" not in received:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                received += chunk
            self.requests.append(received)
            behaviour = (
                self._behaviours.pop(0)
                if len(self._behaviours) > 1
                else self._behaviours[0]
            )
            behaviour(connection, self)
        except OSError:
            pass
        finally:
            connection.close()


@contextmanager
def broken_server(*behaviours: Behaviour) -> Iterator[BrokenServer]:
    server = BrokenServer(*behaviours)
    try:
        yield server
    finally:
        server.close()


def answer(
    body: object, *, status: str = "200 OK", headers: str = "", cut: int = 0
) -> Behaviour:
    """A complete answer, or one whose last `cut` bytes never come."""

    def behave(connection: socket.socket, server: BrokenServer) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{headers}\r\n".encode()
        connection.sendall(head + data[: len(data) - cut])

    return behave


def hang(connection: socket.socket, server: BrokenServer) -> None:
    """Takes the request and says nothing."""
    server.stopped.wait(30)


def reset(connection: socket.socket, server: BrokenServer) -> None:
    """Takes the request and resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def vanish(connection: socket.socket, server: BrokenServer) -> None:
    """Takes the request and closes."""


def garbage(connection: socket.socket, server: BrokenServer) -> None:
    """Answers in no protocol at all."""
    connection.sendall(b"\x00\x01SSH-2.0-nope\r\n\r\n")


def drip(text: bytes, *, every: float = 0.05) -> Behaviour:
    """A byte now and then: each read succeeds, the whole never ends."""

    def behave(connection: socket.socket, server: BrokenServer) -> None:
        connection.sendall(text)
        while not server.stopped.is_set():
            connection.sendall(b" ")
            time.sleep(every)

    return behave


drip_headers = drip(b"HTTP/1.1 200 OK\r\nX-Slow:")
drip_body = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")


def endless(connection: socket.socket, server: BrokenServer) -> None:
    """A body without an end, as fast as it goes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not server.stopped.is_set():
        connection.sendall(b" " * 65536)
