"""What is written down of each submit: the intent before it is sent, its outcome, and what becomes of its tasks."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike
from typing import Any, TypeVar

from .._errors import JournalError, logger
from .._request import Intent, OriginalRequest
from .._spending.ledger import Accepted, charged_of
from .._spending.spending import Cost
from .._task import State, Task, task_from_json, task_to_json
from .books import read_books
from .file import HERE, as_one_address
from .intent import (
    Ending,
    asked_from_json,
    digest_of,
    request_from_json,
    request_to_json,
)
from .writer import Work, Writer

T = TypeVar("T")


class Journal:
    """
    A file of intents and tasks, for one client. Each method returns at once, with a future where it matters when the
    disk has it; all work is done in the order of the calls.

    An intent is live while this process sends or settles it: it has no ending yet, and needs none.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        prompts: bool,
        base_urls: Mapping[str, str] | None = None,
    ) -> None:
        """`base_urls`: the servers of the client, by vendor. Of other servers it reads nothing."""
        self._writer = Writer(path)
        self._prompts = prompts
        self._base_urls = {
            provider: as_one_address(url) for provider, url in (base_urls or {}).items()
        }
        self._writer.first(self._enter_servers)
        self.books = self._writer.first(read_books)
        """What earlier programs spent, as the file had it when it was opened."""

    def open(self, intent: Intent, *, reserved: float) -> Future[None]:
        """An attempt is about to leave: it may not before the future is done. It may cost `reserved` credits."""
        row = (
            intent.id,
            intent.provider,
            request_to_json(intent.request, prompts=self._prompts)
            if intent.request
            else "",
            intent.idempotency_key,
            intent.sent_at.isoformat(),
            intent.label,
            reserved,
            self._base_urls.get(intent.provider),
            digest_of(intent.provider, intent.request) if intent.request else None,
        )

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO intents (id, provider, request, idempotency_key, sent_at, label, reserved, base_url, digest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET outcome = NULL, settled_at = NULL, reserved = excluded.reserved",
                row,
            )
            _enter(connection, intent)

        return self._writer.do(write)

    def accept(
        self,
        intent: Intent,
        tasks: list[Task],
        accepted: Accepted,
        *,
        instead_of: Intent | None = None,
    ) -> Future[None]:
        """The vendor gave these tasks, at least one. An error carries the first of them."""

        def write(connection: sqlite3.Connection) -> None:
            reserved = accepted.still_reserved
            self._end(connection, intent, Ending.ACCEPTED, reserved=reserved)
            if instead_of is not None:
                self._end(connection, instead_of, Ending.RESUBMITTED)
            for task, cost in zip(tasks, accepted.costs, strict=True):
                self._add(connection, intent, task, cost)

        return self._writer.do(
            write, task=tasks[0], otherwise=lambda c: _leave(c, intent)
        )

    def settle(self, intent: Intent, ending: Ending) -> Future[None]:
        """There will be no task."""
        return self._writer.do(
            lambda c: self._end(c, intent, ending),
            otherwise=lambda c: _leave(c, intent),
        )

    def withdraw(self, intent: Intent) -> None:
        """It was not sent, and nobody waits until that is written."""
        self._later(lambda c: self._end(c, intent, Ending.NOT_SENT))

    def release(self, intent: Intent) -> None:
        """The attempt is over, and nobody knows how it ended."""
        self._later(lambda c: _leave(c, intent))

    def claim(self, intent: Intent) -> Future[None]:
        """Somebody is about to settle it. Raises JournalError when it is settled, or being settled."""

        def claim(connection: sqlite3.Connection) -> None:
            self._check_open(connection, intent)
            _enter(connection, intent)

        return self._writer.do(claim)

    def resolve(self, intent: Intent, task: Task, accepted: Accepted) -> Future[None]:
        """It is this task. Raises JournalError when that one came of another submit."""

        def write(connection: sqlite3.Connection) -> None:
            found = connection.execute(
                f"SELECT intent FROM tasks WHERE (provider, id) = (?, ?) AND intent IN ({HERE})",
                (task.provider, task.id),
            ).fetchone()
            if found:
                raise self._writer.error(f"{task} is known from another submit")
            reserved = accepted.still_reserved
            self._end(connection, intent, Ending.RESOLVED, reserved=reserved)
            self._add(connection, intent, task, accepted.costs[0])

        return self._writer.do(write, task=task)

    def abandon(self, left: Intent | Task) -> Future[None]:
        """Never mind it. Raises JournalError where there is nothing open."""

        def write(connection: sqlite3.Connection) -> None:
            if isinstance(left, Intent):
                self._check_open(connection, left)
                self._end(connection, left, Ending.ABANDONED)
                return
            closed = connection.execute(
                "UPDATE tasks SET is_open = 0 WHERE (provider, id) = (?, ?) AND is_open",
                (left.provider, left.id),
            )
            if not closed.rowcount:
                raise self._writer.error(f"{left} is not open in it")

        return self._writer.do(write)

    def release_task(self, task: Task) -> Future[None]:
        """The caller is done with it. Raises JournalError where it is none of ours."""

        def write(connection: sqlite3.Connection) -> None:
            if not _close(connection, task):
                raise self._writer.error(f"{task} is not in it")

        return self._writer.do(write)

    def record_state(self, provider: str, task_id: str, task: Task) -> None:
        """What `task_id` has become, if it is one of ours: its vendor may spell the id in another way."""

        def write(connection: sqlite3.Connection) -> None:
            place = (provider, task_id)
            found = connection.execute(
                "SELECT snapshot FROM tasks WHERE (provider, id) = (?, ?)", place
            ).fetchone()
            if found is None:
                return
            # An address to ask at stays: a look by id alone does not know it.
            address = task._status_url or json.loads(found[0]).get("_status_url")
            snapshot = self._snapshot(replace(task, _status_url=address))
            connection.execute(
                "UPDATE tasks SET state = ?, is_open = is_open AND ?, changed_at = ?, snapshot = ?,"
                " charged = coalesce(?, charged), is_refunded = is_refunded OR ?"
                " WHERE (provider, id) = (?, ?)",
                (
                    task.state,
                    _may_be_open(task),
                    _now(),
                    snapshot,
                    charged_of(task),
                    bool(task.refunded),
                    *place,
                ),
            )

        self._later(write)

    def record_file(self, task: Task, place: str, size: int, sha256: str) -> None:
        """A result was saved: in a file, by its whole path, or in a store, by a URL."""
        name = os.fsencode(place).decode("utf-8", "replace")
        row = (task.provider, task.id, name, size, sha256, _now())
        self._later(
            lambda c: c.execute(
                "INSERT OR REPLACE INTO files (provider, task, path, size, sha256, saved_at) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
        )

    def record_saved(self, task: Task) -> Future[None]:
        """All its results are files. The future is done also where that could not be written."""
        return self._later(lambda c: _close(c, task))

    def tasks(
        self, *, is_open: bool = False, label: str | None = None
    ) -> Future[list[Task]]:
        """Those that are open, or all, in the order of their submits."""

        def read(connection: sqlite3.Connection) -> list[Task]:
            found = connection.execute(
                "SELECT provider, id, label, snapshot FROM tasks"
                f" WHERE (is_open OR NOT ?) AND (label = ? OR ? IS NULL) AND intent IN ({HERE}) ORDER BY rowid",
                (is_open, label, label),
            )
            return self._read(_task, found)

        return self._writer.do(read)

    def request_of(self, task: Task) -> Future[OriginalRequest | None]:
        """What a task was made from; None where it is none of ours, or an earlier program did not write that down."""

        def read(connection: sqlite3.Connection) -> OriginalRequest | None:
            found = connection.execute(
                "SELECT request FROM intents JOIN tasks ON intents.id = tasks.intent"
                " WHERE (tasks.provider, tasks.id) = (?, ?) AND request != ''",
                (task.provider, task.id),
            )
            return next(iter(self._read(asked_from_json, found)), None)

        return self._writer.do(read)

    def unknown(self, *, label: str | None = None) -> Future[list[Intent]]:
        """Submits without an outcome, but those that are under way."""

        def read(connection: sqlite3.Connection) -> list[Intent]:
            found = connection.execute(
                "SELECT id, provider, request, idempotency_key, sent_at, label FROM intents"
                " WHERE outcome IS NULL AND id NOT IN (SELECT id FROM live)"
                f" AND (label = ? OR ? IS NULL) AND id IN ({HERE}) ORDER BY rowid",
                (label, label),
            )
            return self._read(_intent, found)

        return self._writer.do(read)

    def _read(self, make: Callable[..., T], rows: Iterable[tuple[Any, ...]]) -> list[T]:
        try:
            return [make(*row) for row in rows]
        except (LookupError, TypeError, ValueError) as cause:
            raise self._writer.error("a row of it cannot be read") from cause

    def _enter_servers(self, connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO servers (provider, base_url) VALUES (?, ?)",
            self._base_urls.items(),
        )

    def close(self) -> None:
        """Once everything is written."""
        self._writer.close()

    def _later(self, work: Work[object]) -> Future[None]:
        """What gets lost is found out again by the next look at the task. The future never fails."""
        over: Future[None] = Future()

        def end(done: Future[object]) -> None:
            _log_failure(done)
            over.set_result(None)

        try:
            self._writer.do(work).add_done_callback(end)
        except JournalError as error:
            logger.debug("%s", error)
            over.set_result(None)
        return over

    def _add(
        self, connection: sqlite3.Connection, intent: Intent, task: Task, cost: Cost
    ) -> None:
        # Where the vendor deduplicates, a repeated submit gives the task that is known. Of another server, such as a mock
        # that gives the same ids each time, the later one holds; the files of the earlier are not its own.
        connection.execute(
            "DELETE FROM files WHERE (provider, task) IN (SELECT provider, id FROM tasks"
            f" WHERE (provider, id) = (?, ?) AND intent NOT IN ({HERE}))",
            (task.provider, task.id),
        )
        connection.execute(
            "INSERT INTO tasks (provider, id, intent, is_open, state, snapshot, changed_at, label,"
            " model, day, reserved, estimated, charged, is_refunded)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (provider, id) DO UPDATE SET"
            " intent = excluded.intent, is_open = excluded.is_open, state = excluded.state, snapshot = excluded.snapshot,"
            " changed_at = excluded.changed_at, label = excluded.label, model = excluded.model, day = excluded.day,"
            " reserved = excluded.reserved, estimated = excluded.estimated, charged = excluded.charged,"
            f" is_refunded = excluded.is_refunded WHERE intent NOT IN ({HERE})",
            (
                task.provider,
                task.id,
                intent.id,
                _may_be_open(task),
                task.state,
                self._snapshot(task),
                _now(),
                intent.label,
                cost.model,
                cost.day.isoformat(),
                cost.reserved,
                cost.estimated,
                cost.charged,
                cost.is_refunded,
            ),
        )

    def _end(
        self,
        connection: sqlite3.Connection,
        intent: Intent,
        ending: Ending,
        *,
        reserved: float = 0.0,
    ) -> None:
        connection.execute(
            "UPDATE intents SET outcome = ?, settled_at = ?, reserved = ? WHERE id = ?",
            (ending, _now(), reserved, intent.id),
        )
        _leave(connection, intent)

    def _check_open(self, connection: sqlite3.Connection, intent: Intent) -> None:
        found = connection.execute(
            "SELECT outcome FROM intents WHERE id = ?", (intent.id,)
        ).fetchone()
        if found is None:
            raise self._writer.error(f"{intent} is not in it")
        if found[0] is not None:
            raise self._writer.error(f"{intent} is settled: {found[0]}")
        if _is_live(connection, intent):
            raise self._writer.error(f"{intent} is under way")

    def _snapshot(self, task: Task) -> str:
        if task.error is not None and not self._prompts:  # it may quote the prompt
            task = replace(task, error=replace(task.error, message=""))
        return json.dumps(task_to_json(task), allow_nan=False)


def _may_be_open(task: Task) -> bool:
    """Whether there is, or may yet be, something to save."""
    return task.state not in (State.FAILED, State.CANCELLED)


def _close(connection: sqlite3.Connection, task: Task) -> bool:
    """Whether it is one of ours."""
    closed = connection.execute(
        "UPDATE tasks SET is_open = 0 WHERE (provider, id) = (?, ?)",
        (task.provider, task.id),
    )
    return bool(closed.rowcount)


def _enter(connection: sqlite3.Connection, intent: Intent) -> None:
    connection.execute("INSERT OR IGNORE INTO live (id) VALUES (?)", (intent.id,))


def _leave(connection: sqlite3.Connection, intent: Intent) -> None:
    connection.execute("DELETE FROM live WHERE id = ?", (intent.id,))


def _is_live(connection: sqlite3.Connection, intent: Intent) -> bool:
    found = connection.execute("SELECT 1 FROM live WHERE id = ?", (intent.id,))
    return found.fetchone() is not None


def _task(provider: str, task_id: str, label: str | None, snapshot: str) -> Task:
    # The id to ask for: an answer may have spelled it in another way.
    known = task_from_json(json.loads(snapshot))
    return replace(known, provider=provider, id=task_id, label=label)


def _intent(
    intent_id: str,
    provider: str,
    request: str,
    key: str | None,
    sent_at: str,
    label: str | None,
) -> Intent:
    return Intent(
        id=intent_id,
        provider=provider,
        request=request_from_json(request) if request else None,
        sent_at=datetime.fromisoformat(sent_at),
        idempotency_key=key,
        label=label,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _log_failure(done: Future[object]) -> None:
    if (error := done.exception()) is not None:
        logger.error("%s", error)
