"""What earlier commands did: a journal for each run, in the user's data folder."""

from __future__ import annotations

import json
import os
import secrets
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imagetasks

from .._journal.intent import digest_of
from ..providers import PROVIDERS
from ._jobs import Job
from ._output import say

if TYPE_CHECKING:
    from .._journal.reading import Contents, Entry, UnknownSubmit


def history_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("imagetasks", appauthor=False) / "runs"


def new_journal() -> Path | None:
    """A file for this run. None, and a warning, where there can be none."""
    folder = history_folder()
    is_first = not folder.exists()
    now = datetime.now(UTC)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.db"
        path.touch(mode=0o600, exist_ok=False)
        path.unlink()  # the journal makes it anew
    except OSError as cause:
        say(
            f"No history is kept of this run: {folder}: {cause.strerror or cause}. "
            "--journal FILE keeps one elsewhere, --no-journal says that none is wanted.",
            "yellow",
        )
        return None
    if is_first:
        say(
            f"History is kept in {folder}, prompts too, until you prune it: see imagetasks list, prune --older-than 90d, "
            "generate --no-prompts and --no-journal."
        )
    return path


def resume_command(journal: Path | None) -> str:
    """As it is typed. None: the history."""
    if journal is None:
        return "imagetasks resume"
    return f"imagetasks resume {shlex.quote(str(journal))}"


@dataclass(frozen=True)
class RunFile:
    """A journal. `about` is what the last run that submitted with it was to do with its results."""

    path: Path

    @property
    def about(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self._about_path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_about(self, **about: object) -> None:
        try:
            self._about_path.write_text(json.dumps(about), "utf-8")
            os.chmod(self._about_path, 0o600)
        except OSError:
            pass  # results go to the folder of the command that resumes it

    @property
    def _about_path(self) -> Path:
        return self.path.with_name(self.path.name + "-about")

    def contents(self) -> Contents:
        from .._journal.reading import read_contents

        return read_contents(self.path)

    @property
    def is_in_use(self) -> bool:
        from .._journal.reading import is_in_use

        return is_in_use(self.path)

    def remove(self) -> None:
        for end in ("-wal", "-shm", "-lock", "-about", ""):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)


@dataclass(frozen=True)
class Known:
    """A task of one of the runs."""

    run: RunFile
    entry: Entry

    @property
    def task(self) -> imagetasks.Task:
        return self.entry.task

    @property
    def prompt(self) -> str | None:
        """None where it was left out of the history, or the task was made from another one."""
        asked = self.entry.asked
        if asked is None or not asked.has_prompts:
            return None
        return getattr(asked.request, "prompt", None)


@dataclass(frozen=True)
class KnownUnknown:
    """A submit of one of the runs that nobody knows the outcome of."""

    run: RunFile
    submit: UnknownSubmit


class History:
    """All runs, or those of one file. Each is read once."""

    def __init__(
        self,
        journal: Path | None = None,
        *,
        last: int = 0,
        beside: Path | None = None,
        is_strict: bool = False,
    ) -> None:
        """
        last: only so many runs, the newest.
        beside: a journal that is read too, where it exists.
        is_strict: also a run that nobody asked for by name has to be readable.
        """
        if journal is not None:
            self.runs = [RunFile(journal)]
        else:
            paths = sorted(history_folder().glob("*.db"))[-last:]
            if beside is not None and beside.exists():
                known = {path.resolve() for path in paths}
                paths += [beside] if beside.resolve() not in known else []
            self.runs = [RunFile(path) for path in paths]
        self._is_one = journal is not None
        self._is_strict = is_strict or self._is_one

    @cached_property
    def contents(self) -> list[tuple[RunFile, Contents]]:
        """A run that cannot be read is named and left out. Raises JournalError where all have to be readable."""
        return list(self._read())

    def _read(self) -> Iterator[tuple[RunFile, Contents]]:
        from .._journal.reading import BlankJournal

        for run in self.runs:
            try:
                yield run, run.contents()
            except imagetasks.JournalError as error:
                has_nothing = isinstance(error, BlankJournal) or not run.path.exists()
                if has_nothing and not self._is_one:  # it begins, or was just pruned
                    continue
                if self._is_strict:
                    raise
                say(f"left out: {error}", "yellow")

    def tasks(self) -> list[Known]:
        return [
            Known(run, entry)
            for run, contents in self.contents
            for entry in contents.entries
        ]

    def unknown(self) -> list[KnownUnknown]:
        """But for submits of runs that go on: these are under way."""
        return [
            KnownUnknown(run, each)
            for run, contents in self.contents
            if contents.unknown and not run.is_in_use
            for each in contents.unknown
        ]

    def find(self, asked: str) -> Known:
        """By id, or its beginning. Raises ValueError."""
        known = sorted(self.tasks(), key=lambda one: one.entry.sent_at)
        ids = _ids(asked, (each.task.id for each in known))
        if len(ids) != 1:
            why = f"{len(ids)} tasks begin so" if ids else "there is no such task"
            raise ValueError(f"{asked}: {why} in the history; see imagetasks list")
        # A mock that was started anew gives the same ids again: the last one is meant.
        return [each for each in known if each.task.id in ids][-1]

    def find_unknown(self, asked: str) -> KnownUnknown:
        """By id, or its beginning. Raises ValueError."""
        unknown = {each.submit.intent.id: each for each in self.unknown()}
        ids = _ids(asked, unknown)
        if len(ids) != 1:
            why = f"{len(ids)} submits begin so" if ids else "there is no such submit"
            raise ValueError(f"{asked}: {why}; see imagetasks unknown")
        return unknown[ids.pop()]

    def find_either(self, asked: str) -> Known | KnownUnknown:
        """A task or an unknown submit. Raises ValueError where there is one of each."""
        submits = {each.submit.intent.id for each in self.unknown()}
        tasks = {known.task.id for known in self.tasks()}
        ids = _ids(asked, submits | tasks)
        if ids & submits and ids & tasks:
            raise ValueError(
                f"{asked}: a submit and a task begin so; give more of the id"
            )
        return self.find_unknown(asked) if ids & submits else self.find(asked)


SHORTEST = 4
"""Characters of an id that stand for the whole."""


def _ids(asked: str, known: Iterable[str]) -> set[str]:
    """The id that is asked for, else those that begin so. Raises ValueError for a beginning that says too little."""
    ids = set(known)
    if asked in ids:
        return {asked}
    if len(asked) < SHORTEST:
        raise ValueError(
            f"{asked!r}: an id, or at least the first {SHORTEST} characters of one"
        )
    return {each for each in ids if each.startswith(asked)}


def here() -> dict[str, str]:
    """The servers that commands ask today, by vendor: those of the environment, else the documented ones."""
    from .._http.servers import server_url

    return {
        name: os.environ.get(f"{name.upper()}_BASE_URL", "").strip()
        or server_url(PROVIDERS[name].spec.servers[0])
        for name in PROVIDERS
    }


def is_here(provider: str, base_url: str | None, servers: Mapping[str, str]) -> bool:
    """Whether it was sent where commands send to today."""
    from .._journal.file import as_one_address

    return base_url is None or as_one_address(base_url) == as_one_address(
        servers.get(provider, "")
    )


RECENT = 20
"""Runs that say how long tasks usually take."""


def usual_seconds() -> dict[str, float]:
    """What tasks took from submit to success in recent runs, by vendor."""
    from statistics import median

    servers = here()
    took: dict[str, list[float]] = {}
    for known in History(last=RECENT).tasks():
        entry, task = known.entry, known.task
        is_ours = is_here(task.provider, entry.base_url, servers)
        if task.state is imagetasks.State.SUCCEEDED and is_ours:
            seconds = (entry.changed_at - entry.sent_at).total_seconds()
            took.setdefault(task.provider, []).append(seconds)
    return {provider: median(each) for provider, each in took.items()}


class Paid:
    """How many results of each request were paid for already: saved, or still under way."""

    def __init__(self, journal: Path | None = None) -> None:
        """
        By the history, and by `journal` where it exists. Raises ValueError where a run cannot be read: what it has may be
        paid for.
        """
        servers = here()
        history = History(beside=journal, is_strict=True)
        try:
            contents = history.contents
        except imagetasks.JournalError as error:
            raise ValueError(
                f"{error}. Its rows may be paid for already; --no-skip-done makes all rows anew"
            ) from error
        self._saved: Counter[tuple[str | None, str | None]] = Counter()
        self._open: Counter[tuple[str | None, str | None]] = Counter()
        for known in history.tasks():
            entry, task = known.entry, known.task
            is_ours = is_here(task.provider, entry.base_url, servers)
            if entry.digest is None or not is_ours:
                continue
            kind = (entry.digest, task.label)
            if entry.is_open:
                self._open[kind] += 1
            elif task.state is imagetasks.State.SUCCEEDED:
                self._saved[kind] += 1
        for _, each_run in contents:
            for each in each_run.unknown:
                if is_here(each.intent.provider, each.base_url, servers):
                    self._open[each.digest, each.intent.label] += each.count

    def left_of(self, jobs: Iterable[Job]) -> tuple[list[Job], int, int]:
        """Jobs without what is paid for, and how many results of that are saved, and how many are under way."""
        from dataclasses import replace

        left, saved, going_on = [], 0, 0
        for job in jobs:
            kind = (digest_of(job.provider, job.request), job.label)
            done = min(job.count, self._saved[kind])
            self._saved[kind] -= done
            open_ = min(job.count - done, self._open[kind])
            self._open[kind] -= open_
            saved, going_on = saved + done, going_on + open_
            count = job.count - done - open_
            if count == job.count:
                left.append(job)
            elif count and isinstance(job.request, imagetasks.ImageRequest):
                left.append(replace(job, request=replace(job.request, count=count)))
        return left, saved, going_on
