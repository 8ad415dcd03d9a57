"""Instants as text, in the form that vendors use."""

from __future__ import annotations

from datetime import UTC, datetime

LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""The last instant that is written: Python's own dates go on for a year."""


def iso(instant: float) -> str:
    """ISO 8601 with milliseconds, as in 2026-04-22T09:00:32.000Z. Later ones are the last one."""
    moment = datetime.fromtimestamp(min(instant, LAST), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
