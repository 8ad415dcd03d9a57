"""Saving results as files or in a store, with what stands beside them. The journal then closes the task."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from .._core import Core
from .._forking import keep_as_it_is
from .._httpx import AsyncBaseTransport
from .._results.items import check_target
from .._task import Task
from .async_exchanges import AsyncExchanges
from .async_shim import Lifetime, Sleep, result_of

if TYPE_CHECKING:
    from .._results.progress import OnProgress
    from .._results.stores import StoredFile


class AsyncDownloads:
    """The downloads of a client, and the connections that they share."""

    def __init__(
        self,
        core: Core,
        lifetime: Lifetime,
        exchanges: AsyncExchanges,
        transport: AsyncBaseTransport | None,
        allow_hosts: Collection[str],
        sleep: Sleep | None,
    ) -> None:
        self._core = core
        self._lifetime = lifetime
        self._exchanges = exchanges
        self._transport = transport
        self._allow_hosts = allow_hosts
        self._sleep = sleep
        self._start()

    def _start(self) -> None:
        from .._results.async_download import AsyncDownloader

        self._downloader = AsyncDownloader(
            self._core.downloads(self._allow_hosts),
            self._transport,
            self._exchanges.fetch_again,
            self._sleep,
        )

    def start_anew(self) -> None:
        """In a child that was forked."""
        keep_as_it_is(self._downloader)
        self._start()

    async def download(
        self,
        task: Task,
        folder: str | PathLike[str] | None,
        store: str | PathLike[str] | None,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecar: bool,
        name: str,
    ) -> list[Path] | list[StoredFile]:
        self._lifetime.check_usable()
        check_target(folder, store, name)
        sidecars = None
        if sidecar:
            asked = await result_of(self._core.books.request_of(task))
            sidecars = self._core.sidecars(task, asked)
        saved: list[Path] | list[StoredFile]
        if store is not None:
            saved = await self._downloader.download_into(
                store,
                task,
                timeout=timeout,
                on_progress=on_progress,
                sidecars=sidecars,
            )
        else:
            saved = await self._downloader.download(
                task,
                Path(folder or "."),
                timeout=timeout,
                on_progress=on_progress,
                sidecars=sidecars,
                name=name,
            )
        if (written := self._core.books.write_saved(task)) is not None:
            await result_of(written)
        return saved

    async def aclose(self) -> None:
        await self._downloader.aclose()
