"""Where results are kept for good: a folder, or an object store."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .._errors import DownloadError
from .._extras import require
from .placing import keep_name
from .sidecar import SUFFIX

if TYPE_CHECKING:
    from .._task import Task

SCHEMES = ("s3://", "gs://", "az://")
PART = ".imagetasks-"
"""What a folder begins with that files come in through."""
LEFT_OVER = 86400.0
"""Seconds after which nobody works in such a folder any more."""

Put = Callable[["Task", Path], Awaitable[None]]


class Kept(NamedTuple):
    """One result, by its name in the store."""

    key: str
    size: int
    sha256: str


class Downloads(Protocol):
    """What a store needs of a client."""

    async def download(
        self, task: Task, folder: str | PathLike[str], *, sidecar: bool = False
    ) -> list[Path]: ...


class Store(Protocol):
    """Saving a task a second time gives the same names, and finds its files or puts the same in their place."""

    async def save(
        self, client: Downloads, task: Task, *, sidecar: bool
    ) -> list[Kept]: ...


class FolderStore:
    """Files appear whole or not at all, and a file of a task takes the place of the one that an earlier run saved for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_swept = False

    async def save(self, client: Downloads, task: Task, *, sidecar: bool) -> list[Kept]:
        try:
            part = await asyncio.to_thread(self._make_part)
        except OSError as cause:
            raise DownloadError(
                f"{task}: nothing can be saved in {self._folder}: {cause.strerror}",
                task=task,
            ) from cause
        with part as name:
            return await _save_through(Path(name), client, task, sidecar, self._put)

    def _make_part(self) -> TemporaryDirectory[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._is_swept:
            self._is_swept = True
            self._sweep()
        # Of the same file system, so that what is in it can be renamed.
        return TemporaryDirectory(prefix=PART, dir=self._folder)

    def _sweep(self) -> None:
        """What a process left that was killed."""
        for part in self._folder.glob(f"{PART}*"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > LEFT_OVER:
                    shutil.rmtree(part)

    async def _put(self, task: Task, path: Path) -> None:
        def rename() -> None:
            try:
                os.replace(path, self._folder / path.name)
            except OSError as cause:
                words = f"{path.name} cannot be saved: {cause.strerror}"
                raise DownloadError(f"{task}: {words}", task=task) from cause
            keep_name(self._folder)

        await asyncio.to_thread(rename)


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

    async def save(self, client: Downloads, task: Task, *, sidecar: bool) -> list[Kept]:
        with TemporaryDirectory(prefix=PART) as name:
            return await _save_through(Path(name), client, task, sidecar, self._put)

    async def _put(self, task: Task, path: Path) -> None:
        import obstore

        try:
            await obstore.put_async(self._store, path.name, path)
        except self._failures as cause:
            # Its first words name what is wrong; more of it may quote the signed address.
            words = str(cause).strip().partition("\n")[0][:200]
            raise DownloadError(
                f"{task}: {path.name} cannot be put into {self._name}: {words}",
                task=task,
            ) from cause


def is_store_url(folder: str | PathLike[str]) -> bool:
    return fspath(folder).startswith(SCHEMES)


def open_store(where: str | PathLike[str]) -> Store:
    """A folder, or `s3://bucket/prefix`, `gs://`, `az://`. Raises ValueError, and ImportError without the extra."""
    name = fspath(where)
    if is_store_url(name):
        return ObjectStore(name)
    if "://" in name:
        raise ValueError(
            f"a store is a folder, or begins with {', '.join(SCHEMES)}: not {name.partition('://')[0]}://"
        )
    return FolderStore(Path(name))


async def _save_through(
    part: Path, client: Downloads, task: Task, sidecar: bool, put: Put
) -> list[Kept]:
    """By a folder of this task alone: only what is whole goes on from there, and sidecars after what they tell of."""
    paths = await client.download(task, part, sidecar=sidecar)
    kept = [await asyncio.to_thread(_kept, path, part) for path in paths]
    for path in sorted(part.iterdir(), key=_sidecars_last):
        await put(task, path)
    return kept


def _kept(path: Path, folder: Path) -> Kept:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Kept(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


def _sidecars_last(path: Path) -> tuple[bool, str]:
    return path.name.endswith(SUFFIX), path.name
