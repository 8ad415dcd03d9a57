"""How many submits of a provider are under way at once, and when the next one may leave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import sqlalchemy as sa

from .._errors import logger
from ._database import Database
from ._errors import DurableError
from ._queue import Queue

LATE_SHARE, LEAST_LATE = 0.05, 0.15
"""How long after its instant a submit may still leave: a share of the rate's seconds, and at least so many."""

DATABASE_AWAY = 1.0
"""Seconds before a database that cannot be reached is asked again."""
AHEAD = 256
"""Submits of all workers that may be under way: so many instants are reserved at most."""


class Turns:
    """
    Instants at which submits of one provider may leave, one after another, for all workers of a database.

    They are spaced so that no `seconds` hold more than `most`, though each submit may be late by `lateness`. One that lies
    further ahead than all workers together reserve is left by a clock that went back.
    """

    def __init__(
        self, database: Database, provider: str, rate: tuple[int, float]
    ) -> None:
        most, seconds = rate
        self.lateness = max(LATE_SHARE * seconds, LEAST_LATE)
        self._gap = (seconds + self.lateness) / most
        self._database = database
        self._provider = provider

    def reserve(self) -> float:
        """Seconds until the instant that is now ours."""
        table, instant = self._database.table("turns"), self._database.now
        later, sooner = (
            ("max", "min") if self._database.is_sqlite else ("greatest", "least")
        )
        statement = sa.text(
            f"INSERT INTO {table} AS turns (provider, free_at) VALUES (:provider, {instant} + :gap)"
            f" ON CONFLICT (provider) DO UPDATE SET free_at ="
            f" {later}({sooner}(turns.free_at, {instant} + :ahead), {instant}) + :gap"
            f" RETURNING free_at - :gap - {instant} AS after"
        )
        values = {
            "provider": self._provider,
            "gap": self._gap,
            "ahead": AHEAD * self._gap,
        }
        with self._database.explained(), self._database.engine.begin() as connection:
            row = connection.execute(statement, values).one()
        return max(float(row.after), 0.0)


class Gate:
    """
    What a submit passes, for one provider, in one event loop: a place, and a turn.

        place = await gate.enter()      # before the intent is written
        await place.confirm()           # after it, right before the POST
        place.leave()                   # once the outcome is written
    """

    def __init__(
        self,
        queue: Queue,
        turns: Turns | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = asyncio.Semaphore(queue.submitting)
        self._turns = turns
        self._clock = clock
        self._is_closed = False
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._under_way = 0

    async def enter(self) -> Place:
        """Never returns once the gate is closed: what waits here is gone on with by another run."""
        await self._places.acquire()
        try:
            due = await self._turn()
            if self._is_closed:
                await asyncio.get_running_loop().create_future()
        except BaseException:
            self._places.release()
            raise
        self._under_way += 1
        self._is_empty.clear()
        return Place(self, due)

    async def _turn(self) -> float:
        """Waits for an instant at which a submit may leave, and returns it."""
        if self._turns is None:
            return self._clock()
        while True:
            asked = self._clock()
            try:
                due = asked + await asyncio.to_thread(self._turns.reserve)
                break
            except DurableError as error:
                # As DBOS has it: while the database is away, all wait for it.
                logger.warning("no turn: %s", error)
                await asyncio.sleep(DATABASE_AWAY)
        # The answer took its time: the instant is no sooner than this.
        due += self._clock() - asked
        await asyncio.sleep(max(due - self._clock(), 0.0))
        return due

    async def _confirm(self, due: float) -> None:
        while self._turns and self._clock() > due + self._turns.lateness:
            due = await self._turn()

    def _leave(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._is_empty.set()
        self._places.release()

    def close(self) -> None:
        """Nobody enters any more."""
        self._is_closed = True

    async def wait_until_empty(self) -> None:
        await self._is_empty.wait()


class Place:
    """Of one submit that is under way."""

    def __init__(self, gate: Gate, due: float) -> None:
        self._gate = gate
        self._due = due
        self._is_left = False

    async def confirm(self) -> None:
        """Wait for another turn where the intent took so long that ours is over."""
        await self._gate._confirm(self._due)

    def leave(self) -> None:
        if not self._is_left:
            self._is_left = True
            self._gate._leave()
