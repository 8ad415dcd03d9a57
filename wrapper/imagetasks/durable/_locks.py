"""Who works under which name: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from ._database import Database
from ._errors import DurableError

CHANNEL = "imagetasks"
"""Of NOTIFY."""
PATIENCE = 5.0
"""Seconds for which a name may still be held by somebody who adopts its tasks, or by a connection that is about to end."""


def lock_key(executor: str) -> int:
    """Of the advisory lock: a signed 64-bit number."""
    digest = hashlib.sha256(f"imagetasks executor {executor}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class FileLock:
    """Of an SQLite file: one worker at a time."""

    def __init__(self, database: Database) -> None:
        self._path = database.path
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Raises DurableError."""
        path = f"{self._path}-worker"
        connection = sqlite3.connect(path, timeout=0, check_same_thread=False)
        connection.isolation_level = None
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as cause:
            connection.close()
            raise DurableError(
                f"{self._path} has a worker already: SQLite is for one process, several need PostgreSQL"
            ) from cause
        self._connection = connection

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Session:
    """
    A connection of PostgreSQL that holds the lock of an executor, and hears of webhooks. It has to be a direct one: a pooler
    of transactions gives locks of sessions to anybody.
    """

    def __init__(self, database: Database, executor: str) -> None:
        self._url = database._url.set(drivername="postgresql")
        self._name = str(database)
        self._executor = executor
        self._connection: psycopg.Connection | None = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None and not self._connection.closed

    def open(self) -> None:
        """Connect, and take the lock. Raises DurableError where another worker has it."""
        self.close()
        with self._explained(), ExitStack() as undo:
            connection = psycopg.connect(
                self._url.render_as_string(hide_password=False),
                autocommit=True,
                connect_timeout=5,
                application_name=f"imagetasks {self._executor}"[:63],
            )
            undo.callback(connection.close)
            self._lock(connection)
            connection.execute(f"LISTEN {CHANNEL}")
            undo.pop_all()
            self._connection = connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """As `Database.explained`."""
        try:
            yield
        except psycopg.Error as cause:
            words = str(cause).strip().partition("\n")[0]
            raise DurableError(f"{self._name}: {words}") from cause

    def _lock(self, connection: psycopg.Connection) -> None:
        until = time.monotonic() + PATIENCE
        while not _try_lock(connection, self._executor):
            if time.monotonic() >= until:
                raise DurableError(
                    f"{self._name}: a worker named {self._executor!r} is at work already; each needs a name of its own"
                )
            time.sleep(0.1)

    @property
    def connection(self) -> psycopg.Connection:
        if self._connection is None:
            raise psycopg.OperationalError("there is no connection")
        return self._connection

    def notifications(self, timeout: float) -> Iterator[str]:
        """What came within so many seconds."""
        for heard in self.connection.notifies(timeout=timeout):
            yield heard.payload

    def is_held(self, executor: str) -> bool:
        """Whether a worker of that name is alive."""
        return is_held(self.connection, executor)

    def try_lock(self, executor: str) -> bool:
        return _try_lock(self.connection, executor)

    def unlock(self, executor: str) -> None:
        statement = "SELECT pg_advisory_unlock(%s)"
        self.connection.execute(statement, (lock_key(executor),))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def is_held(connection: psycopg.Connection, executor: str) -> bool:
    key = lock_key(executor) & 0xFFFFFFFFFFFFFFFF
    statement = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint, objid::bigint) = (%s, %s)"
    )
    row = connection.execute(statement, (key >> 32, key & 0xFFFFFFFF)).fetchone()
    return bool(row and row[0])


def _try_lock(connection: psycopg.Connection, executor: str) -> bool:
    statement = "SELECT pg_try_advisory_lock(%s)"
    row = connection.execute(statement, (lock_key(executor),)).fetchone()
    return bool(row and row[0])
