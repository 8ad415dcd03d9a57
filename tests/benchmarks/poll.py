"""
What a poll costs in CPU, and a waiting task in memory, beside the best known ways of polling.

    make bench-poll

User and system time of the client's process, divided by the polls that the vendor counted. The vendor is a process of
its own; on Linux each of the two has a core of its own. Every measurement is a new process; the rounds are interleaved,
and the median counts. Memory: what Python holds for ten thousand waits between two polls, beyond the caller's own list
of tasks. Takes five minutes. Ends with an error when a target is missed.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing.connection import Connection
from urllib.request import urlopen

from contenders import CONTENDERS, tasks
from vendor import serve

IN_FLIGHT = (8, 64, 128)
ROUNDS = 3
WAITING = 10_000
WAITERS = ("aiohttp by hand", "azure-core", "imagetasks [fast], wait_all")
WARM_UP, SECONDS = 0.3, 1.0
SDKS = ("replicate", "fal-client", "openai", "azure-core")
PACKAGES = (
    "httpx",
    "aiohttp",
    "pyreqwest",
    "replicate",
    "fal-client",
    "openai",
    "azure-core",
)
SPAWN = multiprocessing.get_context("spawn")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

Figures = dict[tuple[str, int], float]


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def polls_so_far(url: str) -> int:
    def ask() -> int:
        with urlopen(f"{url}/polls") as answer:
            return int(answer.read())

    return await asyncio.to_thread(ask)


async def cost(name: str, url: str, in_flight: int) -> float:
    """Microseconds of CPU per poll."""
    polling = asyncio.ensure_future(CONTENDERS[name](url, in_flight, 0.0))
    await asyncio.wait([polling], timeout=WARM_UP)
    before, began = await polls_so_far(url), cpu()
    await asyncio.wait([polling], timeout=SECONDS)
    spent, polls = cpu() - began, await polls_so_far(url) - before
    if polling.done():
        polling.result()
        raise RuntimeError(f"{name} stopped polling")
    polling.cancel()
    await asyncio.wait([polling])
    return spent / polls * 1e6


async def memory(name: str, url: str) -> float:
    """Bytes of each task that is waited for."""

    async def wait_for(tasks: int) -> asyncio.Future[None]:
        asked = await polls_so_far(url) + tasks
        waiting = asyncio.ensure_future(CONTENDERS[name](url, tasks, 3600.0))
        while await polls_so_far(url) < asked and not waiting.done():
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


def weigh(result: Connection, name: str, url: str) -> None:
    result.send(asyncio.run(memory(name, url)))


def measure(result: Connection, name: str, url: str, in_flight: int) -> None:
    if len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[1]})
    result.send(asyncio.run(cost(name, url, in_flight)))


def number_from(target: Callable[..., None], *arguments: object) -> float:
    """What it finds in a process of its own."""
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=target, args=(sender, *arguments))
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    finally:
        process.join()


@contextmanager
def vendor() -> Iterator[str]:
    receiver, sender = SPAWN.Pipe(duplex=False)
    core = CORES[0] if len(CORES) > 1 else None
    process = SPAWN.Process(target=serve, args=(sender, core), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()


def measure_all() -> tuple[Figures, dict[str, float]]:
    found: dict[tuple[str, int], list[float]] = {}
    held: dict[str, float] = {}
    with vendor() as url:
        for name in WAITERS:
            held[name] = number_from(weigh, name, url)
        for _ in range(ROUNDS):
            for in_flight in IN_FLIGHT:
                for name in CONTENDERS:
                    one = number_from(measure, name, url, in_flight)
                    found.setdefault((name, in_flight), []).append(one)
    return {what: statistics.median(costs) for what, costs in found.items()}, held


def report(figures: Figures, held: dict[str, float]) -> bool:
    """Ratios first: they carry over to other machines, microseconds do not. True when every target is met."""
    fast = figures["imagetasks [fast], wait_all", 64]
    best_sdk = min(figures[name, 64] for name in SDKS)
    best_httpx = min(figures["httpx by hand", n] for n in IN_FLIGHT)
    default = figures["imagetasks, wait_all", 64]
    rows = (
        ("best SDK / ours, [fast], 64 in flight", best_sdk / fast, ">=", 3.5),
        ("ours, httpx, 64 / httpx by hand at its best", default / best_httpx, "<=", 1.2),
        ("ours, [fast], 64 in flight, us", fast, "<=", 90.0),
        ("ours, each of 10,000 waiting, KB", held["imagetasks [fast], wait_all"] / 1024, "<=", 1.0),
    )  # fmt: skip
    good = [have >= want if sign == ">=" else have <= want for _, have, sign, want in rows]  # fmt: skip
    print(f"{'':48}   have   target")
    for (what, have, sign, want), is_good in zip(rows, good, strict=True):
        print(f"{what:48} {have:6.1f}   {sign} {want:<5} {'' if is_good else 'MISSED'}")
    print(f"\n{'us of CPU per poll':32}" + "".join(f"{n:>8}" for n in IN_FLIGHT))
    for name in CONTENDERS:
        costs = "".join(f"{figures[name, n]:8.0f}" for n in IN_FLIGHT)
        print(f"{name:32}{costs}")
    print("\nKB of each of 10,000 waiting")
    for name, size in held.items():
        print(f"{name:32}{size / 1024:8.2f}")
    return all(good)


def describe() -> None:
    model = platform.processor() or platform.machine()
    print(f"{model}, {os.cpu_count()} cores, {platform.platform(terse=True)}")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {packages}\n")


if __name__ == "__main__":
    describe()
    sys.exit(0 if report(*measure_all()) else 1)
