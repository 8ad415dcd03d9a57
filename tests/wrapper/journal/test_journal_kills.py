"""kill -9 wherever it hurts: no known id is lost, and nothing is submitted twice, by the mock's own books."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import imagetasks_mock
import pytest
from imagetasks import Client, ImageTasksError, SubmitOutcomeUnknown
from imagetasks_clients import PROVIDERS
from support.killed import POLICY, Killer, Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no fork")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that can be had: what a killed process wrote is the system's, the disk plays no part."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as killer:
        yield killer


@pytest.fixture(scope="module")
def mock() -> Iterator[imagetasks_mock.Mock]:
    # Each request takes a second: so many looks, whatever this machine does meanwhile.
    with imagetasks_mock.serve(speed=0, tick=1, duration=4) as mock:
        yield mock


class Books:
    """What the vendors know of one run, beside what its journal knows."""

    def __init__(self, mock: imagetasks_mock.Mock, folder: Path, tasks: int) -> None:
        folder.mkdir()
        mock.reset()
        self._mock = mock
        self._tasks = tasks
        self._journal = folder / "tasks.db"
        self._handed_out = folder / "handed-out"
        self._handed_out.touch()
        self._access = {name: mock.access(name) for name in PROVIDERS}

    def run(self, **options: object) -> Run:
        return Run(
            access={n: (a.api_key, a.base_url or "") for n, a in self._access.items()},
            journal=str(self._journal),
            handed_out=str(self._handed_out),
            tasks=self._tasks,
            **options,  # type: ignore[arg-type]
        )

    def check(self) -> int:
        """After any number of kills. How many submits nobody knows the outcome of."""
        known = set(self._rows("SELECT provider, id FROM tasks"))
        unknown = {
            prompt
            for (prompt,) in self._rows(
                "SELECT json_extract(request, '$.ImageRequest.prompt') FROM intents WHERE outcome IS NULL"
            )
        }
        made = [(t.provider, t.id, t.prompt) for t in self._mock.tasks]
        times = Counter(prompt for _, _, prompt in made)
        twice = {prompt for prompt, n in times.items() if n > 1}
        assert not twice, "submitted twice"
        handed_out = {
            tuple(line.split()) for line in self._handed_out.read_text().splitlines()
        }
        assert handed_out <= known, "a known id was lost"
        nowhere = {p for name, id, p in made if (name, id) not in known} - unknown
        assert not nowhere, "paid for, and behind no intent"
        return len(unknown)

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        """Of the journal; none where the kill came before it was made."""
        with closing(sqlite3.connect(self._journal)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master").fetchall():
                return []
            return connection.execute(query).fetchall()

    def settle(self) -> None:
        """As one who looks things up at the vendors. Then all is done, and done once."""
        found = {task.prompt: task.id for task in self._mock.tasks}
        with Client(self._access, policy=POLICY, journal=self._journal) as client:
            for outcome in client.resume_all():
                if not isinstance(outcome, SubmitOutcomeUnknown):
                    assert not isinstance(outcome, ImageTasksError)
                    continue
                assert outcome.intent is not None
                assert outcome.request is not None
                if outcome.request.prompt in found:
                    client.resolve(outcome.intent, found[outcome.request.prompt])
                else:
                    client.resubmit(outcome.intent)
            for task in client.resume_all():
                client.release(task)
            assert client.resume_all() == []
        self.check()
        prompts = Counter(task.prompt for task in self._mock.tasks)
        assert prompts == {f"number {n}": 1 for n in range(self._tasks)}
        states = self._rows("SELECT state FROM tasks")
        assert states == [("succeeded",)] * self._tasks


def kill_at(
    awaits: Iterable[int],
    killer: Killer,
    mock: imagetasks_mock.Mock,
    folder: Path,
    tasks: int,
    *,
    at_least: int,
) -> None:
    """Starts a run for each of these awaits, until one comes to its end alive."""
    unknown = kills = 0
    for n in awaits:
        books = Books(mock, folder / str(n), tasks)
        killed = killer.run(books.run(kill_at=n))["killed"]
        kills += killed
        killer.run(books.run())
        unknown += books.check()
        books.settle()
        if not killed:
            break
    print(f"{kills} kills up to await {n}, {unknown} submits left unknown")
    assert kills >= at_least
    assert unknown > 0


@pytest.mark.parametrize(
    ("stride", "at_least"),
    [(30, 2), pytest.param(1, 50, marks=pytest.mark.long)],
    ids=["some", "every"],
)
def test_killed_at_the_awaits_of_a_small_run(
    killer: Killer, mock: imagetasks_mock.Mock, folder: Path, stride: int, at_least: int
) -> None:
    kill_at(count(1, stride), killer, mock, folder, tasks=4, at_least=at_least)


@pytest.mark.soak
def test_killed_all_along_a_run_of_300_tasks(
    killer: Killer, mock: imagetasks_mock.Mock, folder: Path
) -> None:
    """All of them would take hours: CI repeats the same ones, elsewhere each run looks at others."""
    whole = killer.run(Books(mock, folder / "whole", 300).run())["awaits"]
    stride = whole // 120
    first = 1 if os.environ.get("CI") else random.randint(1, stride)
    print(f"{whole} awaits, every {stride}th from the {first}th on")
    kill_at(count(first, stride), killer, mock, folder, tasks=300, at_least=50)


@pytest.mark.long
def test_killed_at_random_again_and_again(
    killer: Killer, mock: imagetasks_mock.Mock, folder: Path
) -> None:
    kills = 200
    rng = random.Random(1)
    killed = unknown = runs = 0
    while killed < kills:
        books = Books(mock, folder / str(runs), tasks=300)
        runs += 1
        goes_on = True
        while goes_on and killed < kills:
            run = books.run(is_async=runs % 2 == 1, kill_after=rng.uniform(0, 0.2))
            goes_on = killer.run(run)["killed"]
            killed += goes_on
            books.check()
        killer.run(books.run(is_async=runs % 2 == 1))
        unknown += books.check()
        books.settle()
    print(f"{killed} kills in {runs} runs, {unknown} submits left unknown")


@pytest.mark.long
def test_an_intent_that_is_written_after_the_post_would_not_do(
    killer: Killer, mock: imagetasks_mock.Mock, folder: Path
) -> None:
    """The negative control: the same check finds what is submitted twice."""
    found = set()
    for n in count(1, 5):
        books = Books(mock, folder / str(n), tasks=4)
        killed = killer.run(books.run(kill_at=n, intents_late=True))["killed"]
        killer.run(books.run(intents_late=True))
        try:
            books.check()
        except AssertionError as error:
            found.add(str(error).partition("\n")[0])
        if found or not killed:
            break
    assert found == {"submitted twice"}
