"""What a journal costs: two durable writes a submit, and a start with ten thousand open tasks in it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from imagetasks import Client, ImageRequest, Intent, State, Task
from imagetasks._journal.journal import Journal

XING = "xingchaoyiqing"
REQUEST = ImageRequest("a lighthouse on a cliff at dusk, long exposure" * 4)
OPEN = 10_000
ids = count()


def task() -> Task:
    return Task(provider=XING, id=f"image_{next(ids)}", state=State.QUEUED)


def new_intent() -> Intent:
    return Intent(
        id=uuid.uuid4().hex,
        provider=XING,
        request=REQUEST,
        sent_at=datetime.now(UTC),
        idempotency_key=None,
    )


def submit(journal: Journal) -> None:
    intent = new_intent()
    journal.open(intent).result()
    journal.accept(intent, [task()]).result()


async def asubmit(journal: Journal) -> None:
    intent = new_intent()
    await asyncio.wrap_future(journal.open(intent))
    await asyncio.wrap_future(journal.accept(intent, [task()]))


def in_threads(journal: Journal, n: int, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: submit(journal), range(n)))


def in_tasks(journal: Journal, n: int, tasks: int) -> None:
    async def run() -> None:
        left = iter(range(n))

        async def work() -> None:
            for _ in left:
                await asubmit(journal)

        await asyncio.gather(*(work() for _ in range(tasks)))

    asyncio.run(run())


@contextmanager
def fresh(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder / f"{next(ids)}.db", prompts=True)
    yield journal
    journal.close()


def took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(folder: Path) -> None:
    print(f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL, {folder}")
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    print("| at once | submits/s | ms a submit waits for the disk | CPU us a submit |")
    print("|---|---|---|---|")
    for n, at_once, run in (
        (1000, 1, in_threads),
        (5000, 16, in_threads),
        (20_000, 256, in_tasks),
    ):
        with fresh(folder) as journal:
            cpu = time.process_time()
            seconds = took(partial(run, journal, n, at_once))
            cpu = time.process_time() - cpu
        waits = seconds / n * at_once * 1e3
        print(f"| {at_once} | {n / seconds:.0f} | {waits:.2f} | {cpu / n * 1e6:.0f} |")

    file = folder / "open.db"
    journal = Journal(file, prompts=True)
    in_tasks(journal, OPEN, 256)
    journal.close()
    client = None

    def start() -> None:
        nonlocal client
        client = Client({XING: "key"}, journal=file)

    print(f"\n{OPEN} open tasks, {file.stat().st_size / 1e6:.1f} MB:")
    print(f"- checked and open in {took(start) * 1e3:.0f} ms")
    assert client is not None
    unfinished = client._core.books.journal.unfinished
    print(f"- read in {took(lambda: unfinished().result()) * 1e3:.0f} ms")
    client.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as name:
        main(Path(name))
