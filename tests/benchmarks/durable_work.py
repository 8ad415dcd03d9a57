"""What the benchmark of the durable runner measures, each in a process of its own."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from .processes import SPAWN

if TYPE_CHECKING:
    from imagetasks.durable import Tasks

PROVIDER = "xingchaoyiqing"
WARM = "warm"
LONGEST = 600.0
"""Seconds that anything here may take."""
CHANGES = ("INSERT", "UPDATE", "DELETE")


class Load(NamedTuple):
    """tasks, each over after `seconds` at the vendor; `in_flight` of them at once in one worker."""

    tasks: int
    seconds: float = 3.0
    in_flight: int = 1000


class Found(NamedTuple):
    """rate: tasks a second. cpu: milliseconds a task. writes: statements a task."""

    rate: float
    cpu: float
    writes: float


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

    def found(self, tasks: int) -> Found:
        return Found(
            tasks / (time.monotonic() - self._wall),
            (time.process_time() - self._cpu) / tasks * 1e3,
            self.writes / tasks,
        )


def memory() -> float:
    """Kilobytes, resident. Raises where the system does not say."""
    text = Path("/proc/self/status").read_text().partition("VmRSS:")[2]
    return float(text.split()[0])


def wait_until(is_so: Callable[[], bool], pause: float = 0.25) -> None:
    """Raises TimeoutError after LONGEST, so that a benchmark that hangs ends."""
    end = time.monotonic() + LONGEST
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"it did not come to that within {LONGEST:g} s")
        time.sleep(pause)


@contextmanager
def our_worker(
    url: str, vendor: str, in_flight: int, **options: Any
) -> Iterator[Tasks]:
    """A worker in this process, warm."""
    from imagetasks import Access
    from imagetasks.durable import Queue, Runner, Tasks

    access = {PROVIDER: Access("key", vendor)}
    queues = {PROVIDER: Queue(in_flight=in_flight, submitting=32)}
    with (
        tempfile.TemporaryDirectory() as store,
        Tasks(url, access) as tasks,
        Runner(url, access, executor="w0", store=store, queues=queues, **options),
    ):
        submit(tasks, [WARM])
        wait_until(lambda: tasks.get(WARM).state in ("succeeded", "running"))
        yield tasks


def submit(tasks: Tasks, keys: Iterable[str]) -> None:
    from imagetasks import ImageRequest

    for key in keys:
        tasks.submit(PROVIDER, ImageRequest(f"a picture of {key}"), key=key)


def keys(n: int, of: str = "k") -> list[str]:
    return [f"{of}{number}" for number in range(n)]


def ours(url: str, vendor: str, work: Load) -> Found:
    """Submit, carry out, save; submitting is part of it."""
    meter = Meter()
    with our_worker(url, vendor, work.in_flight) as tasks:
        wait_until(lambda: tasks.get(WARM).state == "succeeded")
        meter.begin()
        submit(tasks, keys(work.tasks))
        wait_until(lambda: tasks.counts().total("succeeded") > work.tasks)
        return meter.found(work.tasks)


def our_memory(url: str, vendor: str, tasks: int) -> float:
    """Kilobytes for each of so many tasks that are at the vendor at once. It never ends them."""
    from imagetasks import PollPolicy

    rarely = PollPolicy(min_gap=60, max_gap=60)
    with our_worker(url, vendor, tasks + 1, policy=rarely) as known:
        before = memory()
        submit(known, keys(tasks))
        wait_until(lambda: known.counts().total("running") > tasks, pause=1)
        return (memory() - before) / tasks


class Bare:
    """Three steps on DBOS that do nothing but wait, set up as ours are."""

    def __init__(self, url: str, in_flight: int, seconds: float) -> None:
        from dbos import DBOS
        from imagetasks.durable._database import Database, JsonSerializer
        from imagetasks.durable._runner import CLAIM_EVERY, THREADS

        self._database = Database(url)
        self._database.prepare()
        self._client = self._database.client()
        self._client.register_queue(
            "bare", worker_concurrency=in_flight, polling_interval_sec=CLAIM_EVERY
        )

        @DBOS.workflow(name="bare", max_recovery_attempts=None)
        async def workflow(values: dict[str, Any]) -> dict[str, Any]:
            async def same() -> dict[str, Any]:
                return values

            async def wait() -> dict[str, Any]:
                await asyncio.sleep(seconds)
                return values

            await DBOS.run_step_async({"name": "intent"}, same)
            await DBOS.run_step_async({"name": "submit"}, same)
            collect: Any = {"name": "collect", "preemptible": True}
            return await DBOS.run_step_async(collect, wait)

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

    def submit(self, keys: Iterable[str]) -> None:
        for key in keys:
            options: Any = {
                "workflow_name": "bare",
                "queue_name": "bare",
                "workflow_id": key,
            }
            self._client.enqueue(options, {"request": "x" * 300, "id": key})

    def succeeded(self) -> int:
        return self._count("workflow_status", "status = 'SUCCESS'")

    def running(self) -> int:
        return self._count("operation_outputs", "function_name = 'submit'")

    def _count(self, table: str, condition: str) -> int:
        import sqlalchemy as sa

        schema = "" if self._database.is_sqlite else "dbos."
        query = sa.text(f"SELECT count(*) FROM {schema}{table} WHERE {condition}")
        with self._database.engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def close(self) -> None:
        from dbos import DBOS

        DBOS.destroy()
        self._database.close()


def bare(url: str, _: str, work: Load) -> Found:
    meter = Meter()
    with closing(Bare(url, work.in_flight, work.seconds)) as flows:
        flows.submit([WARM])
        wait_until(lambda: flows.succeeded() == 1)
        meter.begin()
        flows.submit(keys(work.tasks))
        wait_until(lambda: flows.succeeded() > work.tasks)
        return meter.found(work.tasks)


def bare_memory(url: str, _: str, tasks: int) -> float:
    """As `our_memory`."""
    with closing(Bare(url, tasks + 1, 1e6)) as flows:
        flows.submit([WARM])
        wait_until(lambda: flows.running() == 1)
        before = memory()
        flows.submit(keys(tasks))
        wait_until(lambda: flows.running() > tasks, pause=1)
        return (memory() - before) / tasks


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
            return meter.found(work.tasks)

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(all_of_them(folder))


# ---- Workers among others, to be stopped or killed -------------------------------------------------------------------


def works(url: str, vendor: str, executor: str, queue: Mapping[str, Any]) -> None:
    """Until it is killed."""
    from imagetasks import Access
    from imagetasks.durable import Queue, Runner

    with (
        tempfile.TemporaryDirectory() as store,
        Runner(
            url,
            {PROVIDER: Access("key", vendor)},
            executor=executor,
            store=store,
            queues={PROVIDER: Queue(**queue)},
        ),
    ):
        threading.Event().wait()


class Workers:
    """Those of one database. What is left of them is killed at the end: the database is not used again."""

    def __init__(self, url: str, vendor: str, **queue: Any) -> None:
        self._arguments = url, vendor
        self._queue = queue
        self._processes: dict[str, SpawnProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for executor in list(self._processes):
            self.kill(executor)

    def start(self, executor: str) -> None:
        arguments = (*self._arguments, executor, self._queue)
        process = SPAWN.Process(target=works, args=arguments, daemon=True)
        process.start()
        self._processes[executor] = process

    def kill(self, executor: str) -> None:
        """As kill -9 does it."""
        process = self._processes.pop(executor)
        process.kill()
        process.join()


def shared_rate(url: str, vendor: str, workers: int, tasks: int) -> float:
    """Tasks a second that so many workers come to, once all of them are warm; 20 at once in each."""
    from imagetasks import Access
    from imagetasks.durable import Tasks

    all_of_them = tasks * workers
    with (
        Tasks(url, {PROVIDER: Access("key", vendor)}) as queue,
        Workers(url, vendor, in_flight=20) as started,
    ):
        for n in range(workers):
            started.start(f"w{n}")
        wait_until(lambda: len(queue.counts().workers) == workers)
        submit(queue, keys(all_of_them))

        def succeeded() -> int:
            return queue.counts().total("succeeded")

        wait_until(lambda: succeeded() >= all_of_them // 3, pause=0.1)
        began, first = time.monotonic(), succeeded()
        wait_until(lambda: succeeded() >= all_of_them * 5 // 6, pause=0.1)
        return (succeeded() - first) / (time.monotonic() - began)


def unknown_by_kill(
    url: str, vendor: str, kills: int, submitting: int
) -> tuple[int, list[int]]:
    """
    How many tasks each kill left unknown; and of how many submits they were. A kill comes while the vendor has as many submits
    to answer as are allowed.
    """
    from imagetasks import Access
    from imagetasks.durable import Tasks

    under_way: list[set[str]] = []
    with (
        Tasks(url, {PROVIDER: Access("key", vendor)}) as tasks,
        Workers(url, vendor, submitting=submitting) as workers,
    ):
        for n in range(kills):
            submit(tasks, keys(5 * submitting, of=f"kill {n}: "))
            workers.start("w0")
            wait_until(lambda: tasks.counts().total("running") > 0, pause=0.02)
            wait_until(
                lambda: tasks.counts().total("submitting") >= submitting, pause=0.02
            )
            workers.kill("w0")
            left = tasks.list(state="submitting", limit=1000)
            under_way.append({record.key for record in left})
            workers.start("w0")
            wait_until(lambda: is_over(tasks))
            workers.kill("w0")
        unknown = {record.key for record in tasks.list(state="unknown", limit=10_000)}
    return len(unknown), [len(unknown & left) for left in under_way]


def is_over(tasks: Tasks) -> bool:
    counts = tasks.counts()
    return not any(counts.total(s) for s in ("queued", "submitting", "running"))


def seconds_until_adopted(url: str, vendor: str, tasks: int) -> float:
    """From kill -9 of a worker until the last of its tasks is at work in another one."""
    from imagetasks import Access
    from imagetasks.durable import Tasks

    with (
        Tasks(url, {PROVIDER: Access("key", vendor)}) as queue,
        Workers(url, vendor) as workers,
    ):

        def at_work(executor: str) -> int:
            records = queue.list(state="running", limit=2 * tasks)
            return sum(record.executor == executor for record in records)

        submit(queue, keys(tasks))
        workers.start("w0")
        wait_until(lambda: at_work("w0") == tasks)
        workers.start("w1")
        wait_until(lambda: len(queue.counts().workers) == 2)
        killed = time.monotonic()
        workers.kill("w0")
        wait_until(lambda: at_work("w1") == tasks)
        return time.monotonic() - killed
