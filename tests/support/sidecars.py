"""Of tests with sidecars."""

from __future__ import annotations

from pathlib import Path

from imagetasks import Sidecar, read_sidecar
from support.result_hosts import XING

NAME = f"{XING}-image_1-1.png"


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def sidecar_of(path: Path) -> Sidecar:
    return read_sidecar(beside(path))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
