"""
What a task of the durable runner costs, beside the same three steps on DBOS without anything in them, and beside the client
alone.

    make bench-durable

Each figure is a ratio of what was measured in one round, a count, or bytes. The vendor is a process of its own that ends every
task after some seconds; each measurement is a new process, and a new database. It takes a quarter of an hour; QUICK=1 is a
trial with fewer tasks. Ends with an error when a target is missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from support.postgres import Postgres

from . import verdict
from .machine import load
from .processes import SPAWN, result_of, served
from .verdict import Busy, Judged, Target, at_least, at_most

PROVIDER = "xingchaoyiqing"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(16 * 1024)
ROUNDS = 3
CHANGES = ("INSERT", "UPDATE", "DELETE")


class Load(NamedTuple):
    """tasks, each over after `seconds` at the vendor; `in_flight` of them at once in one worker."""

    tasks: int
    seconds: float = 3.0
    in_flight: int = 1000


class Found(NamedTuple):
    """rate: tasks a second. cpu: milliseconds a task. kilobytes: a task in flight. writes: statements a task."""

    rate: float
    cpu: float
    kilobytes: float
    writes: float


# ---- The vendor ------------------------------------------------------------------------------------------------------


def serve(started: Connection, seconds: float) -> None:
    """Takes every submit, and ends the task after so many seconds."""
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
                self.transport.write(told(id=name, status="queued"))
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


# ---- What is measured, each in a process of its own ------------------------------------------------------------------


class Meter:
    """Of this process, from now on."""

    def __init__(self) -> None:
        import sqlalchemy as sa

        self.writes = 0
        sa.event.listen(sa.Engine, "before_cursor_execute", self._count)

    def _count(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        self.writes += statement.lstrip().upper().startswith(CHANGES)

    def begin(self) -> None:
        self.writes = 0
        self._cpu, self._wall = time.process_time(), time.monotonic()
        self._memory = self._most = memory()

    def look(self) -> None:
        self._most = max(self._most, memory())

    def found(self, tasks: int, at_once: int) -> Found:
        return Found(
            tasks / (time.monotonic() - self._wall),
            (time.process_time() - self._cpu) / tasks * 1e3,
            (self._most - self._memory) / at_once,
            self.writes / tasks,
        )


def memory() -> float:
    """Kilobytes, resident; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    text = status.read_text().partition("VmRSS:")[2]
    return float(text.split()[0])


def ours(url: str, vendor: str, work: Load) -> Found:
    """Submit, carry out, save; submitting is part of it."""
    from imagetasks import Access, ImageRequest
    from imagetasks.durable import Queue, Runner, Tasks

    access = {PROVIDER: Access("key", vendor)}
    queues = {PROVIDER: Queue(in_flight=work.in_flight, submitting=32)}
    meter = Meter()
    with (
        tempfile.TemporaryDirectory() as store,
        Tasks(url, access) as tasks,
        Runner(url, access, executor="w0", store=store, queues=queues),
    ):
        tasks.submit(PROVIDER, ImageRequest("warm up"), key="warm").wait(timeout=60)
        meter.begin()
        for n in range(work.tasks):
            tasks.submit(PROVIDER, ImageRequest(f"number {n}"), key=f"k{n}")
        while tasks.counts().total("succeeded") <= work.tasks:
            meter.look()
            time.sleep(0.5)
        return meter.found(work.tasks, min(work.tasks, work.in_flight))


def bare(url: str, _: str, work: Load) -> Found:
    """Three steps on DBOS that do nothing but wait, set up as ours are."""
    from dbos import DBOS
    from imagetasks.durable._database import Database, JsonSerializer
    from imagetasks.durable._runner import CLAIM_EVERY, THREADS

    database = Database(url)
    database.prepare()
    client = database.client()
    client.register_queue(
        "bare", worker_concurrency=work.in_flight, polling_interval_sec=CLAIM_EVERY
    )

    @DBOS.workflow(name="bare", max_recovery_attempts=None)
    async def workflow(values: dict[str, Any]) -> dict[str, Any]:
        async def same() -> dict[str, Any]:
            return values

        async def wait() -> dict[str, Any]:
            await asyncio.sleep(work.seconds)
            return values

        await DBOS.run_step_async({"name": "intent"}, same)
        await DBOS.run_step_async({"name": "submit"}, same)
        return await DBOS.run_step_async({"name": "collect", "preemptible": True}, wait)

    DBOS(
        config={
            "name": "imagetasks",
            "system_database_url": url,
            "application_version": "1",
            "executor_id": "w0",
            "serializer": JsonSerializer(),
            "run_migrations": False,
            "max_executor_threads": THREADS,
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    meter = Meter()

    def enqueue(id: str) -> None:
        options: Any = {
            "workflow_name": "bare",
            "queue_name": "bare",
            "workflow_id": id,
        }
        client.enqueue(options, {"request": "x" * 300, "id": id})

    enqueue("warm")
    client.retrieve_workflow("warm").get_result()
    meter.begin()
    for n in range(work.tasks):
        enqueue(f"k{n}")
    import sqlalchemy as sa

    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    query = sa.text(f"SELECT count(*) FROM {table} WHERE status = 'SUCCESS'")

    def succeeded() -> int:
        with database.engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    while succeeded() <= work.tasks:
        meter.look()
        time.sleep(0.5)
    found = meter.found(work.tasks, min(work.tasks, work.in_flight))
    DBOS.destroy()
    return found


def alone(_: str, vendor: str, work: Load) -> Found:
    """The client, without a database."""
    from imagetasks import Access, AsyncClient, ImageRequest

    async def all_of_them(folder: str) -> Found:
        async with AsyncClient({PROVIDER: Access("key", vendor)}) as client:

            async def one(n: int) -> None:
                task = await client.run(PROVIDER, ImageRequest(f"number {n}"))
                await client.download(task, folder)

            meter = Meter()
            await one(-1)
            meter.begin()
            await asyncio.gather(*(one(n) for n in range(work.tasks)))
            return meter.found(work.tasks, work.tasks)

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(all_of_them(folder))


def works(
    url: str, vendor: str, executor: str, in_flight: int, stop: Connection
) -> None:
    """A worker among others, until it is told."""
    from imagetasks import Access
    from imagetasks.durable import Queue, Runner

    access = {PROVIDER: Access("key", vendor)}
    queues = {PROVIDER: Queue(in_flight=in_flight)}
    with (
        tempfile.TemporaryDirectory() as store,
        Runner(url, access, executor=executor, store=store, queues=queues),
    ):
        stop.recv()


def shared_rate(url: str, vendor: str, workers: int, tasks: int) -> float:
    """Tasks a second that so many workers come to, once all of them are warm; 20 at once in each."""
    from imagetasks import Access, ImageRequest
    from imagetasks.durable import Tasks

    with Tasks(url, {PROVIDER: Access("key", vendor)}) as queue:
        pipes, processes = [], []
        for n in range(workers):
            ours, theirs = SPAWN.Pipe()
            process = SPAWN.Process(
                target=works, args=(url, vendor, f"w{n}", 20, theirs)
            )
            process.start()
            pipes.append(ours)
            processes.append(process)
        for n in range(tasks * workers):
            queue.submit(PROVIDER, ImageRequest(f"number {n}"), key=f"k{n}")

        def succeeded() -> int:
            return queue.counts().total("succeeded")

        while succeeded() < tasks * workers // 3:
            time.sleep(0.1)
        began, first = time.monotonic(), succeeded()
        while succeeded() < tasks * workers * 2 // 3:
            time.sleep(0.1)
        rate = (succeeded() - first) / (time.monotonic() - began)
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join()
        return rate


# ---- The table -------------------------------------------------------------------------------------------------------


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/tasks.db"


class Bench:
    def __init__(self, server: Postgres, *, quick: bool) -> None:
        self._server = server
        self._usual = Load(100 if quick else 1000)
        self._many = Load(300, 10.0) if quick else Load(5000, 120.0, 5000)
        self._small = Load(100 if quick else 300)
        self._shared = 30 if quick else 100

    def round(self) -> dict[str, float]:
        """The figures of one round, by their names."""
        with served(serve, self._usual.seconds) as vendor:
            mine = self._on_postgres(ours, vendor, self._usual)
            theirs = self._on_postgres(bare, vendor, self._usual)
            core = result_of(alone, "", vendor, self._usual)
            with sqlite() as url:
                on_sqlite = result_of(ours, url, vendor, self._small)
            one, two = (
                shared_rate(self._server.new_database(), vendor, n, self._shared)
                for n in (1, 2)
            )
        with served(serve, self._many.seconds) as vendor:
            many = self._on_postgres(ours, vendor, self._many)
            many_bare = self._on_postgres(bare, vendor, self._many)
        print(
            f"tasks/s: {mine.rate:.1f}, bare {theirs.rate:.1f}; CPU ms a task: {mine.cpu:.1f}, bare {theirs.cpu:.1f}, client alone"
            f" {core.cpu:.1f}; kB a task in flight: {many.kilobytes:.0f}, bare {many_bare.kilobytes:.0f};"
            f" SQLite {on_sqlite.rate:.1f} tasks/s; workers: {one:.1f} and {two:.1f} tasks/s",
            flush=True,
        )
        return {
            "CPU a task, by bare + client alone": mine.cpu / (theirs.cpu + core.cpu),
            "memory a task in flight, by bare": many.kilobytes / many_bare.kilobytes,
            "writes a task, PostgreSQL": mine.writes,
            "writes a task, SQLite": on_sqlite.writes,
            "two workers by one": two / one,
            "tasks a second, by bare": mine.rate / theirs.rate,
        }

    def _on_postgres(
        self, work: Callable[..., Found], vendor: str, load: Load
    ) -> Found:
        found: Found = result_of(work, self._server.new_database(), vendor, load)
        return found


TARGETS: dict[str, Target] = {
    "CPU a task, by bare + client alone": at_most(1.4),
    "memory a task in flight, by bare": at_most(1.2),
    "writes a task, PostgreSQL": at_most(5.2),
    "writes a task, SQLite": at_most(10.5),
    "two workers by one": at_least(1.6),
    "tasks a second, by bare": at_least(0.7),
}


def rows(rounds: list[dict[str, float]]) -> list[Judged]:
    return [
        Judged(name, [figures[name] for figures in rounds], target)
        for name, target in TARGETS.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial")
    quick = parser.parse_args().quick
    print(f"Python {sys.version.partition(' ')[0]}, {load()}")
    with Postgres() as server:
        bench = Bench(server, quick=quick)
        try:
            found = verdict.measure([bench.round], 1 if quick else ROUNDS)
        except Busy as busy:
            print(busy)
            return 0
    print(found)
    figures = [steps[0] for steps in found.counted]
    return verdict.judge(rows(figures), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
