"""The artifacts of a task as what is to be fetched: each with its place, its file name and its errors."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from .._errors import DownloadError
from .._task import Artifact, State, Task

LONGEST = 100
"""Characters of provider and id in a file name; file systems take 255 bytes for the whole."""


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact on its way to a file."""

    task: Task
    n: int
    artifact: Artifact

    def error(self, why: str) -> DownloadError:
        return DownloadError(f"{self.task}, result {self.n}: {why}", task=self.task)

    @property
    def stem(self) -> str:
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


def items_of(task: Task) -> list[Item]:
    if task.state is not State.SUCCEEDED or not task.artifacts:
        raise DownloadError(f"{task}: there is nothing to download", task=task)
    return [
        Item(task, n, _trimmed(artifact))
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
