"""
How late a wait notices that a task is over, beside what the gap between two looks allows.

    make bench-poll

The vendor is a process of its own: it knows when each task is over, and answers after a round trip with the state of
that moment. Lag is from there to the `Task` in the caller's hands. Looks come every gap and round trip, so the mean can
be half of both: that is the theory. Ends in a random moment of a second, spread over ten. Takes two minutes; ends with
an error when a target is missed.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from imagetasks import Access, AsyncClient, PollPolicy, State, Task
from vendor import PROCESSING, answer

PROVIDER = "xingchaoyiqing"
SPAWN = multiprocessing.get_context("spawn")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
# All looks of a wait begin at once. Until they have spread, it is a queue that is measured, not a steady state.
WARM_UP, ENDING = 10.0, 10.0


class Row(NamedTuple):
    name: str
    tasks: int
    gap: float
    round_trip: float
    target: float | None
    """Times the theory; None for a row that only shows where a core ends."""
    is_fast: bool = True

    @property
    def theory(self) -> float:
        return (self.gap + self.round_trip) / 2

    @property
    def polls(self) -> float:
        """A second."""
        return self.tasks / (self.gap + self.round_trip)


ROWS = (
    Row("[fast], 5,000 at 2 s: 250 at 0.1 s", 250, 0.1, 0.0, 1.1),
    Row("[fast], 10,000 at 2 s: 500 at 0.1 s", 500, 0.1, 0.0, 1.1),
    Row("[fast], 20,000 at 2 s: 1,000 at 0.1 s", 1000, 0.1, 0.0, 1.1),
    Row("httpx, 1,000 at 2 s, 100 ms", 1000, 2.0, 0.1, 1.2, is_fast=False),
    Row("[fast], 5,000 at 2 s, 100 ms", 5000, 2.0, 0.1, 1.2),
    Row("[fast], 10,000 at 2 s, 100 ms", 10_000, 2.0, 0.1, 1.2),
)


def serve(started: Connection, ends: list[float], round_trip: float) -> None:
    """The task `n` is over at `ends[n]`, by the clock that all processes share."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[0]})
    try:
        from uvloop import run
    except ImportError:
        run = asyncio.run

    class Vendor(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            n = int(data.split(b" ", 2)[1].rpartition(b"/")[2])
            if round_trip:
                asyncio.get_running_loop().call_later(round_trip, self.tell, n)
            else:
                self.tell(n)

        def tell(self, n: int) -> None:
            body = dict(PROCESSING["imagetasks"], id=str(n))
            if time.monotonic() >= ends[n]:
                body |= {"status": "completed", "image_url": "https://example.com/1"}
            self.transport.write(answer(json.dumps(body).encode()))

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Vendor, "127.0.0.1", 0, backlog=1024)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    run(listen())


@contextmanager
def vendor(ends: list[float], round_trip: float) -> Iterator[str]:
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=serve, args=(sender, ends, round_trip), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()


async def lags(row: Row, ends: list[float], url: str) -> list[float]:
    # With the usual jitter, a gap is a twentieth longer in the mean.
    policy = PollPolicy(min_gap=row.gap / 1.05, max_gap=2 * row.gap, learn=False)
    tasks = [
        Task(provider=PROVIDER, id=str(n), state=State.RUNNING)
        for n in range(row.tasks)
    ]
    found = []
    access = {PROVIDER: Access("secret-key-0123", url)}
    async with AsyncClient(access, policy=policy) as client:
        async for task in client.as_completed(tasks):
            found.append(time.monotonic() - ends[int(task.id)])
    return found


def measure(result: Connection, row: Row) -> None:
    """The mean lag, and the share of its time that the core was busy with it."""
    if not row.is_fast:
        sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]
    if len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[1]})
    # The vendor's process needs a moment to begin.
    first = time.monotonic() + 1 + WARM_UP
    rng = random.Random(0)
    ends = [first + rng.uniform(0, ENDING) for _ in range(row.tasks)]
    with vendor(ends, row.round_trip) as url:
        began, busy = time.monotonic(), time.process_time()
        found = asyncio.run(lags(row, ends, url))
        share = (time.process_time() - busy) / (time.monotonic() - began)
    result.send((statistics.mean(found), share))


def main() -> None:
    missed = []
    print(f"{'':40} polls/s   theory     mean    ratio   target   core")
    for row in ROWS:
        receiver, sender = SPAWN.Pipe(duplex=False)
        process = SPAWN.Process(target=measure, args=(sender, row))
        process.start()
        mean, share = receiver.recv()
        process.join()
        ratio = mean / row.theory
        is_missed = row.target is not None and ratio > row.target
        missed += [row.name] * is_missed
        print(
            f"{row.name:40} {row.polls:7.0f} {row.theory:6.3f} s {mean:6.3f} s {ratio:8.2f}"
            f"   <= {row.target} {share:6.0%} {'MISSED' if is_missed else ''}",
            flush=True,
        )
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
