"""
A vendor that answers at once, to be polled at full speed.

It never looks into a request beyond its line: what is measured is the client.
"""

from __future__ import annotations

import asyncio
import json
from multiprocessing.connection import Connection
from typing import Any

PROCESSING = {
    "imagetasks": {
        "id": "image_00000", "object": "image.generation", "created": 1774836724,
        "model": "gpt-image-2", "status": "processing", "image_url": None, "error": None,
    },
    "replicate": {
        "id": "image_1", "model": "a/b", "version": "c", "status": "processing", "input": {"prompt": "x"},
        "output": None, "logs": "", "error": None, "metrics": None, "created_at": "2026-11-21T10:00:00Z",
        "started_at": None, "completed_at": None, "urls": {"get": "", "cancel": ""},
    },
    "fal": {"status": "IN_PROGRESS", "request_id": "image_1", "logs": None},
    "openai": {
        "id": "image_1", "object": "video", "model": "sora-2", "status": "in_progress", "progress": 0,
        "created_at": 1774836724, "seconds": "4", "size": "720x1280",
    },
    "azure": {"id": "image_1", "status": "Running"},
}  # fmt: skip


def serve(started: Connection) -> None:
    """Each vendor's answer under `/<name>/`; how many there were so far, under `/polls`."""
    try:
        from uvloop import run
    except ImportError:
        run = asyncio.run

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Answerer, "127.0.0.1", 0, backlog=1024)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    run(listen())


def answer(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
    return (head + b"\r\n\r\n%b") % (len(body), body)


ANSWERS = {
    name.encode(): answer(json.dumps(body).encode())
    for name, body in PROCESSING.items()
}


class Answerer(asyncio.Protocol):
    polls = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        name = data.split(b"/", 2)[1].split(b" ", 1)[0]
        if name == b"polls":
            self.transport.write(answer(b"%d" % Answerer.polls))
        elif name in ANSWERS:
            Answerer.polls += 1
            said = ANSWERS[name]
            if name == b"imagetasks":
                asked = data.split(b" ", 2)[1].rpartition(b"/")[2]
                said = said.replace(b"image_00000", asked)
            self.transport.write(said)
