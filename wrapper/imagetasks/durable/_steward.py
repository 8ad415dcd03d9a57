"""What a worker does beside its tasks: holds its name, says that it is alive, adopts the tasks of the dead, hears of webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa

from .._errors import logger
from .._task import State
from ..webhooks import WebhookEvent
from ._alarms import Alarms, alarms_from_json
from ._database import Database
from ._errors import DurableError
from ._locks import FileLock, Session
from ._record import Alarm
from ._rows import Rows

LOOK = 5.0
"""Seconds between two looks at the others, and between two signs of life."""
GRACE = 8.0
"""Seconds for which a name has to be free: after a restart of the database all are, for a moment."""
ALIVE = 30.0
"""Seconds after its last sign for which a worker counts as alive."""


class Steward:
    """Of one worker: a thread, and on PostgreSQL a connection of its own."""

    def __init__(
        self,
        database: Database,
        executor: str,
        *,
        on_news: Callable[[WebhookEvent], object],
    ) -> None:
        self._database = database
        self._executor = executor
        self._rows = Rows(database)
        self._on_news = on_news
        self._file = FileLock(database) if database.is_sqlite else None
        self._session = None if database.is_sqlite else Session(database, executor)
        self._free_since: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self) -> None:
        """The name of this worker. Raises DurableError. What an earlier run under it left is put back into its queue."""
        if self._file is not None:
            self._file.acquire()
            # There is one process: all others are no more.
            for executor in self._rows.executors():
                self._rows.give_back(executor)
        if self._session is not None:
            self._session.open()
            self._rows.give_back(self._executor)

    def start(self, alarms: Alarms) -> None:
        self._thread = threading.Thread(
            target=self._run, args=(alarms,), name="imagetasks-steward", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if (
            self._thread is not None
        ):  # else the sign is that of another worker of this name
            self._thread.join()
            try:
                write_sign(self._database, self._executor, None)
            except DurableError as error:
                logger.warning("%s", error)
        if self._file is not None:
            self._file.release()
        if self._session is not None:
            self._session.close()

    def _run(self, alarms: Alarms) -> None:
        next_look = 0.0
        while not self._stop.is_set():
            try:
                if self._session is not None and not self._session.is_open:
                    self._session.open()  # the lock went with the connection
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK
                    self._look(alarms)
                self._hear()
            except (DurableError, psycopg.Error) as error:
                logger.warning("%s: %s", self._executor, str(error).partition("\n")[0])
                self._stop.wait(1.0)

    def _look(self, alarms: Alarms) -> None:
        write_sign(self._database, self._executor, alarms.to_json())
        if self._session is not None:
            self._adopt_from_the_dead(self._session)

    def _hear(self) -> None:
        if self._session is None:
            self._stop.wait(0.5)
            return
        for text in self._session.notifications(0.5):
            if (event := event_from_json(text)) is not None:
                self._on_news(event)

    def _adopt_from_the_dead(self, session: Session) -> None:
        now = time.monotonic()
        free = {
            executor
            for executor in self._rows.executors()
            if executor != self._executor and not session.is_held(executor)
        }
        self._free_since = {name: self._free_since.get(name, now) for name in free}
        for executor, since in self._free_since.items():
            if now - since >= GRACE:
                adopt(session, self._rows, executor)


def adopt(session: Session, rows: Rows, executor: str) -> int:
    """Put the tasks of a dead worker back into their queues. Returns how many; none where it is alive."""
    if not session.try_lock(executor):
        return 0
    try:
        adopted = rows.give_back(executor)
    finally:
        session.unlock(executor)
    logger.warning("%d tasks of %s, which is no more, go on", adopted, executor)
    return adopted


def write_sign(database: Database, executor: str, alarms: str | None) -> None:
    """That a worker is alive; without `alarms` that it has left."""
    table = database.table("workers")
    if alarms is None:
        statement = f"DELETE FROM {table} WHERE executor = :executor"
    else:
        statement = (
            f"INSERT INTO {table} (executor, seen_at, alarms) VALUES (:executor, {database.now}, :alarms)"
            " ON CONFLICT (executor) DO UPDATE SET seen_at = excluded.seen_at, alarms = excluded.alarms"
        )
    values: dict[str, Any] = {"executor": executor}
    if alarms is not None:
        values["alarms"] = alarms
    with database.explained(), database.engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def read_signs(database: Database) -> tuple[list[str], list[Alarm]]:
    """The workers that are alive, and their alarms."""
    statement = (
        f"SELECT executor, alarms FROM {database.table('workers')}"
        f" WHERE seen_at > {database.now} - {ALIVE} ORDER BY executor"
    )
    with database.explained(), database.engine.connect() as connection:
        found = connection.execute(sa.text(statement)).all()
    alarms = [
        alarm for row in found for alarm in alarms_from_json(row.executor, row.alarms)
    ]
    return [row.executor for row in found], alarms


def event_to_json(event: WebhookEvent) -> str:
    return json.dumps(
        {
            "provider": event.provider,
            "task_id": event.task_id,
            "state": event.state,
            "sent_at": event.sent_at.isoformat(),
        }
    )


def event_from_json(text: str) -> WebhookEvent | None:
    """None for what is none: anybody who may use the database may notify."""
    try:
        values = json.loads(text)
        provider, task_id = values["provider"], values["task_id"]
        state, sent_at = (
            State(values["state"]),
            datetime.fromisoformat(values["sent_at"]),
        )
    except (ValueError, LookupError, TypeError):
        return None
    are_texts = isinstance(provider, str) and isinstance(task_id, str)
    if not are_texts or sent_at.tzinfo is None:
        return None
    return WebhookEvent(
        provider=provider, task_id=task_id, state=state, sent_at=sent_at
    )
