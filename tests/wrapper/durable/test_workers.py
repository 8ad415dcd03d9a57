"""Several workers on one PostgreSQL, and one of them at a time on SQLite."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import imagetasks_mock
import pytest
import sqlalchemy as sa
from imagetasks import ImageRequest, PollPolicy, State
from imagetasks.durable import DurableError, Runner, Tasks
from imagetasks.webhooks import WebhookEvent
from support.durable_workers import Workers
from support.postgres import Postgres

from .books import Books
from .test_durable import until


@pytest.fixture
def books(
    postgres_url: str, mock: imagetasks_mock.Mock, tmp_path: Path
) -> Iterator[Books]:
    opened = Books(
        postgres_url, mock, tmp_path / "store", providers=("xingchaoyiqing",)
    )
    yield opened
    opened.close()


@pytest.mark.long
def test_the_tasks_of_a_dead_worker_go_on_by_themselves(
    books: Books, workers: Workers, mock: imagetasks_mock.Mock
) -> None:
    mock.clock.speed = 0
    books.submit(10)
    dies = workers.start(books.start("w0"))
    until(lambda: books.tasks.counts().total("running") == 10)
    lives = workers.start(books.start("w1"))
    until(lambda: set(books.tasks.counts().workers) == {"w0", "w1"})
    workers.kill(dies)
    mock.clock.speed = 1
    mock.clock.advance(60)
    assert books.wait_until_over(workers, lives)
    assert {record.executor for record in books.tasks.list()} == {"w1"}
    assert (books.doubles(), books.check()) == (0, {"succeeded": 10})
    workers.stop(lives)


@pytest.mark.long
def test_a_twin_is_refused_and_a_living_worker_is_not_adopted(
    books: Books, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagetasks.durable._locks.PATIENCE", 0.3)
    pid = workers.start(books.start("w0"))
    until(lambda: books.tasks.counts().workers == ("w0",))
    twin = Runner(books.url, books.access, executor="w0", store=tmp_path)
    with pytest.raises(DurableError, match="'w0' is at work already"):
        twin.start()
    with pytest.raises(DurableError, match="'w0' is alive"):
        books.tasks.adopt("w0")
    workers.kill(pid)
    until(lambda: books.tasks.adopt("w0") == 0)
    with twin:
        pass


@pytest.mark.long
def test_on_sqlite_a_second_process_is_refused(
    sqlite_url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    books = Books(sqlite_url, mock, tmp_path / "store")
    pid = workers.start(books.start("w0"))
    until(lambda: books.tasks.counts().workers == ("w0",))
    second = Runner(sqlite_url, books.access, store=tmp_path / "store")
    with pytest.raises(DurableError, match="several need PostgreSQL"):
        second.start()
    workers.stop(pid)
    with pytest.raises(DurableError, match="on SQLite"):
        books.tasks.adopt("w0")
    books.close()


MOST, SECONDS, TASKS = 10, 1.0, 60


def sent_by_two(
    books: Books, workers: Workers, mock: imagetasks_mock.Mock
) -> list[float]:
    """When the submits arrived."""
    books.submit(TASKS)
    queue = {"rate": (MOST, SECONDS), "in_flight": 20}
    pids = [
        workers.start(books.start(name, queue=queue, claim_every=0.3))
        for name in ("w0", "w1")
    ]
    assert books.wait_until_over()
    for pid in pids:
        workers.stop(pid)
    return sorted(r.at.timestamp() for r in mock.requests if r.method == "POST")


@pytest.mark.long
def test_two_workers_share_the_tasks_and_the_rate(
    books: Books, workers: Workers, mock: imagetasks_mock.Mock
) -> None:
    sent = sent_by_two(books, workers, mock)
    assert len(sent) == TASKS
    # Each with the whole rate to itself they would need half of that. The instants themselves are held in test_turns.py.
    assert sent[-1] - sent[0] >= (TASKS - MOST) / MOST * SECONDS
    assert (books.doubles(), books.check()) == (0, {"succeeded": TASKS})
    assert {record.executor for record in books.tasks.list(limit=TASKS)} == {"w0", "w1"}


@pytest.mark.soak
def test_no_second_has_more_submits_than_the_rate_allows(
    books: Books, workers: Workers, mock: imagetasks_mock.Mock
) -> None:
    """On a quiet machine: on a busy one a submit can need longer from its instant to the vendor than is allowed for."""
    sent = sent_by_two(books, workers, mock)
    for n, first in enumerate(sent):
        within = [at for at in sent[n:] if at - first < SECONDS]
        assert len(within) <= MOST, f"{len(within)} submits within {SECONDS} s"
    assert sent[-1] - sent[0] < 15


@pytest.mark.long
def test_a_webhook_that_any_process_receives_is_looked_at_at_once(
    postgres_url: str, mock: imagetasks_mock.Mock, tmp_path: Path
) -> None:
    access = {"akool": mock.access("akool")}
    mock.clock.speed = 0
    slow = PollPolicy(min_gap=300, max_gap=300)
    runner = Runner(
        postgres_url, access, executor="w0", store=tmp_path / "s", policy=slow
    )
    with Tasks(postgres_url, access) as tasks, runner:
        handle = tasks.submit("akool", ImageRequest("x"), key="k")
        until(lambda: tasks.get("k").state == "running")
        record = tasks.get("k")
        assert record.task is not None
        mock.clock.advance(60)
        event = WebhookEvent(
            provider="akool",
            task_id=record.task.id,
            state=State.SUCCEEDED,
            sent_at=datetime.now(UTC),
        )
        tasks.notify(event)
        assert handle.wait(timeout=20).state == "succeeded"


@pytest.mark.long
def test_a_worker_that_was_stopped_for_long_goes_on(
    books: Books, workers: Workers, mock: imagetasks_mock.Mock
) -> None:
    """It holds its name meanwhile; once that is taken from it, it writes nothing any more."""
    books.submit(10)
    mock.clock.speed = 0
    stopped = workers.start(books.start("w0"))
    until(lambda: books.tasks.counts().total("running") == 10)
    os.kill(stopped, signal.SIGSTOP)
    lives = workers.start(books.start("w1"))
    time.sleep(2)
    assert {record.executor for record in books.tasks.list()} == {"w0"}
    end_session(books, "w0")
    until(lambda: {r.executor for r in books.tasks.list()} == {"w1"}, 40)
    os.kill(stopped, signal.SIGCONT)
    mock.clock.advance(60)
    assert books.wait_until_over(workers, lives)
    assert (books.doubles(), books.check()) == (0, {"succeeded": 10})
    for pid in (stopped, lives):
        workers.kill(pid)


def end_session(books: Books, executor: str) -> None:
    """As an operator does who takes a worker for lost."""
    statement = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
    )
    with books.tasks._database.engine.begin() as connection:
        connection.execute(statement, {"name": f"imagetasks {executor}"})


@pytest.mark.long
def test_a_database_that_restarts_is_waited_for(
    mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    with Postgres() as server:
        books = Books(
            server.new_database(), mock, tmp_path / "store", ("xingchaoyiqing",)
        )
        books.submit(40)
        queue = {"rate": (20, 1.0)}
        pids = [workers.start(books.start(n, queue=queue)) for n in ("w0", "w1")]
        until(lambda: books.tasks.counts().total("succeeded") > 3)
        server.stop()
        time.sleep(1)
        server.start()
        assert books.wait_until_over(seconds=120)
        assert books.doubles() == 0
        ended = books.check()
        assert ended["succeeded"] + ended["unknown"] == 40
        assert ended["unknown"] <= 16
        assert len(books.tasks.counts().workers) == 2
        for pid in pids:
            workers.stop(pid)
        books.close()
