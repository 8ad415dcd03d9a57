"""AsyncTasks: `Tasks` for asyncio. The database is spoken to in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from .._access import Access
from .._request import Request
from ..webhooks import WebhookEvent
from ._looks import Looks
from ._record import Counts, Record, RecordState
from ._tasks import Tasks


class AsyncHandle:
    """One task, by its key. It follows the newest attempt."""

    def __init__(self, tasks: Tasks, key: str) -> None:
        self._tasks = tasks
        self.key = key

    def __repr__(self) -> str:
        return f"AsyncHandle({self.key!r})"

    async def record(self) -> Record:
        return await asyncio.to_thread(self._tasks.get, self.key)

    async def wait(self, timeout: float | None = None) -> Record:
        """As `Handle.wait`."""
        looks = Looks(timeout)
        while not (await asyncio.to_thread(self._tasks._state, self.key)).is_over:
            if (pause := looks.pause()) is None:
                raise looks.too_late(await self.record())
            await asyncio.sleep(pause)
        return await self.record()


class AsyncTasks:
    """
    `Tasks` for asyncio: the same names, with await.

        async with AsyncTasks("postgresql://host/tasks", access) as tasks:
            handle = await tasks.submit("akool", ImageRequest("a lighthouse"), key="order-17")
    """

    def __init__(
        self,
        url: str,
        access: Mapping[str, Access | str],
        *,
        backlog: int | None = None,
    ) -> None:
        self._make = lambda: Tasks(url, access, backlog=backlog)
        self._made: Tasks | None = None
        self._making = asyncio.Lock()

    async def _tasks(self) -> Tasks:
        """Made when it is first used: that opens the database."""
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made

    async def aclose(self) -> None:
        if self._made is not None:
            await asyncio.to_thread(self._made.close)

    async def __aenter__(self) -> Self:
        await self._tasks()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def submit(
        self,
        provider: str,
        request: Request,
        *,
        key: str,
        label: str | None = None,
        priority: int = 0,
    ) -> AsyncHandle:
        """As `Tasks.submit`."""
        tasks = await self._tasks()
        await asyncio.to_thread(
            tasks.submit, provider, request, key=key, label=label, priority=priority
        )
        return AsyncHandle(tasks, key)

    async def get(self, key: str) -> Record:
        return await asyncio.to_thread((await self._tasks()).get, key)

    async def handle(self, key: str) -> AsyncHandle:
        tasks = await self._tasks()
        await asyncio.to_thread(tasks.handle, key)
        return AsyncHandle(tasks, key)

    async def list(
        self,
        *,
        state: RecordState | str | None = None,
        provider: str | None = None,
        label: str | None = None,
        limit: int = 100,
    ) -> list[Record]:
        """As `Tasks.list`."""
        tasks = await self._tasks()
        return await asyncio.to_thread(
            tasks.list, state=state, provider=provider, label=label, limit=limit
        )

    async def counts(self) -> Counts:
        return await asyncio.to_thread((await self._tasks()).counts)

    async def cancel(self, key: str) -> Record:
        """As `Tasks.cancel`."""
        return await asyncio.to_thread((await self._tasks()).cancel, key)

    async def resolve(self, key: str, task_id: str) -> AsyncHandle:
        """As `Tasks.resolve`."""
        tasks = await self._tasks()
        await asyncio.to_thread(tasks.resolve, key, task_id)
        return AsyncHandle(tasks, key)

    async def resubmit(self, key: str) -> AsyncHandle:
        """As `Tasks.resubmit`."""
        tasks = await self._tasks()
        await asyncio.to_thread(tasks.resubmit, key)
        return AsyncHandle(tasks, key)

    async def abandon(self, key: str) -> AsyncHandle:
        """As `Tasks.abandon`."""
        tasks = await self._tasks()
        await asyncio.to_thread(tasks.abandon, key)
        return AsyncHandle(tasks, key)

    async def adopt(self, executor: str) -> int:
        """As `Tasks.adopt`."""
        return await asyncio.to_thread((await self._tasks()).adopt, executor)

    async def prune(self, *, older_than: timedelta | float) -> int:
        """As `Tasks.prune`."""
        tasks = await self._tasks()
        return await asyncio.to_thread(tasks.prune, older_than=older_than)

    async def notify(self, event: WebhookEvent) -> None:
        """As `Tasks.notify`."""
        await asyncio.to_thread((await self._tasks()).notify, event)
