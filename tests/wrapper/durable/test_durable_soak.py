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

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]
KILLS = int(os.environ.get("KILLS", "200"))
"""On each database."""
BATCH = 100
SUBMITTING = 2


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(duration=1) as server:
        yield server


def test_killed_at_random_again_and_again(
    url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    """Tasks come in all the time, so that each kill finds some in every step."""
    rng = random.Random(1)
    books = Books(url, mock, tmp_path / "store")
    queue = {"submitting": SUBMITTING, "in_flight": 30}
    began = time.monotonic()
    for _ in range(KILLS):
        waiting = books.tasks.counts().total("queued")
        if waiting < BATCH // 2:
            books.submit(BATCH - waiting)
        pid = workers.start(books.start(queue=queue))
        time.sleep(rng.uniform(0.3, 2.5))
        workers.kill(pid)
    pid = workers.start(books.start(queue=queue))
    assert books.wait_until_over(workers, pid, seconds=1800)
    workers.stop(pid)
    ended = books.check()
    print(
        f"\n{url.partition(':')[0]}: {KILLS} kills, {len(books.submitted)} tasks, {books.doubles()} doubles, 0 lost, 0 stuck,"
        f" {ended['unknown']} unknown, {dict(ended)}, {time.monotonic() - began:.0f} s"
    )
    assert books.doubles() == 0
    assert ended["unknown"] <= KILLS * SUBMITTING * len(books.access)
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
