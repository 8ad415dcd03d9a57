"""For PyInstaller, which finds this by an entry point: what of these packages goes into a frozen program."""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    return [str(Path(__file__).parent)]
