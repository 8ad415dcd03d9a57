"""The long runs: `make soak`, or `pytest -m soak tests/wrapper/durable -s`. Each prints what it counted."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import imagetasks_mock
import pytest
from support.durable_workers import Workers

from .books import Books
from .test_durable import until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]
KILLS = int(os.environ.get("KILLS", "200"))
"""On each database."""
BATCH = 100
SUBMITTING = 2


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(duration=1) as server:
        yield server


class Kills:
    """What each kill met: one before the first claim of its worker proves little, and is counted apart."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.all = self.in_mid_task = 0
        self.in_mid_submit: list[set[str]] = []
        """Keys whose submits were under way, of each kill that met some."""

    def add(self, *, started: float) -> None:
        self.all += 1
        if not (claimed := self._books.claimed_since(started)):
            return
        self.in_mid_task += 1
        # What an earlier kill met, and nobody has looked at since, is that one's.
        before = set().union(*self.in_mid_submit)
        if met := claimed & self._books.submits_under_way() - before:
            self.in_mid_submit.append(met)

    def unknown_of_each(self) -> list[int]:
        unknown = self._books.tasks.list(state="unknown", limit=1_000_000)
        keys = {record.key for record in unknown}
        each = [len(met & keys) for met in self.in_mid_submit]
        assert sum(each) == len(keys), "unknown, although no kill met its submit"
        return each

    def __str__(self) -> str:
        each = self.unknown_of_each()
        return (
            f"{self.all} kills, {self.in_mid_task} of them in mid-task, {len(each)} in mid-submit; {sum(each)} unknown:"
            f" {sum(each) / max(self.in_mid_task, 1):.2f} per kill in mid-task, {max(each, default=0)} at most"
        )


def test_killed_at_random_again_and_again(
    url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    """Tasks come in all the time, and a worker has claimed some before it is killed, so that each kill finds some in every step."""
    rng = random.Random(1)
    mock.faults.add("latency", probability=0.5, seconds=0.2)
    books = Books(url, mock, tmp_path / "store")
    kills = Kills(books)
    queue = {"submitting": SUBMITTING, "in_flight": 30}
    began = time.monotonic()
    for _ in range(KILLS):
        waiting = books.tasks.counts().total("queued")
        if waiting < BATCH // 2:
            books.submit(BATCH - waiting)
        started = time.time()
        pid = workers.start(books.start(queue=queue))
        until(lambda since=started: books.claimed_since(since), 60)
        time.sleep(rng.uniform(0.0, 2.0))
        workers.kill(pid)
        kills.add(started=started)
    pid = workers.start(books.start(queue=queue))
    assert books.wait_until_over(workers, pid, seconds=1800)
    workers.stop(pid)
    ended = books.check()
    print(
        f"\n{url.partition(':')[0]}: {kills}; {len(books.submitted)} tasks, {books.doubles()} doubles, 0 lost, 0 stuck,"
        f" {dict(ended)}, {time.monotonic() - began:.0f} s"
    )
    assert books.doubles() == 0
    assert max(kills.unknown_of_each(), default=0) <= SUBMITTING * len(books.access)
    assert kills.in_mid_task > 0.9 * KILLS
    assert set(ended) <= {"succeeded", "unknown"}
    books.close()


def test_two_workers_with_faults_one_of_them_killed(
    postgres_url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    tasks = int(os.environ.get("TASKS", "2000"))
    books = Books(postgres_url, mock, tmp_path / "store")
    for kind, options in [
        ("status", {"status": 503, "probability": 0.02}),
        ("status", {"status": 429, "probability": 0.02}),
        ("reset", {"probability": 0.01}),
        ("malformed_json", {"probability": 0.01}),
        ("latency", {"probability": 0.02, "seconds": 1}),
    ]:
        mock.faults.add(kind, **options)
    mock.outcomes.add("failed", probability=0.02)
    books.submit(tasks)
    queue = {"submitting": 8, "in_flight": 100}
    began = time.monotonic()
    pids = [workers.start(books.start(name, queue=queue)) for name in ("w0", "w1")]
    while books.over() < tasks // 4:
        time.sleep(0.5)
    workers.kill(pids[0])
    killed = time.monotonic()
    while "w0" in {
        record.executor
        for state in ("running", "submitting")
        for record in books.tasks.list(state=state, limit=tasks)
    }:
        time.sleep(0.2)
    print(f"\nadopted after {time.monotonic() - killed:.1f} s")
    assert books.wait_until_over(workers, pids[1], seconds=3600)
    workers.stop(pids[1])
    ended: Counter[str] = books.check()
    print(
        f"{tasks} tasks, {books.doubles()} doubles, {dict(ended)}, {time.monotonic() - began:.0f} s"
    )
    assert books.doubles() == 0
    assert set(ended) <= {"succeeded", "failed", "unknown"}
    books.close()
