"""Of tests with a journal: what is in the file, and a submit whose outcome nobody knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from imagetasks import Intent, SubmitOutcomeUnknown
from support.drivers import Driver
from support.tasks import REQUEST, XING

AIG = "aigptimage"
ACCEPTED = {"code": 200, "msg": "success", "data": {"taskId": "task_1"}}
LOST = httpx.ReadTimeout("slow")
Keep = Callable[..., Driver]


def rows(file: Path, question: str) -> list[Any]:
    """As any other program reads it, at any time."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def outcomes(file: Path) -> list[str | None]:
    return [outcome for (outcome,) in rows(file, "SELECT outcome FROM intents")]


def caught(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        call(*arguments, **options)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def lost_submit(client: Driver, provider: str = XING) -> Intent:
    error = caught(client.submit, provider, REQUEST)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert isinstance(error.intent, Intent)
    return error.intent
