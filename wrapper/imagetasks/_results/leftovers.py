"""Files that killed downloads left behind. Who writes one holds a lock on it, which ends with the process."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

PREFIX, SUFFIX = ".imagetasks-", ".part"


def open_part(folder: Path) -> tuple[Path, IO[bytes]]:
    """A new file of a hidden name that is locked for as long as it is open. Raises OSError."""
    while True:
        path = folder / f"{PREFIX}{uuid4().hex}{SUFFIX}"
        file = path.open("xb")
        # Somebody may sweep it between these two steps.
        if _lock(file) is not False and os.path.lexists(path):
            return path, file
        file.close()


class Sweeper:
    """Sweeps each folder once, when it is first used. Threads may share it."""

    def __init__(self) -> None:
        self._swept: set[Path] = set()
        self._lock = threading.Lock()

    def sweep(self, folder: Path) -> None:
        place = folder.absolute()
        with self._lock:
            if place in self._swept:
                return
            self._swept.add(place)
        with suppress(OSError):
            for path in list(place.glob(f"{PREFIX}*{SUFFIX}")):
                _remove_unless_held(path)


def _remove_unless_held(path: Path) -> None:
    with suppress(OSError):
        if path.is_symlink() or not path.is_file():
            return
        with path.open("r+b") as file:
            if _lock(file):
                path.unlink()


if sys.platform == "win32":

    def _lock(file: IO[bytes]) -> bool | None:
        import msvcrt

        try:
            # Far behind its end: a locked part of a file cannot be read there.
            file.seek(2**62)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True

else:

    def _lock(file: IO[bytes]) -> bool | None:
        """False where another one has it; None where the file system has no locks."""
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
