"""Saving the results of a task, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .._http.environment import UnusableEnvironment
from .._http.files import AsyncFileSource, Interrupted
from .._httpx import AsyncBaseTransport
from .._scheduling.events import Downloaded
from .._task import Task
from .hosts import Refused
from .items import NAME
from .partial import Partial
from .progress import OnProgress
from .retrieval import Gone, Retrieval
from .stores import StoredFile, Stores, files_of, tell_stored
from .task_download import AT_ONCE, DownloadSettings, Fresh, OnSaved, TaskDownload

if TYPE_CHECKING:
    from .sidecar_writing import Sidecars

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]
FetchAgain = Callable[[Task, float], Awaitable[Fresh]]
"""Takes the task, and seconds."""


class AsyncDownloader:
    """Each call has a task for each artifact, `AT_ONCE` of them under way."""

    def __init__(
        self,
        settings: DownloadSettings,
        transport: AsyncBaseTransport | None,
        fetch_again: FetchAgain,
        sleep: Sleep | None,
    ) -> None:
        self._settings = settings
        self._source = AsyncFileSource(
            settings.hosts.check_addresses, transport, settings.user_agent
        )
        self._fetch_again = fetch_again
        self._sleep = sleep or asyncio.sleep
        self._running: set[asyncio.Task[list[Path]]] = set()
        self._is_closed = False
        self._stores = Stores()

    async def download(
        self,
        task: Task,
        folder: Path,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecars: Sidecars | None = None,
        name: str = NAME,
        on_saved: OnSaved | None = None,
    ) -> list[Path]:
        if self._is_closed:
            raise RuntimeError("the client is closed")
        download = TaskDownload(
            task,
            folder,
            self._settings,
            timeout=timeout,
            on_progress=on_progress,
            sidecars=sidecars,
            name=name,
            on_saved=on_saved,
        )
        again = _Once(lambda: self._fetch_again(task, download.left))
        call = _Download(download, self._source, again, self._sleep)
        running = asyncio.create_task(call.run())
        self._running.add(running)
        try:
            return await running
        except asyncio.CancelledError:
            if self._is_closed and not _is_cancelled():
                raise RuntimeError("the client is closed") from None
            raise
        finally:
            self._running.discard(running)

    async def download_into(
        self,
        store: str | PathLike[str],
        task: Task,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecars: Sidecars | None,
    ) -> list[StoredFile]:
        opened = await _to_disk(lambda: self._stores.open(store))
        saved: list[Downloaded] = []
        with await _to_disk(lambda: opened.make_part(task)) as part:
            folder = Path(part)
            await self.download(
                task,
                folder,
                timeout=timeout,
                on_progress=on_progress,
                sidecars=sidecars,
                on_saved=saved.append,
            )
            for path in files_of(folder):
                await opened.aput(task, path)
        return tell_stored(store, saved, self._settings.observer)

    async def aclose(self) -> None:
        """Whoever still downloads gets a RuntimeError."""
        self._is_closed = True
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._source.aclose()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class _Once:
    """What the vendor says now of the task, asked for by the first artifact that needs it."""

    def __init__(self, ask: Callable[[], Awaitable[Fresh]]) -> None:
        self._ask = ask
        self._answers: list[Fresh] = []
        self._lock = asyncio.Lock()

    async def __call__(self) -> Fresh:
        async with self._lock:
            if not self._answers:
                self._answers.append(await self._ask())
            return self._answers[0]


class _Download:
    """The first artifact that fails stops the others; files that are whole by then stay."""

    def __init__(
        self,
        download: TaskDownload,
        source: AsyncFileSource,
        again: _Once,
        sleep: Sleep,
    ) -> None:
        self._download = download
        self._source = source
        self._again = again
        self._sleep = sleep
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> list[Path]:
        try:
            async with asyncio.TaskGroup() as group:
                saving = [
                    group.create_task(self._save(each))
                    for each in self._download.retrievals
                ]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed.exceptions[0].__cause__
        return [each.result() for each in saving]

    async def _save(self, retrieval: Retrieval) -> Path:
        async with self._places:
            began = self._download.now()
            with Partial(retrieval.item, self._download.folder) as partial:
                while not await self._receive(retrieval, partial):
                    pass
                saved = await _to_disk(lambda: partial.commit(retrieval.url_path))
            self._download.tell(retrieval, saved, began=began)
            await _to_disk(lambda: self._download.write_sidecar(retrieval, saved))
            return saved.path

    async def _receive(self, retrieval: Retrieval, partial: Partial) -> bool:
        """One request, and what comes of it: True when the file is here."""
        ask = self._download.next_ask(retrieval, partial)
        if ask.after > 0:
            await self._sleep(ask.after)
        limit = asyncio.timeout(self._download.left)
        try:
            async with (
                limit,
                await self._source.get(
                    ask.url, ask.headers, stall=self._download.stall
                ) as incoming,
            ):
                body = self._download.answered(retrieval, incoming.response)
                if body is None:
                    return False
                partial.begin(body)
                self._download.report(retrieval, partial, body)
                async for chunk in incoming.chunks():
                    self._download.add(chunk, retrieval, partial, body)
                self._download.report(retrieval, partial, body, last=True)
                return True
        except Interrupted as cause:
            retrieval.interrupted(cause)
        except TimeoutError as cause:
            if not limit.expired():  # the caller's own, out of on_progress
                raise
            retrieval.out_of_time(cause)
        except Gone as gone:
            retrieval.renew(gone, await self._again())
        except Refused as cause:
            retrieval.refused(cause)
        except UnusableEnvironment as cause:
            retrieval.unusable(cause)
        return False


async def _to_disk(write: Callable[[], T]) -> T:
    """In a thread: it waits for the disk. Who is cancelled meanwhile waits too, as the thread goes on."""
    writing = asyncio.ensure_future(asyncio.to_thread(write))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise
