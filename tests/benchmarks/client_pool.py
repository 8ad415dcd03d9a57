"""
CPU per poll by exchanges in flight: one httpx client against clients of a few connections.

    python tests/benchmarks/client_pool.py

Prints microseconds of CPU per poll (user and system, this process) and the ratio. The server is a child process that
answers every request with the same bytes, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import platform
import resource
import socket
import statistics
import sys

import httpx
from imagetasks._http.client_pool import ClientPool
from imagetasks._http.endpoint import Endpoint
from imagetasks._http.sender import AsyncSender

BODY = b'{"id":"image_1","status":"processing"}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (
        len(BODY),
        BODY,
    )
)
POLLS = 2000
ROUNDS = 3


def serve(listener: socket.socket) -> None:
    class Answerer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            for _ in range(data.count(b"\r\n\r\n")):
                self.transport.write(ANSWER)  # type: ignore[attr-defined]

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answerer, sock=listener)
        await server.serve_forever()

    asyncio.run(run())


async def measure(url: str, in_flight: int, *, pooled: bool) -> float:
    sender = AsyncSender(Endpoint("xingchaoyiqing", url, {}, "KEY"), None)
    if not pooled:
        limits = httpx.Limits(
            max_connections=in_flight, max_keepalive_connections=in_flight
        )
        sender._clients = ClientPool(
            lambda: httpx.AsyncClient(base_url=url, limits=limits),
            capacity=float("inf"),
        )

    async def poll(times: int) -> None:
        for _ in range(times):
            await sender.send(
                {"method": "get", "url": "/v1/result/image_1"}, timeout=30
            )

    await asyncio.gather(*(poll(2) for _ in range(in_flight)))  # connections are made
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.gather(*(poll(POLLS // in_flight) for _ in range(in_flight)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    await sender.aclose()
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent / (POLLS // in_flight * in_flight) * 1e6


def main() -> None:
    # httpx is what is measured here, also where the extra `fast` is installed.
    sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = multiprocessing.Process(target=serve, args=(listener,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(
        f"Python {platform.python_version()}, httpx {httpx.__version__}, {platform.machine()}"
    )
    print("in flight   one client      pool   ratio")
    for in_flight in (1, 8, 16, 64):
        rounds = [
            (
                asyncio.run(measure(url, in_flight, pooled=False)),
                asyncio.run(measure(url, in_flight, pooled=True)),
            )
            for _ in range(ROUNDS)
        ]
        one, many = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{in_flight:9} {one:9.0f} us {many:6.0f} us {one / many:7.1f}")
    server.terminate()


if __name__ == "__main__":
    main()
