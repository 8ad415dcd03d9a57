"""Giving a file its name: at once, and never that of another file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from .leftovers import open_part


def move_where_nothing_is(source: Path, target: Path) -> None:
    """Raises FileExistsError; a rename alone would replace the file that is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links. To take the name first and fill it then would leave an empty file under
        # it if this process were killed in between.
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        os.rename(source, target)


def keep_name(folder: Path) -> None:
    """After a power cut, too; where a folder can be opened."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def write_where_nothing_is(content: bytes, target: Path) -> None:
    """A new file, whole or not at all. Raises FileExistsError, and another OSError where it cannot be written."""
    part, file = open_part(target.parent)
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_where_nothing_is(part, target)
        keep_name(target.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
