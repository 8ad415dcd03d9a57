"""What a journal holds, for whoever has the file and no client: all servers, and what is over too."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from .._errors import JournalError
from .._request import FollowUp, Intent, OriginalRequest, count_of
from .._spending.spending import Cost
from .._task import Task, task_from_json
from .file import APPLICATION_ID, JournalFile, explained
from .intent import asked_from_json, request_from_json
from .migrations import VERSION

TASKS = """
SELECT tasks.provider, tasks.id, tasks.label, snapshot, is_open, changed_at, model, day, tasks.reserved, estimated, charged,
    is_refunded, sent_at, request, base_url, digest,
    (SELECT json_group_array(path) FROM files WHERE (files.provider, files.task) = (tasks.provider, tasks.id))
FROM tasks JOIN intents ON intents.id = intent ORDER BY tasks.rowid
"""
UNKNOWN = """
SELECT id, provider, request, idempotency_key, sent_at, label, reserved, base_url, digest FROM intents
WHERE outcome IS NULL ORDER BY rowid
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A task as a journal has it. `base_url`: where it was submitted; None in what an earlier format left. `files`: paths and URLs."""

    task: Task
    asked: OriginalRequest | None
    is_open: bool
    sent_at: datetime
    changed_at: datetime
    base_url: str | None
    digest: str | None
    files: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True, kw_only=True)
class UnknownSubmit:
    """A submit that may have been accepted, or, in a journal that is in use, is under way."""

    intent: Intent
    base_url: str | None
    digest: str | None
    reserved: float

    @property
    def count(self) -> int:
        """Tasks that it may have become."""
        request = self.intent.request
        if request is None or isinstance(request, FollowUp):
            return 1
        return count_of(request)


class BlankJournal(JournalError):
    """Nothing was ever written in it: what made the file is beginning, or was killed while it did."""


@dataclass(frozen=True)
class Contents:
    entries: list[Entry]
    unknown: list[UnknownSubmit]


def read_contents(path: str | PathLike[str]) -> Contents:
    """
    Also while a client has it open. Raises JournalError for what is no journal; one of an earlier format becomes one of
    today's, unless it is in use.
    """
    name = os.path.realpath(os.fsdecode(path))
    with explained(name):
        os.stat(name)
        with closing(_connect(name)) as connection:
            if _is_of_today(connection):
                return _read(connection, name)
            if _is_blank(connection):
                raise BlankJournal(f"journal {name}: it is empty, and no journal")
    # Of an earlier format, or of something else: what opens it knows the words.
    file = JournalFile(name, may_create=False)
    try:
        with explained(name):
            return _read(file.connection, name)
    finally:
        file.close()


def is_in_use(path: str | PathLike[str]) -> bool:
    """
    Whether a client has it open now. A client that opens it meanwhile waits until this is over, and two that look do not take
    each other for a client.
    """
    lock = os.path.realpath(os.fsdecode(path)) + "-lock"
    if not os.path.exists(lock):
        return False
    try:
        with closing(_connect(lock, timeout=0)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        return True
    return False


def _connect(path: str, timeout: float = 5) -> sqlite3.Connection:
    address = f"{Path(path).as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)


def _is_of_today(connection: sqlite3.Connection) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return bool(application == APPLICATION_ID and version == VERSION)


def _is_blank(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == 0)


def _read(connection: sqlite3.Connection, path: str) -> Contents:
    try:
        return Contents(
            list(_entries(connection.execute(TASKS))),
            [_unknown(*row) for row in connection.execute(UNKNOWN)],
        )
    except (LookupError, TypeError, ValueError) as cause:
        raise JournalError(f"journal {path}: a row of it cannot be read") from cause


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterable[Entry]:
    for row in rows:
        provider, task_id, label, snapshot, is_open, changed_at, *more = row
        model, day, reserved, estimated, charged, is_refunded, *where = more
        sent_at, request, base_url, digest, files = where
        known = task_from_json(json.loads(snapshot))
        sent = datetime.fromisoformat(sent_at)
        yield Entry(
            task=replace(known, provider=provider, id=task_id, label=label),
            asked=asked_from_json(request) if request else None,
            is_open=bool(is_open),
            sent_at=sent,
            changed_at=datetime.fromisoformat(changed_at),
            base_url=base_url,
            digest=digest,
            files=tuple(json.loads(files)),
            cost=Cost(
                provider,
                model,
                datetime.fromisoformat(day).date() if day else sent.date(),
                reserved,
                estimated,
                charged,
                bool(is_refunded),
            ),
        )


def _unknown(
    intent_id: str,
    provider: str,
    request: str,
    key: str | None,
    sent_at: str,
    label: str | None,
    reserved: float,
    base_url: str | None,
    digest: str | None,
) -> UnknownSubmit:
    intent = Intent(
        id=intent_id,
        provider=provider,
        request=request_from_json(request) if request else None,
        sent_at=datetime.fromisoformat(sent_at),
        idempotency_key=key,
        label=label,
    )
    return UnknownSubmit(
        intent=intent, base_url=base_url, digest=digest, reserved=reserved
    )
