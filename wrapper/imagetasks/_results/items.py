"""The artifacts of a task as what is to be fetched: each with its place, its file name and its errors."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from string import Formatter

from .._errors import DownloadError
from .._task import Artifact, State, Task

NAME = "{provider}-{id}-{n}"
NAMES = ("provider", "id", "n", "label", "model", "kind")
STORES = ("s3://", "gs://", "az://")
"""What the URLs of object stores begin with."""
LONGEST = 100
"""Bytes of a template, and of provider and id, in a file name; file systems take 255 for the whole."""


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact on its way to a file."""

    task: Task
    n: int
    artifact: Artifact
    name: str = NAME

    def error(self, why: str) -> DownloadError:
        return DownloadError(f"{self.task}, result {self.n}: {why}", task=self.task)

    @property
    def stems(self) -> tuple[str, ...]:
        """File names without extension, the best first: the next one is for where another task has the file of that name."""
        if self.name == NAME:
            return (self._own_stem,)
        values = {
            "provider": self.task.provider,
            "id": self.task.id,
            "n": self.n,
            "label": self.task.label or "",
            "model": self.task.model or "",
            "kind": self.task.kind,
        }
        given = self.name.format(**values)
        if "{n}" not in self.name and self.n > 1:
            given += f"-{self.n}"
        # Letters of any language; a name of dots alone, or with one in front, is a folder or hidden.
        safe = (
            re.sub(r"[^\w. -]", "_", given).encode()[:LONGEST].decode(errors="ignore")
        )
        safe = safe.strip(" .-")
        if not safe:
            return (self._own_stem,)
        return safe, f"{safe}-{self._own_stem}"

    @property
    def _own_stem(self) -> str:
        """The id is the vendor's text: it must not lead out of the folder, nor to the name of another id's file."""
        given = f"{self.task.provider}-{self.task.id}"
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", given)[:LONGEST]
        if safe != given:
            digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
            safe = f"{safe}-{digest[:12]}"
        return f"{safe}-{self.n}"

    def of(self, task: Task) -> Item | None:
        """The same artifact in a later snapshot; None where that has no other URL for it."""
        if self.n > len(task.artifacts):
            return None
        artifact = _trimmed(task.artifacts[self.n - 1])
        if artifact.url == self.artifact.url:
            return None
        return replace(self, task=task, artifact=artifact)


def check_name(name: str) -> None:
    """Raises ValueError for a template that is none."""
    try:
        name.format(**dict.fromkeys(NAMES, ""))
        fields = {field for _, field, *_ in Formatter().parse(name)} - {None}
        is_one = bool(fields) and fields <= set(NAMES)
    except (ValueError, LookupError, AttributeError):
        is_one = False
    if not is_one:
        known = ", ".join(f"{{{field}}}" for field in NAMES)
        raise ValueError(f"a file name is made of {known}, not {name!r}")


def check_target(
    folder: str | PathLike[str] | None, store: object | None, name: str
) -> None:
    """Where results go: a folder or a store. Raises TypeError for both and for neither, ValueError for what cannot be."""
    if (folder is None) == (store is None):
        raise TypeError("results go into a folder, or into a store=: give one of them")
    if folder is not None and fspath(folder).startswith(STORES):
        raise ValueError(f"{fspath(folder)} is no folder: give it as store=")
    if store is not None and name != NAME:
        raise ValueError(f"in a store the names are {NAME}: two tasks have two there")
    check_name(name)


def items_of(task: Task, name: str = NAME) -> list[Item]:
    if task.state is not State.SUCCEEDED or not task.artifacts:
        raise DownloadError(f"{task}: there is nothing to download", task=task)
    return [
        Item(task, n, _trimmed(artifact), name)
        for n, artifact in enumerate(task.artifacts, start=1)
    ]


def make_folder(task: Task, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise DownloadError(
            f"{task}: no folder {folder}: {cause.strerror}", task=task
        ) from cause


def _trimmed(artifact: Artifact) -> Artifact:
    """Without the newline that vendors leave after a URL."""
    return replace(artifact, url=artifact.url.strip())
