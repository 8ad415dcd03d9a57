"""Where results are kept for good: a folder, or an object store."""

from __future__ import annotations

import asyncio
import hashlib
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .._errors import DownloadError
from .._extras import require
from .sidecar import SUFFIX

if TYPE_CHECKING:
    from .._task import Task

SCHEMES = ("s3://", "gs://", "az://")


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
    """Files appear whole or not at all, as `download` has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, client: Downloads, task: Task, *, sidecar: bool) -> list[Kept]:
        paths = await client.download(task, self._folder, sidecar=sidecar)
        return [await asyncio.to_thread(_kept, path, self._folder) for path in paths]


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
        """The files go through a folder of their own, which is deleted."""
        with TemporaryDirectory(prefix="imagetasks-") as name:
            folder = Path(name)
            paths = await client.download(task, folder, sidecar=sidecar)
            kept = [await asyncio.to_thread(_kept, path, folder) for path in paths]
            for path in sorted(folder.iterdir(), key=_sidecars_last):
                await self._put(task, path)
            return kept

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


def _kept(path: Path, folder: Path) -> Kept:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Kept(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


def _sidecars_last(path: Path) -> tuple[bool, str]:
    return path.name.endswith(SUFFIX), path.name
