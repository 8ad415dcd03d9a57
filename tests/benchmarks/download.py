"""
What a download costs in CPU, by how many are under way at once: it must not cost more because there are others.

    make bench-download

User and system time of the client's process, its threads and the writing of files included, divided by the downloads. The host is a
process of its own, on a core of its own (Linux), and answers each request after a moment, so that as many are under way as
are begun. Every measurement is a new process. In each of five rounds the numbers take turns, and what is judged is the
median of the rounds' ratios. Takes three minutes. Ends with an error when a target is missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from imagetasks import Access, Artifact, AsyncClient, Client, State, Task

from . import verdict
from .machine import load
from .processes import result_of, served
from .verdict import Busy, Judged, at_most

PROVIDER = "xingchaoyiqing"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(16 * 1024)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(PICTURE), PICTURE)
ROUND_TRIP = 0.05
ROUNDS = 5
FEW, MANY = 8, 1000
AT_ONCE = {"AsyncClient": (FEW, 100, MANY), "Client": (FEW, 64)}
LEAST_DOWNLOADS = 1000
LIMIT = 1.3

Costs = dict[tuple[str, int], float]
"""Microseconds of CPU per download, by client and downloads at once, in one round."""


def serve(started: Connection) -> None:
    """A picture for every request."""

    class Host(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            loop = asyncio.get_running_loop()
            for _ in range(data.count(b"\r\n\r\n")):
                loop.call_later(ROUND_TRIP, self.transport.write, ANSWER)

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Host, "127.0.0.1", 0, backlog=4096)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(listen())


def task(url: str, n: int) -> Task:
    return Task(
        provider=PROVIDER,
        id=f"image_{n}",
        state=State.SUCCEEDED,
        artifacts=(Artifact(f"{url}/{n}.png"),),
    )


def raise_file_limit() -> None:
    """Each download has a connection and a file."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def async_cost(url: str, at_once: int, downloads: int) -> float:
    numbers = count()
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncClient({PROVIDER: Access("key", url)}) as client:

            async def work(times: int) -> None:
                for _ in range(times):
                    await client.download(task(url, next(numbers)), folder)

            async def all_at_once(times: int) -> None:
                await asyncio.gather(*(work(times) for _ in range(at_once)))

            await all_at_once(1)  # connections are made
            began = time.process_time()
            await all_at_once(times := downloads // at_once)
            return (time.process_time() - began) / (times * at_once)


def sync_cost(url: str, at_once: int, downloads: int) -> float:
    numbers = count()
    with (
        tempfile.TemporaryDirectory() as folder,
        Client({PROVIDER: Access("key", url)}) as client,
    ):

        def work(times: int) -> None:
            for _ in range(times):
                client.download(task(url, next(numbers)), folder)

        def all_at_once(times: int) -> None:
            threads = [
                threading.Thread(target=work, args=(times,)) for _ in range(at_once)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        all_at_once(1)
        began = time.process_time()
        all_at_once(times := downloads // at_once)
        return (time.process_time() - began) / (times * at_once)


def cost(kind: str, url: str, at_once: int, downloads: int) -> float:
    """Microseconds."""
    raise_file_limit()
    if kind == "Client":
        return sync_cost(url, at_once, downloads) * 1e6
    return asyncio.run(async_cost(url, at_once, downloads)) * 1e6


def measure_costs(url: str, kind: str, least: int) -> Costs:
    return {
        (kind, n): result_of(cost, kind, url, n, max(least, 2 * n))
        for n in AT_ONCE[kind]
    }


def judged(rounds: Sequence[Costs]) -> list[Judged]:
    return [
        Judged(
            f"{kind}: {n} at once / {FEW} at once",
            [costs[kind, n] / costs[kind, FEW] for costs in rounds],
            at_most(LIMIT),
        )
        for kind, numbers in AT_ONCE.items()
        for n in numbers
        if n != FEW
    ]


def report(rounds: Sequence[Costs]) -> None:
    print("us of CPU per download, by downloads at once")
    for kind, numbers in AT_ONCE.items():
        for n in numbers:
            print(f"{kind:12}{n:6}{statistics.median(c[kind, n] for c in rounds):8.0f}")
    print()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="download", description="What a download costs."
    )
    parser.add_argument("--quick", action="store_true", help="a trial of a round")
    quick = parser.parse_args().quick
    print(f"Python {sys.version.split()[0]}, {load()}\n", flush=True)
    least = LEAST_DOWNLOADS // 2 if quick else LEAST_DOWNLOADS
    with served(serve) as url:
        steps = [partial(measure_costs, url, kind, least) for kind in AT_ONCE]
        try:
            found = verdict.measure(steps, 1 if quick else ROUNDS)
        except Busy as busy:
            print(busy)
            return 0
    rounds = [
        {key: cost for costs in round for key, cost in costs.items()}
        for round in found.counted
    ]
    report(rounds)
    print(found, load(), sep="; ")
    return verdict.judge(judged(rounds), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
