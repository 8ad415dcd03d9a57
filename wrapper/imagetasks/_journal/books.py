"""What the tasks of a journal cost, as its ledger goes on from it."""

from __future__ import annotations

import sqlite3
from datetime import date

from .._spending.ledger import Books
from .._spending.spending import Cost, Spending
from .file import HERE

IS_HERE = f"intent IN ({HERE})"
# Tasks whose cost no later snapshot changes. One that failed without a refund may still get it.
FINAL = "(state = 'succeeded' OR (state IN ('failed', 'cancelled') AND is_refunded))"
COUNTED = "CASE WHEN is_refunded THEN 0 ELSE coalesce(charged, reserved) END"


def read_books(connection: sqlite3.Connection) -> Books:
    counted = dict(
        connection.execute(
            f"SELECT provider, sum({COUNTED}) FROM tasks WHERE {FINAL} AND {IS_HERE} GROUP BY provider"
        ).fetchall()
    )
    spent = [
        Spending(provider, model, date.fromisoformat(day), *numbers)
        for provider, model, day, *numbers in connection.execute(
            "SELECT provider, model, day, count(*),"
            " total(iif(is_refunded, 0, estimated)), total(iif(is_refunded, 0, charged)),"
            " total(iif(is_refunded, 0, coalesce(charged, estimated))),"
            " sum(coalesce(charged, estimated) IS NULL AND NOT is_refunded)"
            f" FROM tasks WHERE {FINAL} AND {IS_HERE} GROUP BY provider, model, day"
        )
    ]
    costs = {
        (provider, task_id): Cost(
            provider,
            model,
            date.fromisoformat(day),
            reserved,
            estimated,
            charged,
            bool(is_refunded),
        )
        for provider, task_id, model, day, reserved, estimated, charged, is_refunded in connection.execute(
            "SELECT provider, id, model, day, reserved, estimated, charged, is_refunded"
            f" FROM tasks WHERE NOT {FINAL} AND {IS_HERE}"
        )
    }
    reserved = {
        intent: (provider, credits)
        for intent, provider, credits in connection.execute(
            f"SELECT id, provider, reserved FROM intents WHERE reserved > 0 AND id IN ({HERE})"
        )
    }
    return Books(spent, counted, costs, reserved)
