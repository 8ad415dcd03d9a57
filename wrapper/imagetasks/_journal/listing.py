"""What a journal holds, as typed values: nobody needs SQL for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .._errors import ArtifactExpired
from .._lazy import asyncio
from .._request import Intent
from .._task import State, Task

if TYPE_CHECKING:
    from .journal import Journal


class JournalListing:
    """
    What the journal of a client holds, in the order of the submits. Tasks are as they were last seen, without `raw`.

    open: tasks that are not over: not saved, not released, not failed. unsaved: those of them that have succeeded.
    unknown: submits that may have been accepted. by_label: all tasks of a label, also those that are over.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def open(self, *, label: str | None = None) -> list[Task]:
        return self._journal.tasks(is_open=True, label=label).result()

    def unsaved(self, *, label: str | None = None) -> list[Task]:
        return unsaved(self.open(label=label))

    def unknown(self, *, label: str | None = None) -> list[Intent]:
        return self._journal.unknown(label=label).result()

    def by_label(self, label: str) -> list[Task]:
        return self._journal.tasks(label=label).result()


class AsyncJournalListing:
    """
    What the journal of a client holds, in the order of the submits. Tasks are as they were last seen, without `raw`.

    open: tasks that are not over: not saved, not released, not failed. unsaved: those of them that have succeeded.
    unknown: submits that may have been accepted. by_label: all tasks of a label, also those that are over.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def open(self, *, label: str | None = None) -> list[Task]:
        return await asyncio.wrap_future(self._journal.tasks(is_open=True, label=label))

    async def unsaved(self, *, label: str | None = None) -> list[Task]:
        return unsaved(await self.open(label=label))

    async def unknown(self, *, label: str | None = None) -> list[Intent]:
        return await asyncio.wrap_future(self._journal.unknown(label=label))

    async def by_label(self, label: str) -> list[Task]:
        return await asyncio.wrap_future(self._journal.tasks(label=label))


def unsaved(tasks: list[Task]) -> list[Task]:
    """Of open tasks, those that have succeeded."""
    return [task for task in tasks if task.state is State.SUCCEEDED]


def as_it_is(task: Task) -> Task | ArtifactExpired:
    """A finished task that nobody saved; its error where the documented lifetime of all its results is over."""
    now = datetime.now(UTC)
    ends = [artifact.expires_at for artifact in task.artifacts]
    if not ends or any(end is None or end > now for end in ends):
        return task
    return ArtifactExpired(
        f"{task}: its results were not saved, and their documented lifetime is over. `download` of `error.task` still "
        "asks the vendor for them; `release` lets it go",
        task=task,
    )
