"""
How late a wait notices that a task is over, beside what the gap between two looks allows.

    make bench-poll

The vendor is a process of its own: it knows when each task is over, and answers after a round trip with the state of
that moment. Lag is from there to the `Task` in the caller's hands. Looks come every gap and round trip, so the mean can
be half of both: that is the theory. How many tasks wait goes by the polls per second that the same transport reaches by
hand just before. Ends in a random moment of a second, spread over ten. Takes seven minutes; ends with an error when a
target is missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from imagetasks import Access, AsyncClient, PollPolicy, State, Task

from . import plots, vendor, verdict
from .machine import load
from .processes import result_of, served
from .speed import Speed, measure_speed
from .verdict import Busy, Judged, Target, at_most

PROVIDER = "xingchaoyiqing"
ROUNDS = 3
MOST = 10_000
"""Tasks. With round trips of 100 ms, 500 are in flight then: half of what a client has at once."""
# All looks of a wait begin at once. Until they have spread, it is a queue that is measured, not a steady state.
WARM_UP, ENDING = 10.0, 10.0


class Row(NamedTuple):
    name: str
    share: float
    """Of the polls per second that the same transport reaches by hand, at full speed and at its best."""
    gap: float
    round_trip: float
    target: Target
    """Times the theory."""
    is_fast: bool = True

    @property
    def theory(self) -> float:
        return (self.gap + self.round_trip) / 2

    def tasks(self, reached: float) -> int:
        """As many as come to the row's share of the polls per second that were `reached`."""
        return min(round(reached * self.share * (self.gap + self.round_trip)), MOST)


# A gap of 0.1 s stands for one of 2 s with twenty times the tasks: the same polls per second.
ROWS = (
    Row("[fast] at 30 % of pyreqwest, 0.1 s", 0.3, 0.1, 0.0, at_most(1.1)),
    Row("[fast] at 60 % of pyreqwest, 0.1 s", 0.6, 0.1, 0.0, at_most(1.1)),
    Row("[fast] at 80 % of pyreqwest, 0.1 s", 0.8, 0.1, 0.0, at_most(1.25)),
    Row("[fast] at 30 % of pyreqwest, 2 s, 100 ms", 0.3, 2.0, 0.1, at_most(1.2)),
    Row("httpx at 30 % of httpx, 2 s, 100 ms", 0.3, 2.0, 0.1, at_most(1.2), is_fast=False),
)  # fmt: skip


class Lag(NamedTuple):
    mean: float
    tasks: int
    polls: float
    """A second."""
    core: float
    """The share of its time that the core was busy with it."""


def judged(rounds: Sequence[Sequence[Lag]], rows: Sequence[Row] = ROWS) -> list[Judged]:
    """`rounds`: of each, the lags by row."""
    columns = zip(*rounds, strict=True)
    return [
        Judged(row.name, [lag.mean / row.theory for lag in lags], row.target)
        for row, lags in zip(rows, columns, strict=True)
    ]


def kept(rounds: Sequence[Sequence[Lag]]) -> plots.Found:
    columns = zip(*rounds, strict=True)
    return {
        "rows": [
            {
                "name": row.name,
                "share": row.share,
                "gap": row.gap,
                "round_trip": row.round_trip,
                "theory": row.theory,
                "is_fast": row.is_fast,
                "mean": [round(lag.mean, 4) for lag in lags],
                "polls": [round(lag.polls) for lag in lags],
                "core": [round(lag.core, 2) for lag in lags],
            }
            for row, lags in zip(ROWS, columns, strict=True)
        ]
    }


def serve(started: Connection, ends: list[float], round_trip: float) -> None:
    """The task `n` is over at `ends[n]`, by the clock that all processes share."""
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
            body = dict(vendor.PROCESSING["imagetasks"], id=str(n))
            if time.monotonic() >= ends[n]:
                body |= {"status": "completed", "image_url": "https://example.com/1"}
            self.transport.write(vendor.answer(json.dumps(body).encode()))

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Vendor, "127.0.0.1", 0, backlog=1024)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    run(listen())


async def lags(row: Row, ends: list[float], url: str) -> list[float]:
    # With the usual jitter, a gap is a twentieth longer in the mean.
    policy = PollPolicy(min_gap=row.gap / 1.05, max_gap=2 * row.gap, learn=False)
    tasks = [
        Task(provider=PROVIDER, id=str(n), state=State.RUNNING)
        for n in range(len(ends))
    ]
    found = []
    access = {PROVIDER: Access("secret-key-0123", url)}
    async with AsyncClient(access, policy=policy) as client:
        async for task in client.as_completed(tasks):
            found.append(time.monotonic() - ends[int(task.id)])
    return found


def wait_for(row: Row, ends: list[float], url: str) -> tuple[float, float]:
    """The mean lag, and the share of its time that the core was busy."""
    if not row.is_fast:
        sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]
    began, busy = time.monotonic(), time.process_time()
    found = asyncio.run(lags(row, ends, url))
    share = (time.process_time() - busy) / (time.monotonic() - began)
    return statistics.mean(found), share


def reached_by_hand(is_fast: bool, seconds: float) -> float:
    """Polls per second, at the moment."""
    # httpx is at its best with few in flight.
    name, in_flight = ("pyreqwest by hand", 64) if is_fast else ("httpx by hand", 8)
    with served(vendor.serve) as url:
        reached: Speed = result_of(measure_speed, name, url, in_flight, seconds)
    return reached.rate


def measure(row: Row, warm_up: float, ending: float) -> Lag:
    tasks = row.tasks(reached_by_hand(row.is_fast, ending / 5))
    # The processes need a moment to begin.
    first = time.monotonic() + 2 + warm_up
    rng = random.Random(0)
    ends = [first + rng.uniform(0, ending) for _ in range(tasks)]
    with served(serve, ends, row.round_trip) as url:
        mean, core = result_of(wait_for, row, ends, url)
    lag = Lag(mean, tasks, tasks / (row.gap + row.round_trip), core)
    print(
        f"{row.name:41} {tasks:6} {lag.polls:8.0f} {row.theory:6.3f} s {mean:6.3f} s {core:6.0%}",
        flush=True,
    )
    return lag


def main() -> int:
    parser = argparse.ArgumentParser(prog="lag", description="How late a wait notices.")
    parser.add_argument("--quick", action="store_true", help="a trial of half a minute")
    quick = parser.parse_args().quick
    times = (WARM_UP / 5, ENDING / 5) if quick else (WARM_UP, ENDING)
    print(f"{load()}\n\n{'':42} tasks  polls/s   theory     mean    core")
    steps = [partial(measure, row, *times) for row in ROWS]
    try:
        found = verdict.measure(steps, 1 if quick else ROUNDS)
    except Busy as busy:
        print(busy)
        return 0
    plots.keep("lag", kept(found.counted), found.refusal)
    print(f"\n{found}; {load()}\nmean lag / theory:")
    return verdict.judge(judged(found.counted), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
