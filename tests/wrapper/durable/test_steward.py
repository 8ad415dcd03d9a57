"""What a worker does beside its tasks goes on, whatever the database and others say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from imagetasks.durable import DurableError, Runner, Tasks
from imagetasks.durable import _runner as runner_module
from imagetasks.durable._alarms import Alarms
from imagetasks.durable._database import Database
from imagetasks.durable._locks import Session
from imagetasks.durable._steward import Steward, event_from_json, read_signs
from support.table import table

EVENT = {
    "provider": "akool",
    "task_id": "1",
    "state": "succeeded",
    "sent_at": "2026-11-30T12:00:00+00:00",
}


def test_an_event_is_read() -> None:
    event = event_from_json(json.dumps(EVENT))
    assert event is not None
    assert (event.provider, event.task_id) == ("akool", "1")


@table(
    "odd",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps(EVENT | {"provider": []}),
        json.dumps(EVENT | {"provider": None}),
        json.dumps(EVENT | {"task_id": {"a": 1}}),
        json.dumps(EVENT | {"state": "no such state"}),
        json.dumps(EVENT | {"state": []}),
        json.dumps(EVENT | {"sent_at": 1}),
        json.dumps(EVENT | {"sent_at": "2026-11-30T12:00:00"}),
        json.dumps({"provider": "akool"}),
    ],
)
def test_what_is_no_event_is_none(odd: str) -> None:
    """Anybody who may use the database may notify."""
    assert event_from_json(odd) is None


def test_a_database_that_goes_after_it_was_reached_is_a_typed_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As while it restarts: it takes the connection, and ends it with the first statement."""

    class Ending:
        closed = False

        def execute(self, *_: object) -> None:
            raise psycopg.OperationalError("terminating connection")

        def close(self) -> None:
            self.closed = True

    ending = Ending()
    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: ending)
    session = Session(Database("postgresql://me:pa55word@host/tasks"), "w0")
    with pytest.raises(DurableError, match="terminating connection") as error:
        session.open()
    assert "pa55word" not in str(error.value)
    assert ending.closed
    assert not session.is_open


def test_a_twin_that_is_refused_leaves_the_sign_of_the_other(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    first, twin = (
        Steward(database, "local", on_news=lambda event: None) for _ in range(2)
    )
    first.acquire()
    first._look(Alarms())
    with pytest.raises(DurableError, match="has a worker already"):
        twin.acquire()
    twin.stop()
    assert read_signs(database)[0] == ["local"]
    first.stop()
    database.close()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_start_that_fails_can_be_repeated(
    url: str,
    tasks: Tasks,
    run: Callable[..., Runner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from imagetasks import ImageRequest

    launch = runner_module.DBOS.launch

    def fails() -> Any:
        launch()
        raise RuntimeError("it cannot be launched")

    with monkeypatch.context() as patched:
        patched.setattr(runner_module.DBOS, "launch", fails)
        with pytest.raises(RuntimeError, match="cannot be launched"):
            run()
    run()
    request = ImageRequest("a lighthouse")
    handle = tasks.submit("xingchaoyiqing", request, key="k")
    assert handle.wait(timeout=30).state == "succeeded"
