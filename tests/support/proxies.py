"""A proxy of every kind on one port. Whatever host it is asked for, it leads to the server behind it."""

from __future__ import annotations

import selectors
import socket
import ssl
from urllib.parse import urlsplit

from support.broken_server import BrokenServer


class Proxy(BrokenServer):
    """`asked` says of each connection how it came: "http", "https" or "socks5", and ", tunnel" after a CONNECT."""

    def __init__(self, behind: BrokenServer, tls: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        self._behind = behind
        self._tls = tls
        super().__init__()
        self.address = urlsplit(self.url).netloc

    def _serve(self, connection: socket.socket) -> None:
        try:
            way = "http"
            if connection.recv(1, socket.MSG_PEEK) == b"\x16":
                connection = self._tls.wrap_socket(connection, server_side=True)
                way = "https"
            first = connection.recv(65536)
            if first.startswith(b"\x05"):
                way = "socks5"
                connection.sendall(b"\x05\x00")
                connection.recv(65536)
                connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
                first = b""
            elif first.startswith(b"CONNECT "):
                way += ", tunnel"
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                first = b""
            self.asked.append(way)
            port = urlsplit(self._behind.url).port
            with socket.create_connection(("127.0.0.1", port)) as further:
                further.sendall(first)
                relay(connection, further)
        except OSError:
            pass
        finally:
            connection.close()


def relay(one: socket.socket, other: socket.socket) -> None:
    """Until one of them ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                while True:
                    if not (received := key.fileobj.recv(65536)):
                        return
                    key.data.sendall(received)
                    # What TLS has unpacked already wakes no selector.
                    if not getattr(key.fileobj, "pending", int)():
                        break
