"""The journal's file: made for us alone, held by one client at a time, checked before it is used."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

from .._errors import JournalError
from .migrations import OLDEST, VERSION, migrate

APPLICATION_ID = 0x696D7473  # "imts"
SCHEMA = """
CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    request TEXT NOT NULL,      -- JSON: {"ImageRequest": {...}}, prompts perhaps left out
    idempotency_key TEXT,
    sent_at TEXT NOT NULL,      -- before the request left
    outcome TEXT,               -- NULL: not known
    settled_at TEXT,
    label TEXT,
    reserved REAL NOT NULL DEFAULT 0,   -- credits that it may have cost, beside its tasks
    base_url TEXT,              -- where it was sent; NULL: an earlier format did not say
    digest TEXT                 -- of what each of its results was asked for, prompts too; NULL: an earlier format
);
CREATE INDEX unsettled ON intents (sent_at) WHERE outcome IS NULL;
CREATE TABLE tasks (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    intent TEXT NOT NULL REFERENCES intents (id),
    is_open INTEGER NOT NULL,   -- until its results are saved, it has failed, or the caller lets it go
    state TEXT NOT NULL,
    snapshot TEXT NOT NULL,     -- JSON: what a task's token holds, artifacts and their expiry too
    changed_at TEXT NOT NULL,
    label TEXT,
    model TEXT,
    day TEXT NOT NULL,          -- UTC, of the submit
    reserved REAL NOT NULL,     -- credits that count against a limit until the vendor says what it charged
    estimated REAL,             -- by the documented price
    charged REAL,               -- by the vendor's own number
    is_refunded INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX open_tasks ON tasks (is_open) WHERE is_open;
CREATE INDEX labelled ON tasks (label) WHERE label IS NOT NULL;
CREATE TABLE files (
    provider TEXT NOT NULL,
    task TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (provider, task, path)
)
"""
LIVE = """
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE live (id TEXT PRIMARY KEY);   -- intents that this process sends or settles: they need no outcome yet
CREATE TEMP TABLE servers (provider TEXT PRIMARY KEY, base_url TEXT NOT NULL)   -- of the client that holds the journal
"""

HERE = """
SELECT id FROM intents WHERE NOT EXISTS (
    SELECT 1 FROM servers WHERE servers.provider = intents.provider AND servers.base_url != intents.base_url
)
"""
"""Submits that did not go to another server than the client's: what a mock made is nothing to the vendor."""


def as_one_address(base_url: str) -> str:
    """With and without a slash at the end it is one server."""
    return base_url.rstrip("/")


READ_FOR = 0.3
"""Seconds to wait for somebody who looks whether it is in use, which takes no time."""
BUSY_FOR = 5.0
"""Seconds to wait for somebody who works on the file with another program."""

WORDS = {
    sqlite3.SQLITE_BUSY: "another client, of this process or of another, has it open",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
    sqlite3.SQLITE_FULL: "there is no space left for it",
    sqlite3.SQLITE_READONLY: "it is not writable",
}


class JournalFile:
    """
    The open database. Raises JournalError when it is in use, damaged, not ours, or cannot be written.

    It is held by a lock on a file of its own, beside it. SQLite's exclusive mode would do that alone, but with it a
    forked child that merely ends deletes the log that its parent is writing to; and so, others may read the journal.
    """

    def __init__(self, path: str, *, may_create: bool = True) -> None:
        """Not `may_create`: only a journal that is there is opened, and no other file becomes one."""
        with ExitStack() as opened, explained(path):
            if not may_create:
                os.stat(path)
            lock = opened.enter_context(
                closing(_connect(path + "-lock", timeout=READ_FOR))
            )
            lock.execute("PRAGMA journal_mode = MEMORY")
            lock.execute("BEGIN EXCLUSIVE")
            self.connection = opened.enter_context(
                closing(_connect(path, timeout=BUSY_FOR))
            )
            _prepare(self.connection, path, may_create)
            self._opened = opened.pop_all()

    def close(self) -> None:
        self._opened.close()


@contextmanager
def explained(path: str) -> Iterator[None]:
    """What SQLite and the system say of the file, as JournalError."""
    try:
        yield
    except sqlite3.Error as cause:
        # The lower byte is the kind, the rest says more of it.
        words = WORDS.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        why = f"{words} ({cause})" if words else str(cause)
        raise JournalError(f"journal {path}: {why}") from cause
    except OSError as cause:
        raise JournalError(f"journal {path}: {cause.strerror or cause}") from cause


def _connect(path: str, *, timeout: float) -> sqlite3.Connection:
    # Only a file that is not there yet is touched: to open and close one takes SQLite's locks off it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection, path: str, may_create: bool) -> None:
    def ask(question: str) -> Any:
        return connection.execute(question).fetchone()[0]

    application, version = ask("PRAGMA application_id"), ask("PRAGMA user_version")
    is_new = application == 0 and ask("SELECT count(*) FROM sqlite_master") == 0
    if is_new and not may_create:
        raise JournalError(f"journal {path}: it is empty, and no journal")
    if not is_new and application != APPLICATION_ID:
        raise JournalError(f"journal {path}: it is a database of something else")
    if not is_new and not OLDEST <= version <= VERSION:
        raise JournalError(
            f"journal {path}: it has format {version}, this version of imagetasks reads formats {OLDEST} to {VERSION}"
        )
    if (damage := ask("PRAGMA quick_check(1)")) != "ok":
        raise JournalError(f"journal {path}: it is damaged ({damage})")
    if ask("PRAGMA journal_mode = WAL") != "wal":
        raise JournalError(
            f"journal {path}: its file system takes no write-ahead log, a local disk does"
        )
    _make_private(path)
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(LIVE)
    if is_new:
        connection.executescript(
            f"""BEGIN IMMEDIATE; {SCHEMA};
            PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT"""
        )
    elif version < VERSION:
        migrate(connection, version)


def _make_private(path: str) -> None:
    """A file that was there already may be readable for others; raises OSError where it is somebody else's."""
    for name in (path, path + "-wal", path + "-shm", path + "-lock"):
        with suppress(FileNotFoundError):
            if os.stat(name).st_mode & 0o077:
                # By its name: to open and close the file takes SQLite's locks off it.
                os.chmod(name, 0o600)
