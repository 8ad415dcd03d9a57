"""How the file of an earlier version becomes one of today: each step from one format to the next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

OLDEST = 1


def add_labels(connection: sqlite3.Connection) -> None:
    """
    Format 2: labels; and a task is open until its results are saved.

    Format 1 closed a task when it had succeeded. One whose results are not all among the files is open again.
    """
    connection.execute("ALTER TABLE intents ADD COLUMN label TEXT")
    connection.execute("ALTER TABLE tasks ADD COLUMN label TEXT")
    connection.execute("CREATE INDEX labelled ON tasks (label) WHERE label IS NOT NULL")
    ended = connection.execute(
        "SELECT tasks.rowid, snapshot, count(path) FROM tasks"
        " LEFT JOIN files ON (files.provider, task) = (tasks.provider, id)"
        " WHERE state = 'succeeded' AND NOT is_open GROUP BY tasks.rowid"
    ).fetchall()
    for row, snapshot, files in ended:
        if files < len(json.loads(snapshot).get("artifacts", ())):
            connection.execute("UPDATE tasks SET is_open = 1 WHERE rowid = ?", (row,))


def add_costs(connection: sqlite3.Connection) -> None:
    """Format 3: what tasks cost. Of earlier ones only the vendor's own number is known."""
    connection.execute(
        "ALTER TABLE intents ADD COLUMN reserved REAL NOT NULL DEFAULT 0"
    )
    for column in (
        "model TEXT",
        "day TEXT NOT NULL DEFAULT ''",
        "reserved REAL NOT NULL DEFAULT 0",
        "estimated REAL",
        "charged REAL",
        "is_refunded INTEGER NOT NULL DEFAULT 0",
    ):
        connection.execute(f"ALTER TABLE tasks ADD COLUMN {column}")
    rows = connection.execute(
        "SELECT tasks.rowid, snapshot, substr(sent_at, 1, 10) FROM tasks JOIN intents ON intents.id = intent"
    ).fetchall()
    for row, snapshot, day in rows:
        known = json.loads(snapshot)
        used = known.get("credits_used")
        is_number = isinstance(used, int | float) and used >= 0
        connection.execute(
            "UPDATE tasks SET model = ?, day = ?, charged = ?, is_refunded = ? WHERE rowid = ?",
            (
                known.get("model"),
                day,
                used if is_number else None,
                known.get("refunded") is True,
                row,
            ),
        )


def add_servers(connection: sqlite3.Connection) -> None:
    """Format 4: where each submit went, and a digest of what it asked for. Of earlier ones neither is known."""
    connection.execute("ALTER TABLE intents ADD COLUMN base_url TEXT")
    connection.execute("ALTER TABLE intents ADD COLUMN digest TEXT")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    add_labels,
    add_costs,
    add_servers,
)
"""The first one starts from the format `OLDEST`."""

VERSION = OLDEST + len(STEPS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """To today's format, or, where a step fails, not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in STEPS[version - OLDEST :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise
