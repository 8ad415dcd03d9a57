"""The database: its address, how it is opened, and what stands in it beside the tables of DBOS."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, Serializer
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ._errors import DurableError

APPLICATION = "imagetasks"
VERSION = "imagetasks-1"
"""Of the steps of a workflow: one that was begun under another version is not gone on with. It changes with their shape only."""
SCHEMA = "imagetasks"
ERROR = "unexpected error"
BUSY_FOR = 30_000
"""Milliseconds for which SQLite waits for another writer."""
MIGRATING = 0x696D7473
"""Advisory lock of whoever makes the tables."""
PATIENCE = 120.0
"""Seconds to wait for them."""


class JsonSerializer(Serializer):
    """All that is written down is JSON: nothing is pickled, so nothing that is read can run."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=_instead)

    def deserialize(self, serialized_data: str) -> Any:
        found = json.loads(serialized_data)
        if isinstance(found, dict) and found.keys() == {ERROR}:
            return DurableError(f"an attempt ended in a {found[ERROR]}")
        return found

    def name(self) -> str:
        return "imagetasks_json"


def _instead(value: object) -> object:
    # An error that nobody expected: its words may hold anything.
    if isinstance(value, BaseException):
        return {ERROR: type(value).__name__}
    raise TypeError(f"{type(value).__name__} is no JSON")


class Database:
    """
    Where tasks are kept: `sqlite:///tasks.db`, or `postgresql://user:password@host/name`.

    Nothing is opened before it is used.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
            backend = parsed.get_backend_name()
        except (ArgumentError, ValueError, AttributeError) as cause:
            raise ValueError(
                "a database is sqlite:///file.db or postgresql://user@host/name"
            ) from cause
        if backend == "postgres":
            parsed, backend = parsed.set(drivername="postgresql"), "postgresql"
        if backend not in ("sqlite", "postgresql"):
            raise ValueError(
                f"a database is sqlite:///file.db or postgresql://user@host/name, not {backend}"
            )
        if backend == "sqlite" and not parsed.database:
            raise ValueError("a database in memory does not outlive its process")
        self.is_sqlite = backend == "sqlite"
        self._url = parsed
        self._engine: sa.Engine | None = None

    def __repr__(self) -> str:
        return f"Database({self})"

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @property
    def url(self) -> str:
        """With its password."""
        return self._url.render_as_string(hide_password=False)

    @property
    def path(self) -> Path:
        """Of SQLite."""
        return Path(self._url.database or "").absolute()

    @property
    def engine(self) -> sa.Engine:
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    def _make_engine(self) -> sa.Engine:
        # The errors of SQLAlchemy quote parameters, and prompts are among them.
        if not self.is_sqlite:
            return sa.create_engine(
                self._url.set(drivername="postgresql+psycopg"),
                hide_parameters=True,
                pool_size=5,
                max_overflow=0,
                pool_pre_ping=True,
            )
        engine = sa.create_engine(self._url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def client(self) -> DBOSClient:
        return DBOSClient(
            system_database_engine=self.engine,
            serializer=JsonSerializer(),
            application_name=APPLICATION,
        )

    def prepare(self) -> None:
        """Make the tables where they are missing: one process at a time. Raises DurableError."""
        with self.explained():
            if self.is_sqlite:
                # DBOS leaves the journal that SQLite begins with: its enqueuing is then 18 times as slow.
                with self.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                self._make_tables()
            elif not self._is_prepared():
                with self._migrating():
                    if not self._is_prepared():
                        self._make_tables()

    def _make_tables(self) -> None:
        DBOS.migrate(self.url)
        with self.engine.begin() as connection:
            if not self.is_sqlite:
                schema = f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
                connection.exec_driver_sql(schema)
            for table in TABLES:
                connection.exec_driver_sql(
                    table.format(schema="" if self.is_sqlite else f"{SCHEMA}.")
                )

    @contextmanager
    def _migrating(self) -> Iterator[None]:
        """Only one process of a PostgreSQL is in here."""
        with self.engine.connect() as bare:
            connection = bare.execution_options(isolation_level="AUTOCOMMIT")
            until = time.monotonic() + PATIENCE
            # A statement that waits for the lock would have a snapshot, and an index that is made CONCURRENTLY waits for that.
            while not connection.scalar(sa.func.pg_try_advisory_lock(MIGRATING)):
                if time.monotonic() > until:
                    raise DurableError(
                        f"{self}: another process makes the tables, for longer than {PATIENCE:g} s"
                    )
                time.sleep(0.1)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(MIGRATING)))

    def _is_prepared(self) -> bool:
        """Whether both the tables of DBOS and ours are there, and as new as this release of DBOS has them."""
        from dbos._error import DBOSInitializationError

        with self.engine.connect() as connection:
            name = sa.text(f"SELECT to_regclass('{SCHEMA}.workers')")
            if connection.execute(name).scalar() is None:
                return False
        client = self.client()
        try:
            client._sys_db.verify_migrations()
        except DBOSInitializationError:
            return False
        return True

    @property
    def now(self) -> str:
        """The SQL for the instant of a statement, in seconds since 1970. By the clock of the database: those of workers may differ."""
        if self.is_sqlite:
            return "(julianday('now') - 2440587.5) * 86400.0"
        return "extract(epoch from clock_timestamp())::double precision"

    def table(self, name: str) -> str:
        return name if self.is_sqlite else f"{SCHEMA}.{name}"

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn an error of the database into a DurableError, which names it without its password."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as cause:
            words = str(getattr(cause, "orig", None) or cause).partition("\n")[0]
            raise DurableError(f"{self}: {words}") from cause

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


TABLES = (
    # What workers say of themselves; `alarms` is JSON.
    "CREATE TABLE IF NOT EXISTS {schema}workers"
    " (executor TEXT PRIMARY KEY, seen_at DOUBLE PRECISION NOT NULL, alarms TEXT NOT NULL)",
    # When the next submit of a provider may leave.
    "CREATE TABLE IF NOT EXISTS {schema}turns"
    " (provider TEXT PRIMARY KEY, free_at DOUBLE PRECISION NOT NULL)",
)


def _prepare_sqlite(connection: Any, _: object) -> None:
    # As DBOS does: who means to write waits for its turn at the start, and not in the middle.
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout = {BUSY_FOR}")
    connection.execute("PRAGMA foreign_keys = ON")
