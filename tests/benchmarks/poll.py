"""
What a poll costs in CPU, and a waiting task in memory, beside the best known ways of polling.

    make bench-poll

User and system time of the client's process, divided by the polls that the vendor counted. The vendor is a process of
its own; on Linux each of the two has a core of its own. Every measurement is a new process. In each of five rounds the
contenders take turns, and what is judged is the median of the rounds' ratios. Memory: what Python holds for ten
thousand waits between two polls, beyond the caller's own list of tasks. Takes six minutes. Ends with an error when a
target is missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import statistics
import sys
import tracemalloc
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

from . import plots, verdict
from .contenders import CONTENDERS, tasks
from .machine import load
from .processes import result_of, served
from .speed import measure_speed, polls_so_far
from .vendor import serve
from .verdict import Busy, Judged, at_least, at_most

IN_FLIGHT = (8, 64, 128)
ROUNDS, SECONDS = 5, 0.6
WAITING = 10_000
OURS = "imagetasks [fast], wait_all"
WAITERS = ("aiohttp by hand", "azure-core", OURS)
SDKS = ("replicate", "fal-client", "openai", "azure-core")
PACKAGES = ("httpx", "aiohttp", "pyreqwest", *SDKS)

Costs = dict[tuple[str, int], float]
"""Microseconds of CPU per poll, by contender and polls in flight, in one round."""


def judged(rounds: Sequence[Costs], held: dict[str, float]) -> list[Judged]:
    """`held`: bytes of each waiting task."""

    def ours_to(name: str) -> list[float]:
        return [costs[OURS, 64] / costs[name, 64] for costs in rounds]

    best_httpx = [min(c["httpx by hand", n] for n in IN_FLIGHT) for c in rounds]
    defaults = [costs["imagetasks, wait_all", 64] for costs in rounds]
    best_sdks = [min(costs[name, 64] for name in SDKS) for costs in rounds]
    return [
        Judged("[fast], 64 in flight / pyreqwest by hand", ours_to("pyreqwest by hand"), at_most(1.35)),
        Judged("[fast], 64 in flight / aiohttp by hand", ours_to("aiohttp by hand"), at_most(0.75)),
        Judged(
            "httpx, 64 in flight / httpx by hand at its best",
            [ours / best for ours, best in zip(defaults, best_httpx, strict=True)],
            at_most(1.2),
        ),
        Judged(
            "best SDK / [fast], 64 in flight",
            [best / costs[OURS, 64] for best, costs in zip(best_sdks, rounds, strict=True)],
            at_least(3.5),
        ),
        Judged("each of 10,000 waiting, KB", [held[OURS] / 1024], at_most(1.0)),
    ]  # fmt: skip


async def memory(name: str, url: str) -> float:
    """Bytes of each task that is waited for."""

    async def wait_for(tasks: int) -> asyncio.Future[None]:
        polls = await polls_so_far(url) + tasks
        waiting = asyncio.ensure_future(CONTENDERS[name](url, tasks, 3600.0))
        while await polls_so_far(url) < polls and not waiting.done():
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        return waiting

    tasks(WAITING)
    warm_up = await wait_for(500)
    warm_up.cancel()
    await asyncio.wait([warm_up])
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    waiting = await wait_for(WAITING)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    waiting.cancel()
    await asyncio.wait([waiting])
    return (held - before) / WAITING


def measure_memory(name: str, url: str) -> float:
    return asyncio.run(memory(name, url))


def measure_costs(url: str, in_flight: int, seconds: float) -> Costs:
    return {
        (name, in_flight): result_of(measure_speed, name, url, in_flight, seconds).cost
        for name in CONTENDERS
    }


def report(rounds: Sequence[Costs], held: dict[str, float]) -> None:
    print(f"{'us of CPU per poll':32}" + "".join(f"{n:>8}" for n in IN_FLIGHT))
    for name in CONTENDERS:
        medians = (statistics.median(c[name, n] for c in rounds) for n in IN_FLIGHT)
        print(f"{name:32}" + "".join(f"{cost:8.0f}" for cost in medians))
    print("\nKB of each of 10,000 waiting")
    for name, size in held.items():
        print(f"{name:32}{size / 1024:8.2f}")
    print()


def kept(rounds: Sequence[Costs], held: dict[str, float]) -> plots.Found:
    """The medians, as `report` prints them."""
    return {
        "in_flight": list(IN_FLIGHT),
        "us_per_poll": {
            name: [round(statistics.median(c[name, n] for c in rounds)) for n in IN_FLIGHT]
            for name in CONTENDERS
        },
        "kb_of_each_waiting": {name: round(size / 1024, 2) for name, size in held.items()},
    }  # fmt: skip


def describe() -> None:
    model = platform.processor() or platform.machine()
    print(f"{model}, {os.cpu_count()} cores, {platform.platform(terse=True)}, {load()}")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {packages}\n", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="poll", description="What a poll costs.")
    parser.add_argument("--quick", action="store_true", help="a trial of a minute")
    quick = parser.parse_args().quick
    describe()
    seconds = SECONDS / 4 if quick else SECONDS
    with served(serve) as url:
        steps = [partial(measure_costs, url, n, seconds) for n in IN_FLIGHT]
        try:
            found = verdict.measure(steps, 1 if quick else ROUNDS)
        except Busy as busy:
            print(busy)
            return 0
        held = {name: result_of(measure_memory, name, url) for name in WAITERS}
    rounds = [
        {key: cost for costs in round for key, cost in costs.items()}
        for round in found.counted
    ]
    report(rounds, held)
    print(found, load(), sep="; ")
    plots.keep("poll", kept(rounds, held), found.refusal)
    return verdict.judge(judged(rounds, held), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
