"""A server on a real socket that misbehaves as told: what a mock transport cannot do."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Behaviour = Callable[[socket.socket, "BrokenServer"], None]


class BrokenServer:
    """Answers each connection's request with the next behaviour; the last one stays."""

    def __init__(self, *behaviours: Behaviour, port: int = 0) -> None:
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.connections: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def behave(self, *behaviours: Behaviour) -> None:
        """From now on, with the next connection."""
        self._behaviours = list(behaviours)

    def close(self) -> None:
        self.stopped.set()
        self._listener.close()
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            received = b""
            while not _is_whole(received):
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


class TlsServer(BrokenServer):
    """The same behind TLS, with a certificate of an authority that was made for it."""

    def __init__(
        self, folder: Path, *behaviours: Behaviour, signs_itself: bool = False
    ) -> None:
        """`signs_itself`: the certificate is the authority's own."""
        make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9"
        for arguments in (
            # Python 3.13 and later refuse an authority that does not say that it signs.
            f"{make} -keyout ca.key -out ca.pem -subj /CN=authority -addext keyUsage=critical,keyCertSign,digitalSignature"
            " -addext subjectAltName=IP:127.0.0.1",
            f"{make} -keyout own.key -out own.pem -subj /CN=server -CA ca.pem -CAkey ca.key"
            " -addext subjectAltName=IP:127.0.0.1,DNS:vendor.example -addext basicConstraints=critical,CA:FALSE",
        ):
            subprocess.run(
                arguments.split(), cwd=folder, check=True, capture_output=True
            )
        self.authority = folder / "ca.pem"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        name = "ca" if signs_itself else "own"
        self.context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        self.shake_hands = threading.Event()
        self.shake_hands.set()
        self.served = threading.Event()
        super().__init__(*behaviours)
        self.url = self.url.replace("http:", "https:")

    def _serve(self, connection: socket.socket) -> None:
        self.shake_hands.wait(30)
        try:
            super()._serve(self.context.wrap_socket(connection, server_side=True))
        except OSError:
            connection.close()
        self.served.set()


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


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
