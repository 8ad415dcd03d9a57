"""A file while it comes in: whole under its name, or not there at all, and never in the place of another."""

from __future__ import annotations

import filecmp
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from .content import HEAD, extension, text_instead
from .items import Item
from .leftovers import open_part
from .placing import keep_name, move_where_nothing_is
from .retrieval import MAX_FILE, FileBody


class Saved(NamedTuple):
    """A file under its own name."""

    path: Path
    size: int
    sha256: str


class Partial:
    """One artifact under a temporary name in its folder. The `with` block leaves nothing else behind."""

    def __init__(self, item: Item, folder: Path) -> None:
        self._item = item
        self._folder = folder
        self._path: Path
        self._file: IO[bytes]
        self._media_type = ""
        self._forget()

    def __enter__(self) -> Partial:
        with self._saving():
            self._path, self._file = open_part(self._folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What cannot be written cannot be flushed either.
        with suppress(OSError):
            self._file.close()
        with self._saving():
            self._path.unlink(missing_ok=True)

    def begin(self, body: FileBody) -> None:
        """A body comes in: from the first byte on, or from the one after the last that is here."""
        self._media_type = body.media_type
        if body.offset == self.size:
            return
        with self._saving():
            self._file.seek(0)
            self._file.truncate()
        self._forget()

    def write(self, chunk: bytes) -> None:
        had_head = len(self._head) >= HEAD
        self.size += len(chunk)
        if self.size > MAX_FILE:
            raise self._item.error(f"it is larger than {MAX_FILE} bytes")
        if not had_head:
            self._head += chunk[: HEAD - len(self._head)]
            if len(self._head) >= HEAD:
                self._check_head()
        self._digest.update(chunk)
        with self._saving():
            self._file.write(chunk)

    def commit(self, url_path: str) -> Saved:
        """Give the whole file its name. A file of that name stays, and is an error unless it is the same."""
        if not self.size:
            raise self._item.error("it is empty")
        self._check_head()
        suffix = extension(self._head, self._media_type, url_path)
        with self._saving():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            target = self._place(suffix)
            keep_name(self._folder)
        return Saved(target, self.size, self._digest.hexdigest())

    def _place(self, suffix: str) -> Path:
        """Under the first of its names that no other file has."""
        targets = [self._folder / (stem + suffix) for stem in self._item.stems]
        for target in targets:
            if self._is_placed(target):
                return target
        raise self._item.error(f"{targets[-1]} is another file; it was not changed")

    def _is_placed(self, target: Path) -> bool:
        """Whether the file has that name now, or had it already."""
        try:
            move_where_nothing_is(self._path, target)
        except FileExistsError:
            return _is_same(self._path, target)
        return True

    def _forget(self) -> None:
        self.size = 0
        self._head = b""
        self._digest = hashlib.sha256()

    def _check_head(self) -> None:
        if (what := text_instead(self._head, self._media_type)) is not None:
            raise self._item.error(f"{what} came instead of a {self._kind}")

    @property
    def _kind(self) -> str:
        return "video" if self._item.artifact.kind == "video" else "picture"

    @contextmanager
    def _saving(self) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            words = cause.strerror or str(cause)
            raise self._item.error(f"it cannot be saved: {words}") from cause


def _is_same(path: Path, target: Path) -> bool:
    # A link of that name is not ours: what it leads to may be outside of the folder.
    is_file = stat.S_ISREG(os.lstat(target).st_mode)
    return is_file and filecmp.cmp(path, target, shallow=False)
