"""When the next submit of a provider may leave: for all workers together, by the clock of the database."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from imagetasks.durable import Queue
from imagetasks.durable._database import Database
from imagetasks.durable._gate import AHEAD, Gate, Turns


@pytest.fixture
def database(url: str) -> Database:
    opened = Database(url)
    opened.prepare()
    return opened


@pytest.mark.long
def test_instants_are_spaced_for_all_workers_together(database: Database) -> None:
    workers = [Turns(database, "akool", (10, 60.0)) for _ in range(2)]
    other = Turns(database, "aigptimage", (10, 60.0))
    after = [workers[n % 2].reserve() for n in range(11)]
    assert after[0] == 0.0
    # Ten of them, and what each may be late, take longer than the minute.
    assert after[10] - after[0] > 60 + workers[0].lateness - 1
    assert other.reserve() == 0.0
    database.close()


@pytest.mark.long
def test_a_clock_that_went_back_holds_nothing_up_for_long(database: Database) -> None:
    turns = Turns(database, "akool", (10, 1.0))
    turns.reserve()
    table = database.table("turns")
    with database.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {table} SET free_at = free_at + 86400"))
    assert turns.reserve() <= AHEAD * 1.15 / 10 + 1
    database.close()


def test_a_place_whose_turn_is_over_waits_for_another(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.prepare()
    now = 0.0

    async def use() -> list[float]:
        nonlocal now
        turns = Turns(database, "akool", (1000, 1.0))
        gate = Gate(Queue(submitting=1), turns, clock=lambda: now)
        place = await gate.enter()
        reserved = [turns.reserve()]
        await place.confirm()
        reserved.append(turns.reserve())
        now += 10  # so long the intent took
        waiting = asyncio.create_task(place.confirm())
        await asyncio.sleep(0.05)
        reserved.append(turns.reserve())
        await waiting
        place.leave()
        place.leave()
        await gate.wait_until_empty()
        return reserved

    assert len(asyncio.run(use())) == 3
    database.close()
