"""Runner: a worker. It claims tasks, carries them out, and leaves unfinished ones to the next worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from os import PathLike
from typing import Any, Self, TypeVar

from dbos import DBOS

from .._access import Access
from .._async_client import AsyncClient
from .._errors import logger
from .._httpx import AsyncBaseTransport
from .._results.stores import open_store
from .._scheduling.events import OnEvent
from .._scheduling.policy import PollPolicy
from ..providers._keys import check_access
from ..webhooks import WebhookEvent
from ._database import APPLICATION, VERSION, Database, JsonSerializer
from ._errors import DurableError
from ._gate import Gate, Turns
from ._job import QUEUE
from ._queue import Queue
from ._steward import Steward
from ._work import Worker
from ._workflow import Current

T = TypeVar("T")
THREADS = 32
"""For the database. Without a bound DBOS takes one for each step that is written."""
CLAIM_EVERY = 0.5
"""Seconds between two polls of a queue."""
LEAVING = 120.0
"""Seconds that submits under way get to finish: longer than one takes with its repetitions."""


class Runner:
    """
    Carries out what `Tasks` submits: one worker, in one process.

        async with Runner("postgresql://host/tasks", access, executor="w0", store="s3://pictures"):
            await asyncio.Event().wait()

    It works until the block ends. Then it starts no new submit, finishes those under way, and leaves its waits to the next run or
    to another worker. `with` does the same in a synchronous program.

    access: keys by provider; the worker claims only tasks of these. A `credit_limit` counts per worker, from its start.
    executor: the name of this worker, stable across restarts; on PostgreSQL each worker needs a different one. store: a folder, or
    `s3://`, `gs://`, `az://`. queues: the limits of each provider; those of the worker that started last apply to all.
    `policy`, `transport`, `on_event` and `allow_hosts` are those of AsyncClient; `sidecar` is that of `download`.
    """

    def __init__(
        self,
        url: str,
        access: Mapping[str, Access | str],
        *,
        executor: str | None = None,
        store: str | PathLike[str],
        queues: Mapping[str, Queue] | None = None,
        policy: PollPolicy = PollPolicy(),
        transport: AsyncBaseTransport | None = None,
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        sidecar: bool = False,
        journal: object = None,
    ) -> None:
        if journal is not None:
            raise ValueError(
                "a Runner takes no journal: its database holds each submit already, and a journal belongs to one process"
            )
        self._database = Database(url)
        if executor is None and not self._database.is_sqlite:
            raise ValueError(
                "a worker on PostgreSQL needs an executor: a name of its own that stays the same after a restart"
            )
        self.executor = executor or "local"
        self._access = check_access(access)
        given = dict(queues or {})
        if strangers := given.keys() - self._access.keys():
            raise ValueError(f"queues without a key: {', '.join(sorted(strangers))}")
        self._queues = {name: given.get(name, Queue()) for name in self._access}
        open_store(store)  # what cannot be used is refused here, and not by each task
        self._store = store
        self._sidecar = sidecar
        self._client_options: dict[str, Any] = {
            "policy": policy,
            "transport": transport,
            "on_event": on_event,
            "allow_hosts": allow_hosts,
        }
        self._steward: Steward | None = None
        self._loop: _LoopThread | None = None
        self._worker: Worker | None = None

    def __repr__(self) -> str:
        return f"Runner({self._database}, executor={self.executor!r})"

    def start(self) -> None:
        """Raises DurableError where the database cannot be used, or its place is taken."""
        if Current.worker is not None or self._steward is not None:
            raise DurableError(
                "this process has a Runner already: there is one for each"
            )
        with ExitStack() as undo:
            self._database.prepare()
            undo.callback(self._database.close)
            steward = Steward(self._database, self.executor, on_news=self.notify)
            undo.callback(steward.stop)
            steward.acquire()
            self._register_queues()
            self._loop = _LoopThread()
            undo.callback(self._loop.stop)
            self._worker = self._loop.run(self._make_worker())
            undo.callback(self._loop.close_client, self._worker.client)
            Current.worker = self._worker
            undo.callback(setattr, Current, "worker", None)
            undo.callback(DBOS.destroy)
            # In its thread: DBOS runs all workflows in the loop that runs where it is launched.
            self._loop.run(self._launch())
            steward.start(self._worker.alarms)
            self._steward = steward
            undo.pop_all()

    def stop(self) -> None:
        """Begin no submit any more, let those under way finish, and leave the rest as it is."""
        steward, loop, worker = self._steward, self._loop, self._worker
        if steward is None or loop is None or worker is None:
            return
        self._steward = None
        with ExitStack() as closing:  # each, whatever becomes of the ones before
            closing.callback(self._database.close)
            closing.callback(steward.stop)
            closing.callback(loop.stop)
            closing.callback(setattr, Current, "worker", None)
            closing.callback(loop.close_client, worker.client)
            closing.callback(lambda: loop.run(_cancel_all()))
            closing.callback(DBOS.destroy)
            loop.run(_drain(worker))

    def notify(self, event: WebhookEvent) -> None:
        """Look at once at the task that a webhook tells of. For any thread; `Tasks.notify` does it from any process."""
        if self._worker is not None and event.provider in self._access:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._worker.client.notify(event)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def _register_queues(self) -> None:
        """Before the launch: the first look at a queue is by what stands in the database."""
        client = self._database.client()
        with self._database.explained():
            for provider, queue in self._queues.items():
                client.register_queue(
                    QUEUE + provider,
                    worker_concurrency=queue.in_flight,
                    polling_interval_sec=CLAIM_EVERY,
                )

    async def _make_worker(self) -> Worker:
        gates = {
            provider: Gate(
                queue,
                Turns(self._database, provider, queue.rate) if queue.rate else None,
            )
            for provider, queue in self._queues.items()
        }
        client = AsyncClient(self._access, **self._client_options)
        return Worker(client, gates, self._store, sidecar=self._sidecar)

    async def _launch(self) -> None:
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._database.url,
                "application_version": VERSION,
                "executor_id": self.executor,
                "serializer": JsonSerializer(),
                "run_migrations": False,
                "max_executor_threads": THREADS,
                "db_engine_kwargs": {"hide_parameters": True},
                "log_level": "ERROR",
            }
        )
        DBOS.listen_queues([QUEUE + provider for provider in self._queues])
        DBOS.launch()


async def _drain(worker: Worker) -> None:
    worker.is_stopping = True
    for gate in worker.gates.values():
        gate.close()
    try:
        async with asyncio.timeout(LEAVING):
            for gate in worker.gates.values():
                await gate.wait_until_empty()
    except TimeoutError:
        logger.warning("submits are still under way after %g s", LEAVING)


async def _cancel_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


class _LoopThread:
    """An event loop in a thread of its own. DBOS adopts one that runs where it is launched, and ours does not end before DBOS."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._threads = ThreadPoolExecutor(THREADS, "imagetasks-worker")
        self._loop.set_default_executor(self._threads)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="imagetasks-worker", daemon=True
        )
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close_client(self, client: AsyncClient) -> None:
        # DBOS has put its own threads in the place of ours, and they are gone by now.
        self._loop.set_default_executor(self._threads)
        self.run(client.aclose())

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._threads.shutdown()
        self._loop.close()
