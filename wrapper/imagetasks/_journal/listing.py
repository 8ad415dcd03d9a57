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
    What a client's journal holds, in the order of the submits. Tasks are as they were last seen, without `raw`.

        for task in client.journal.open():
            print(task, task.label)
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def open(self, *, label: str | None = None) -> list[Task]:
        """Tasks that are not done: not saved, not released, not failed. Also only those of one label."""
        return self._journal.tasks(is_open=True, label=label).result()

    def unsaved(self, *, label: str | None = None) -> list[Task]:
        """Open tasks that have succeeded."""
        return unsaved(self.open(label=label))

    def unknown(self, *, label: str | None = None) -> list[Intent]:
        """Submits that may have been accepted, although no answer came."""
        return self._journal.unknown(label=label).result()

    def by_label(self, label: str) -> list[Task]:
        """All tasks of a label, also those that are done."""
        return self._journal.tasks(label=label).result()


class AsyncJournalListing:
    """
    What a client's journal holds, in the order of the submits. Tasks are as they were last seen, without `raw`.

        for task in await client.journal.open():
            print(task, task.label)
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def open(self, *, label: str | None = None) -> list[Task]:
        """Tasks that are not done: not saved, not released, not failed. Also only those of one label."""
        return await asyncio.wrap_future(self._journal.tasks(is_open=True, label=label))

    async def unsaved(self, *, label: str | None = None) -> list[Task]:
        """Open tasks that have succeeded."""
        return unsaved(await self.open(label=label))

    async def unknown(self, *, label: str | None = None) -> list[Intent]:
        """Submits that may have been accepted, although no answer came."""
        return await asyncio.wrap_future(self._journal.unknown(label=label))

    async def by_label(self, label: str) -> list[Task]:
        """All tasks of a label, also those that are done."""
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
