"""
What waiting costs: threads and wall time of the sync client, memory of ten thousand waits.

    python tests/benchmarks/waiting.py

Takes a minute, in real time. Prints each figure beside its target, and ends with an error when one is missed.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import httpx
from imagetasks import AsyncClient, Client, PollPolicy, State, Task

PROVIDER = "xingchaoyiqing"
ROUND_TRIP = 0.1
GAP = 2.0
TASKS = 200
WAITING = 10_000


def body(id: str, status: str) -> dict[str, object]:
    url = f"https://cdn.example.com/{id}.png" if status == "completed" else None
    return {"id": id, "created": 1774836724, "status": status, "image_url": url}


def task(n: int) -> Task:
    return Task(provider=PROVIDER, id=f"image_{n}", state=State.QUEUED)


class Vendor:
    """The nth task is over after 15 to 20 seconds; each answer takes a round trip."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        time.sleep(ROUND_TRIP)
        id = request.url.path.rpartition("/")[2]
        over_at = self.began + 15 + int(id.removeprefix("image_")) % 50 / 10
        over = time.monotonic() >= over_at
        return httpx.Response(200, json=body(id, "completed" if over else "processing"))


def one_client() -> tuple[float, int]:
    """Seconds, and the most threads that it had."""
    most = 0
    done = threading.Event()

    def count() -> None:
        nonlocal most
        others = threading.active_count()
        while not done.wait(0.02):
            most = max(most, threading.active_count() - others)

    counter = threading.Thread(target=count)
    with Client(
        {PROVIDER: "key"},
        policy=PollPolicy(jitter=0),
        transport=httpx.MockTransport(Vendor()),
    ) as client:
        counter.start()
        began = time.monotonic()
        client.wait_all([task(n) for n in range(TASKS)])
        took = time.monotonic() - began
        done.set()
        counter.join()
    return took, most


def a_thread_for_each() -> float:
    with httpx.Client(transport=httpx.MockTransport(Vendor())) as client:

        def wait(n: int) -> None:
            url = f"https://vendor.example/v1/result/image_{n}"
            while client.get(url).json()["status"] != "completed":
                time.sleep(GAP)

        began = time.monotonic()
        with ThreadPoolExecutor(TASKS) as pool:
            list(pool.map(wait, range(TASKS)))
        return time.monotonic() - began


async def bytes_per_wait() -> float:
    """Beyond the caller's own tasks, after each was seen once without news."""
    seen = 0

    def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal seen
        seen += 1
        id = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json=body(id, "processing"))

    async with AsyncClient(
        {PROVIDER: "key"},
        policy=PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6),
        transport=httpx.MockTransport(vendor),
    ) as client:
        tasks = [await client.fetch(task(n)) for n in range(WAITING)]
        seen = 0
        gc.collect()
        tracemalloc.start()
        waiting = asyncio.create_task(client.wait_all(tasks))
        while seen < WAITING:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    return taken / WAITING


def main() -> None:
    missed = []

    def check(what: str, value: float, target: float) -> None:
        if value > target:
            missed.append(what)
        verdict = "ok" if value <= target else "MISSED"
        print(f"{what}: {value:.3g}, target {target:.3g}  {verdict}")

    check("bytes per wait, 10,000 waiting", asyncio.run(bytes_per_wait()), 1024)
    ideal = a_thread_for_each()
    took, threads = one_client()
    print(
        f"{TASKS} tasks: {ideal:.2f} s by a thread for each, {took:.2f} s by one client"
    )
    check("wall time, ratio", took / ideal, 1.1)
    check("threads", threads, 16)
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
