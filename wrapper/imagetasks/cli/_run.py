"""One run: submit to all vendors at once, wait, save each result as it comes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imagetasks

from .._journal.intent import outcome_unknown
from .._lazy import asyncio
from .._results.items import NAME
from . import _silence
from ._exits import ExitCodes, exit_code
from ._jobs import Job
from ._views import View


@dataclass(frozen=True)
class Saving:
    """How results become files."""

    folder: Path
    name: str = NAME
    sidecar: bool = True


class Watch:
    """Names a vendor that does not answer, once, while its submits are tried again."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._told: set[str] = set()
        self._waiting: dict[str, float] = {}
        self._models: dict[tuple[str, str], str | None] = {}
        self.unsettled = 0
        """Submits that have left, and may have been accepted, though no answer came."""

    def with_model(self, task: imagetasks.Task) -> imagetasks.Task:
        """A later snapshot need not tell it."""
        known = self._models.get((task.provider, task.id))
        return replace(task, model=known) if task.model is None and known else task

    def event(self, event: imagetasks.Event) -> None:
        match event:
            case imagetasks.Submitting():
                self._waiting.setdefault(event.provider, time.monotonic())
                self.unsettled += 1
            case imagetasks.Submitted():
                self._waiting.pop(event.provider, None)
                self.unsettled -= event.outcome != "unknown"
                for task in event.tasks:
                    self._models[task.provider, task.id] = task.model or event.model
                error = event.error
                if event.outcome == "retried" and error is not None:
                    self._tell(event.provider, f"{error}; the client tries again")
            case imagetasks.Polled(error=imagetasks.NetworkError() as error):
                self._tell(event.task.provider, f"{error}; the client polls again")

    async def look(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for provider, since in list(self._waiting.items()):
                if time.monotonic() - since > _silence.SILENCE:
                    self._tell(provider, _silence.silence_in_words(provider))

    def _tell(self, provider: str, words: str) -> None:
        if provider not in self._told:
            self._told.add(provider)
            self._view.note(words)


class Run:
    """
    Of one client, whose `on_event` is `watch.event`. `open_tasks` are those that go on at their vendors when it is broken
    off.
    """

    def __init__(
        self, view: View, saving: Saving | None, codes: ExitCodes, *, timeout: float
    ) -> None:
        """No `saving`: nothing is waited for."""
        self._view = view
        self._codes = codes
        self._saving = saving
        self._end = time.monotonic() + timeout
        self.watch = Watch(view)
        self._following: list[asyncio.Task[None]] = []
        self.open_tasks: dict[tuple[str, str], imagetasks.Task] = {}

    @property
    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.0)

    async def submit(
        self,
        client: imagetasks.AsyncClient,
        jobs: Sequence[Job],
        max_credits: float | None,
    ) -> None:
        """All jobs, those of each vendor in order. `max_credits`: of each vendor."""
        names = dict.fromkeys(job.provider for job in jobs)
        by_vendor = [[job for job in jobs if job.provider == name] for name in names]
        await self._until_saved(
            *(self._submit_to(client, mine, max_credits) for mine in by_vendor)
        )

    async def resume(self, client: imagetasks.AsyncClient) -> None:
        """What a journal has open; then its unknown submits, which somebody has to settle."""
        for task in await client.journal.open():
            self.open_tasks[task.provider, task.id] = task
            self._view.accepted(task)
        await self._until_saved(self._save_resumed(client))
        for intent in await client.journal.unknown():
            self.fail(outcome_unknown(intent))

    async def wait(
        self, client: imagetasks.AsyncClient, tasks: Sequence[imagetasks.Task]
    ) -> None:
        for task in tasks:
            self._accept(client, task)
        await self._until_saved()

    async def _save_resumed(self, client: imagetasks.AsyncClient) -> None:
        resumed: AsyncIterator[imagetasks.Task | imagetasks.ImageTasksError]
        resumed = client.resume(timeout=self.left, on_update=self._changed)
        async for one in resumed:
            self._follow(self._save_one(client, one))

    async def _submit_to(
        self,
        client: imagetasks.AsyncClient,
        jobs: Sequence[Job],
        max_credits: float | None,
    ) -> None:
        made = await client.submit_many(
            jobs[0].provider,
            [job.request for job in jobs],
            timeout=self.left,
            label=[job.label for job in jobs],
            max_credits=max_credits,
            on_update=lambda task: self._accept(client, task),
        )
        for one in made:
            if isinstance(one, imagetasks.ImageTasksError):
                self.fail(one)

    def _accept(self, client: imagetasks.AsyncClient, task: imagetasks.Task) -> None:
        task = self.watch.with_model(task)
        self._view.accepted(task)
        if self._saving is not None:
            self.open_tasks[task.provider, task.id] = task
            self._follow(self._finish(client, task))

    async def _finish(
        self, client: imagetasks.AsyncClient, task: imagetasks.Task
    ) -> None:
        try:
            done = await client.wait(task, timeout=self.left, on_update=self._changed)
        except imagetasks.ImageTasksError as error:
            self.fail(error)
        except ValueError as error:  # a vendor that nobody knows
            self.fail(imagetasks.UnsupportedRequest(str(error), task=task))
        else:
            await self._save_one(client, done)

    def _changed(self, task: imagetasks.Task) -> None:
        task = self.watch.with_model(task)
        place = task.provider, task.id
        if place in self.open_tasks:
            self.open_tasks[place] = task
        self._view.changed(task)

    async def _save_one(
        self,
        client: imagetasks.AsyncClient,
        one: imagetasks.Task | imagetasks.ImageTasksError,
    ) -> None:
        saving = self._saving
        if saving is None:
            return
        if isinstance(one, imagetasks.ImageTasksError):
            self.fail(one)
            return
        one = self.watch.with_model(one)
        try:
            files = await client.download(
                one, saving.folder, name=saving.name, sidecar=saving.sidecar
            )
        except imagetasks.ImageTasksError as error:
            self.fail(error)
            return
        self.open_tasks.pop((one.provider, one.id), None)
        self._view.saved(one, files)

    def fail(self, error: imagetasks.ImageTasksError) -> None:
        if error.task is not None and isinstance(error, imagetasks.TaskFailed):
            self.open_tasks.pop((error.task.provider, error.task.id), None)
        self._codes.note(exit_code(error))
        self._view.failed(error)

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        self._following.append(asyncio.ensure_future(work))

    async def _until_saved(self, *starting: Coroutine[Any, Any, None]) -> None:
        """Until what starts has started, and every task of it is saved or has failed. Leaves nothing running."""
        watching = asyncio.ensure_future(self.watch.look())
        started = [asyncio.ensure_future(each) for each in starting]
        try:
            await _ended(started)
            await _ended(self._following)
        finally:
            # A submit that is cancelled ends once its tasks are known: these are paid for, and told of.
            if not all(each.done() for each in started):
                self._view.note(
                    "Stopping, once submits that are under way are answered. Ctrl-C again waits for none."
                )
            await _cancelled(started)
            await _cancelled([watching, *self._following])


async def _ended(work: Sequence[asyncio.Task[None]]) -> None:
    """Raises what one of them raised. Whoever breaks this off breaks off none of them."""
    if work:
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
        for each in done:
            each.result()


async def _cancelled(work: Sequence[asyncio.Task[None]]) -> None:
    for each in work:
        each.cancel()
    await asyncio.gather(*work, return_exceptions=True)
