"""Where results are kept for good: a folder, or an object store."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from .._errors import DownloadError
from .._extras import require
from .._lazy import asyncio
from .._scheduling.events import Downloaded, Observer
from .items import STORES
from .placing import keep_name
from .sidecar import SUFFIX

if TYPE_CHECKING:
    from .._task import Task

PART = ".imagetasks-"
"""What a folder begins with that files come in through."""
LEFT_OVER = 86400.0
"""Seconds after which nobody works in such a folder any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """
    One result in a store.

    key: its name there: of a file in the folder, or of an object below the URL's prefix.
    size: bytes.
    sha256: of these bytes, in hex.
    """

    key: str
    size: int
    sha256: str


class Store(Protocol):
    """Saving a task a second time gives the same names, and puts the same files in the place of the first ones."""

    def make_part(self, task: Task) -> TemporaryDirectory[str]:
        """A folder of this task alone, from which only what is whole goes on. Raises DownloadError."""
        ...

    def put(self, task: Task, path: Path) -> None:
        """Raises DownloadError."""
        ...

    async def aput(self, task: Task, path: Path) -> None:
        """The same without blocking."""
        ...


class FolderStore:
    """Files appear whole or not at all, and a file of a task takes the place of the one that an earlier run saved for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_swept = False

    def make_part(self, task: Task) -> TemporaryDirectory[str]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._is_swept:
                self._is_swept = True
                self._sweep()
            # Of the same file system, so that what is in it can be renamed.
            return TemporaryDirectory(prefix=PART, dir=self._folder)
        except OSError as cause:
            raise DownloadError(
                f"{task}: nothing can be saved in {self._folder}: {cause.strerror}",
                task=task,
            ) from cause

    def _sweep(self) -> None:
        """What a process left that was killed."""
        for part in self._folder.glob(f"{PART}*"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > LEFT_OVER:
                    shutil.rmtree(part)

    def put(self, task: Task, path: Path) -> None:
        try:
            os.replace(path, self._folder / path.name)
        except OSError as cause:
            words = f"{path.name} cannot be saved: {cause.strerror}"
            raise DownloadError(f"{task}: {words}", task=task) from cause
        keep_name(self._folder)

    async def aput(self, task: Task, path: Path) -> None:
        await asyncio.to_thread(self.put, task, path)


class ObjectStore:
    """Objects, through obstore. Credentials and region come from the environment, as obstore reads it."""

    def __init__(self, url: str) -> None:
        require("storage", by=f"a store of {url.partition('://')[0]}://")
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        self._name = url.rstrip("/")
        self._failures: tuple[type[Exception], ...] = (BaseError, OSError, ValueError)
        try:
            self._store: Any = from_url(self._name)
        except self._failures as cause:
            raise ValueError(f"{url} is no store that can be used: {cause}") from cause

    def make_part(self, task: Task) -> TemporaryDirectory[str]:
        try:
            return TemporaryDirectory(prefix=PART)
        except OSError as cause:
            words = f"there is no folder for files on their way: {cause.strerror}"
            raise DownloadError(f"{task}: {words}", task=task) from cause

    def put(self, task: Task, path: Path) -> None:
        import obstore

        with self._explained(task, path):
            obstore.put(self._store, path.name, path)

    async def aput(self, task: Task, path: Path) -> None:
        import obstore

        with self._explained(task, path):
            await obstore.put_async(self._store, path.name, path)

    @contextmanager
    def _explained(self, task: Task, path: Path) -> Iterator[None]:
        try:
            yield
        except self._failures as cause:
            # Its first words name what is wrong; more of it may quote the signed address.
            words = str(cause).strip().partition("\n")[0][:200]
            raise DownloadError(
                f"{task}: {path.name} cannot be put into {self._name}: {words}",
                task=task,
            ) from cause


class Stores:
    """Those of one client, each opened once: an object store keeps its connections."""

    def __init__(self) -> None:
        self._opened: dict[str, Store] = {}

    def open(self, where: str | PathLike[str]) -> Store:
        """As `open_store`."""
        name = fspath(where)
        if name not in self._opened:
            self._opened[name] = open_store(name)
        return self._opened[name]


def open_store(where: str | PathLike[str]) -> Store:
    """A folder, or `s3://bucket/prefix`, `gs://`, `az://`. Raises ValueError, and ImportError without the extra."""
    name = fspath(where)
    if name.startswith(STORES):
        return ObjectStore(name)
    if "://" in name:
        raise ValueError(
            f"a store is a folder, or begins with {', '.join(STORES)}: not {name.partition('://')[0]}://"
        )
    return FolderStore(Path(name))


def files_of(part: Path) -> list[Path]:
    """What has come into a part, in the order in which it goes on: sidecars after what they tell of."""
    return sorted(part.iterdir(), key=_sidecars_last)


def tell_stored(
    store: str | PathLike[str], saved: Iterable[Downloaded], observer: Observer
) -> list[StoredFile]:
    """Once all of them are in the store: in vendor order, with an event for each."""
    in_order = sorted(saved, key=lambda event: event.n)
    for event in in_order:
        observer.tell(replace(event, path=Path(event.path.name), store=fspath(store)))
    return [
        StoredFile(key=event.path.name, size=event.size, sha256=event.sha256)
        for event in in_order
    ]


def _sidecars_last(path: Path) -> tuple[bool, str]:
    return path.name.endswith(SUFFIX), path.name
