"""All artifacts of one task, as both downloaders see them: what to do, without asking for anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from .._errors import ImageTasksError
from .._http.files import FileHead
from .._scheduling.events import Downloaded, Observer
from .._task import Task
from .hosts import Hosts
from .items import NAME, items_of, make_folder
from .leftovers import Sweeper
from .partial import Partial, Saved
from .progress import OnProgress, Progress, Reporter
from .retrieval import Ask, FileBody, Retrieval
from .successes import Successes

if TYPE_CHECKING:
    from .sidecar_writing import Sidecars

AT_ONCE = 4
"""Artifacts of one call."""
LATE = 10.0
"""Seconds after the success was first seen for which a host may not have the file yet."""

Fresh = Task | ImageTasksError | None
"""What the vendor says now of a task; None where the client has no key for it."""
OnSaved = Callable[[Downloaded], object]
"""Takes the files of a call as they are whole. In place of the client's events, where a file goes on from its folder."""


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """What a client's downloads have in common. `stall`: seconds without a byte."""

    hosts: Hosts
    user_agent: str
    observer: Observer
    stall: float
    clock: Callable[[], float]
    rng: Random
    successes: Successes
    sweeper: Sweeper = field(default_factory=Sweeper)


class TaskDownload:
    """One call of `download`. Each artifact is looked at before any is asked for."""

    def __init__(
        self,
        task: Task,
        folder: Path,
        settings: DownloadSettings,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecars: Sidecars | None,
        name: str = NAME,
        on_saved: OnSaved | None = None,
    ) -> None:
        self.folder = folder
        self._sidecars = sidecars
        self._on_saved = on_saved or settings.observer.tell
        self._settings = settings
        self._end = settings.clock() + timeout
        self._reporter = Reporter(on_progress, settings.clock)
        late_until = settings.successes.first_seen(task) + LATE
        self.retrievals = [
            Retrieval(
                item,
                settings.hosts,
                end=self._end,
                rng=settings.rng,
                late_until=late_until,
            )
            for item in items_of(task, name)
        ]
        make_folder(task, folder)
        settings.sweeper.sweep(folder)

    @property
    def left(self) -> float:
        """Seconds, none after the end."""
        return max(self._end - self._settings.clock(), 0.0)

    @property
    def stall(self) -> float:
        return min(self._settings.stall, self.left)

    def now(self) -> float:
        return self._settings.clock()

    def next_ask(self, retrieval: Retrieval, partial: Partial) -> Ask:
        return retrieval.next_ask(received=partial.size, now=self.now())

    def answered(self, retrieval: Retrieval, response: FileHead) -> FileBody | None:
        return retrieval.answered(response, now=self.now())

    def add(
        self, chunk: bytes, retrieval: Retrieval, partial: Partial, body: FileBody
    ) -> None:
        retrieval.check_time(now=self.now())
        partial.write(chunk)
        self.report(retrieval, partial, body)

    def report(
        self,
        retrieval: Retrieval,
        partial: Partial,
        body: FileBody,
        *,
        last: bool = False,
    ) -> None:
        item = retrieval.item
        received, total = partial.size, partial.size if last else body.total
        self._reporter.tell(
            Progress(task=item.task, n=item.n, received=received, total=total),
            always=last,
        )

    def write_sidecar(self, retrieval: Retrieval, saved: Saved) -> None:
        """Of a file that is whole, where somebody wants one."""
        if self._sidecars is not None:
            self._sidecars.write(retrieval.item, saved)

    def tell(self, retrieval: Retrieval, saved: Saved, *, began: float) -> None:
        """Of a file that is whole, under its name."""
        self._on_saved(
            Downloaded(
                task=retrieval.item.task,
                n=retrieval.item.n,
                path=saved.path,
                size=saved.size,
                sha256=saved.sha256,
                took=self.now() - began,
            )
        )
