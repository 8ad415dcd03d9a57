"""The vendor of the benchmark of the durable runner."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from multiprocessing.connection import Connection
from typing import Any

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(16 * 1024)


def serve(started: Connection, seconds: float, answers_after: float = 0.0) -> None:
    """Takes every submit, answers it after a while, and ends the task after so many seconds."""
    numbers, ends = itertools.count(), dict[str, float]()
    about = {"object": "image", "created": 1796068372, "model": "gpt-image-2"}

    def answer(kind: bytes, body: bytes) -> bytes:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
        return head % (kind, len(body), body)

    def told(**fields: Any) -> bytes:
        body = json.dumps({**about, "error": None, **fields}).encode()
        return answer(b"application/json", body)

    class Vendor(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.received = transport, b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            head, there, body = self.received.partition(b"\r\n\r\n")
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if not there or len(body) < length:
                return
            self.received = b""
            method, path = head.split(b" ", 2)[:2]
            name = path.decode().rpartition("/")[2]
            if method == b"POST":
                name = f"image_{next(numbers)}"
                ends[name] = time.monotonic() + seconds
                accepted = told(id=name, status="queued")
                loop = asyncio.get_running_loop()
                loop.call_later(answers_after, self.transport.write, accepted)
            elif name.endswith(".png"):
                self.transport.write(answer(b"image/png", PICTURE))
            elif time.monotonic() < ends[name]:
                self.transport.write(told(id=name, status="processing"))
            else:
                host = "{}:{}".format(*self.transport.get_extra_info("sockname"))
                url = f"http://{host}/{name}.png"
                self.transport.write(told(id=name, status="completed", image_url=url))

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Vendor, "127.0.0.1", 0, backlog=4096)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(listen())
