"""kill -9 between any two steps: nothing is sent twice, lost or stuck, by the mock's own books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import imagetasks_mock
import pytest
from support.durable_workers import POINTS, Workers

from .books import Books

MORE, SOAK = pytest.mark.long, pytest.mark.soak
NEAR = ("sent",)
"""The one that a mistake costs most; the other points are further from where money is lost."""
SUBMITTING = 3
"""Submits of a provider that may be under way."""


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(duration=0.3) as server:
        yield server


@pytest.fixture
def books(url: str, mock: imagetasks_mock.Mock, tmp_path: Path) -> Iterator[Books]:
    opened = Books(url, mock, tmp_path / "store")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "point",
    [pytest.param(p, marks=MORE if p in NEAR else SOAK) for p in POINTS],
)
def test_killed_between_two_steps(point: str, books: Books, workers: Workers) -> None:
    books.submit(12)
    queue = {"submitting": SUBMITTING}
    killed = workers.start(books.start(queue=queue, kill_at=(point, 4)))
    assert workers.wait(killed) == -9
    pid = workers.start(books.start(queue=queue))
    assert books.wait_until_over(workers, pid)
    workers.stop(pid)
    assert books.doubles() == 0
    ended = books.check()
    unknown = ended.pop("unknown", 0)
    assert unknown <= SUBMITTING * len(books.access)
    assert (unknown > 0) >= (point in ("intended", "sent"))
    assert ended == {"succeeded": 12 - unknown}


@pytest.mark.long
def test_killed_right_after_the_post(
    postgres_url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    """The same, of fewer tasks, where a mistake costs most."""
    books = Books(postgres_url, mock, tmp_path / "store")
    books.submit(4)
    assert workers.wait(workers.start(books.start(kill_at=("sent", 2)))) == -9
    pid = workers.start(books.start())
    assert books.wait_until_over(workers, pid)
    workers.kill(pid)
    assert books.doubles() == 0
    assert books.check()["unknown"] > 0
    books.close()


@pytest.mark.long
def test_a_vendor_that_deduplicates_leaves_nothing_unknown(
    url: str, mock: imagetasks_mock.Mock, tmp_path: Path, workers: Workers
) -> None:
    books = Books(url, mock, tmp_path / "store", providers=("aigptimage",))
    books.submit(8)
    killed = workers.start(books.start(kill_at=("sent", 3)))
    assert workers.wait(killed) == -9
    pid = workers.start(books.start())
    assert books.wait_until_over(workers, pid)
    workers.stop(pid)
    assert books.doubles() == 0
    assert books.check() == {"succeeded": 8}
    books.close()


@pytest.mark.soak
def test_sending_again_what_may_have_been_sent_would_not_do(
    books: Books, workers: Workers
) -> None:
    """The negative control: the same books show what is paid for twice."""
    books.submit(12)
    killed = workers.start(books.start(kill_at=("sent", 4), is_naive=True))
    assert workers.wait(killed) == -9
    pid = workers.start(books.start(is_naive=True))
    assert books.wait_until_over(workers, pid)
    workers.stop(pid)
    assert books.doubles() > 0
