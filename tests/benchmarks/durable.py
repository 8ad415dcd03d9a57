"""
What a task of the durable runner costs, beside the same three steps on DBOS without anything in them, and beside the client
alone; and what a kill costs.

    make bench-durable

Each figure is a ratio of what was measured in one round, a count, or bytes; only the time until tasks of a dead worker go on
is seconds, most of which the workers wait on purpose. The vendor is a process of its own; each measurement is a new process,
and a new database. It takes a quarter of an hour; QUICK=1 is a trial with fewer tasks. Ends with an error when a target is
missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.postgres import Postgres

from . import verdict
from .durable_vendor import serve
from .durable_work import (
    Found,
    Load,
    alone,
    bare,
    bare_memory,
    our_memory,
    ours,
    seconds_until_adopted,
    shared_rate,
    unknown_by_kill,
)
from .machine import load
from .processes import result_of, served
from .verdict import Busy, Judged, Target, at_least, at_most

ROUNDS = 3
SUBMITTING = 4
"""Submits that may be under way when a worker is killed."""
NEVER = 1e9
"""Seconds until a task is over."""

Figures = dict[str, float]


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/tasks.db"


class Bench:
    """What depends on how busy the machine is has rounds. Counts, bytes, and seconds of waiting are found once."""

    def __init__(self, server: Postgres, *, quick: bool) -> None:
        self._server = server
        self._usual = Load(100 if quick else 1000)
        self._small = Load(50 if quick else 300)
        self._in_flight = 300 if quick else 5000
        self._shared = 30 if quick else 60
        self._kills = 2 if quick else 6
        self._orphans = 50 if quick else 400
        self._began = time.monotonic()
        self._prepared = self._prepare()

    def _prepare(self) -> str:
        """A database with its tables, to be copied."""
        from imagetasks.durable._database import Database

        database = Database(self._server.new_database())
        database.prepare()
        database.close()
        return database.url.rpartition("/")[2]

    def steps(self) -> list[Callable[[], Figures]]:
        return [self.tasks_of_one_worker, self.two_workers]

    def steps_once(self) -> list[Callable[[], Figures]]:
        return [self.writes_on_sqlite, self.memory, self.kills, self.adoption]

    def tasks_of_one_worker(self) -> Figures:
        with served(serve, self._usual.seconds) as vendor:
            mine: Found = result_of(ours, self._database(), vendor, self._usual)
            theirs: Found = result_of(bare, self._database(), vendor, self._usual)
            core: Found = result_of(alone, "", vendor, self._usual)
        self._say(
            f"tasks/s {mine.rate:.1f}, bare {theirs.rate:.1f}; CPU ms a task {mine.cpu:.1f}, bare {theirs.cpu:.1f},"
            f" client alone {core.cpu:.1f}; writes a task {mine.writes:.2f}, bare {theirs.writes:.2f}"
        )
        return {
            CPU: mine.cpu / (theirs.cpu + core.cpu),
            RATE: mine.rate / theirs.rate,
            WRITES: mine.writes,
        }

    def two_workers(self) -> Figures:
        with served(serve, self._usual.seconds) as vendor:
            one, two = (
                shared_rate(self._database(), vendor, n, self._shared) for n in (1, 2)
            )
        self._say(f"tasks/s of one worker {one:.1f}, of two {two:.1f}; 20 at once each")
        return {TWO: two / one}

    def writes_on_sqlite(self) -> Figures:
        with served(serve, self._usual.seconds) as vendor, sqlite() as url:
            found: Found = result_of(ours, url, vendor, self._small)
        self._say(f"SQLite: tasks/s {found.rate:.1f}, CPU ms a task {found.cpu:.1f}")
        return {WRITES_SQLITE: found.writes}

    def memory(self) -> Figures:
        with served(serve, NEVER) as vendor:
            mine, theirs = (
                result_of(work, self._database(), vendor, self._in_flight)
                for work in (our_memory, bare_memory)
            )
        self._say(
            f"{self._in_flight} in flight: kB a task {mine:.1f}, bare {theirs:.1f}"
        )
        return {MEMORY: mine / theirs}

    def kills(self) -> Figures:
        with served(serve, 1.0, 0.5) as vendor:
            unknown, each = unknown_by_kill(
                self._database(), vendor, self._kills, SUBMITTING
            )
        self._say(
            f"{self._kills} kills with {SUBMITTING} submits under way: {unknown} unknown, of each {each}"
        )
        if unknown != sum(each):
            raise AssertionError(f"{unknown} unknown, but {each} were under way")
        return {UNKNOWN: max(each) / SUBMITTING}

    def adoption(self) -> Figures:
        with served(serve, NEVER) as vendor:
            seconds = seconds_until_adopted(self._database(), vendor, self._orphans)
        self._say(f"{self._orphans} tasks of a dead worker went on in {seconds:.1f} s")
        return {ADOPTED: seconds}

    def _database(self) -> str:
        return self._server.new_database(like=self._prepared)

    def _say(self, words: str) -> None:
        print(f"{time.monotonic() - self._began:4.0f} s  {words}", flush=True)


CPU = "CPU a task, by bare + client alone"
RATE = "tasks a second, by bare"
TWO = "two workers by one"
WRITES = "writes a task, PostgreSQL"
WRITES_SQLITE = "writes a task, SQLite"
MEMORY = "memory a task in flight, by bare"
UNKNOWN = "unknown of a kill, by submits under way"
ADOPTED = "a dead worker's tasks go on, seconds"
TARGETS: dict[str, Target] = {
    CPU: at_most(1.4),
    RATE: at_least(0.7),
    TWO: at_least(1.6),
    WRITES: at_most(5.2),
    WRITES_SQLITE: at_most(10.5),
    MEMORY: at_most(1.2),
    UNKNOWN: at_most(1),
    ADOPTED: at_most(30),
}


def rows(figures: list[Figures]) -> list[Judged]:
    """Each has the values of all rounds that it was measured in."""
    return [
        Judged(name, [each[name] for each in figures if name in each], target)
        for name, target in TARGETS.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial")
    quick = parser.parse_args().quick
    print(f"Python {sys.version.partition(' ')[0]}, {load()}", flush=True)
    with Postgres() as server:
        bench = Bench(server, quick=quick)
        try:
            found = verdict.measure(bench.steps(), 1 if quick else ROUNDS)
        except Busy as busy:
            print(busy)
            return 0
        once = [step() for step in bench.steps_once()]
    print(f"{found}; {load()}")
    figures = [step for steps in found.counted for step in steps]
    return verdict.judge(rows(figures + once), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
