"""The folder for the pictures, before anything is paid for."""

from __future__ import annotations

import tempfile
from pathlib import Path


def check_folder(folder: Path) -> None:
    """Make it if need be, and see whether a file can be written there. Raises ValueError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as cause:
        raise ValueError(
            f"no picture can be saved in {folder}: {cause.strerror or cause}"
        ) from cause
