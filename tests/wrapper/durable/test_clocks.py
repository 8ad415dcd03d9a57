"""Clocks that jump while a worker works."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import ImageRequest
from imagetasks.durable import Tasks
from imagetasks.durable import _work as work_module
from support.durable_workers import Workers

from .books import Books
from .test_durable import ONE, OTHER, Run, until

DAY = 86400.0


@pytest.mark.long
@OTHER
def test_a_clock_that_jumps_ends_no_task_and_doubles_none(
    tasks: Tasks,
    run: Run,
    mock: imagetasks_mock.Mock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forwards, back before the start, and to where it was: with tasks in every step."""
    real = time.time
    run()
    for n, jump in enumerate([0.0, DAY, -DAY, 0.0]):
        for each in range(5):
            key = f"{n}-{each}"
            tasks.submit("xingchaoyiqing", ImageRequest(key), key=key)
        until(lambda: tasks.counts().total("queued") < 5)  # some are at work
        monkeypatch.setattr(time, "time", lambda by=jump: real() + by)
    until(lambda: tasks.counts().total("succeeded") == 20, 60)
    assert len(list(mock.tasks)) == 20


class Shifted(datetime):
    """The clock of a worker that is started later, an hour before or after."""

    by = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime.now(UTC) + cls.by


@pytest.mark.long
@ONE
@pytest.mark.parametrize("hours", [-1, 1])
def test_after_a_jump_a_submit_that_may_have_left_is_not_repeated(
    hours: int,
    url: str,
    mock: imagetasks_mock.Mock,
    tmp_path: Path,
    workers: Workers,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How old an intent is cannot be told any more, and a vendor deduplicates for a while only."""
    books = Books(url, mock, tmp_path / "store", providers=("aigptimage",))
    books.submit(1)
    killed = workers.start(books.start(kill_at=("sent", 1)))
    assert workers.wait(killed) == -9
    monkeypatch.setattr(Shifted, "by", timedelta(hours=hours))
    monkeypatch.setattr(work_module, "datetime", Shifted)
    run()
    assert books.wait_until_over(seconds=60)
    assert books.check() == {"unknown": 1}
    assert [r.method for r in mock.requests].count("POST") == 1
    books.close()
