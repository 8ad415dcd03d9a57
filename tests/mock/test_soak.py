"""Twenty thousand tasks at once while one answer in ten is disturbed: none lost, none made twice, memory flat."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from itertools import cycle, islice
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from imagetasks import (
    AsyncClient,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    ProviderError,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
)
from imagetasks_clients import PROVIDERS
from support.mocked import serve_apart

TASKS = 20_000
SUBMITS_AT_ONCE = 128
# Outages are not the subject: at this load a task is looked at every ten seconds, and one in a million has bad luck.
POLICY = PollPolicy(min_gap=5, max_gap=10, attempt=5, outage=600)
SCENARIO: dict[str, object] = {
    "seed": 1,
    "durations": [{"median": 30, "p95": 60}],
    "outcomes": [{"probability": 0.05, "outcome": "failed"}],
    "faults": [
        {"kind": "status", "status": 429, "retry_after": 1, "count": 4},
        {"kind": "status", "status": 503, "probability": 0.02},
        {"kind": "latency", "seconds": 0.5, "probability": 0.02},
        {"kind": "hang", "probability": 0.002},
        *(
            {"kind": kind, "probability": 0.01}
            for kind in (
                *("reset", "lost_answer", "truncated", "reset_in_body"),
                *("malformed_json", "unknown_state"),
            )
        ),
    ],
}

Name = tuple[str, str]


@pytest.fixture
def mock() -> Iterator[Connection]:
    """In a process of its own, so that the memory here is the client's."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve_apart, args=(there, SCENARIO), daemon=True)
    process.start()
    yield here
    process.terminate()
    process.join()


def name(task: Task) -> Name:
    return task.provider, task.id


def resident() -> int:
    """Bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


async def submit_all(client: AsyncClient) -> tuple[list[Task], int]:
    """The tasks that were accepted, and how many submits nobody knows the outcome of."""
    made: list[Task] = []
    unknown = 0
    left = islice(cycle(PROVIDERS), TASKS)

    async def submit_some() -> None:
        nonlocal unknown
        for provider in left:
            try:
                made.append(await client.submit(provider, ImageRequest("a lighthouse")))
            except SubmitOutcomeUnknown:
                unknown += 1
            except ProviderError:
                pass

    await asyncio.gather(*(submit_some() for _ in range(SUBMITS_AT_ONCE)))
    return made, unknown


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="counts pages")
def test_each_of_twenty_thousand_tasks_ends_once(mock: Connection) -> None:
    ends: list[tuple[Name, State]] = []
    memory: list[int] = []

    async def scenario() -> tuple[list[Name], int]:
        async with AsyncClient(mock.recv(), policy=POLICY) as client:
            made, unknown = await submit_all(client)
            async for end in client.as_completed(made, return_errors=True):
                if isinstance(end, ImageTasksError):
                    assert isinstance(end, TaskFailed)
                    end = end.task
                ends.append((name(end), end.state))
                if len(ends) in (len(made) // 4, len(made)):
                    memory.append(resident())
            return [name(task) for task in made], unknown

    accepted, unknown = asyncio.run(scenario())
    mock.send("books")
    books: dict[Name, str] = mock.recv()
    assert len(accepted) > 0.9 * TASKS
    assert len(accepted) == len(set(accepted)), "two submits gave the same task"
    assert 0 <= len(books) - len(accepted) <= unknown, "a task was made twice"
    assert sorted(id for id, _ in ends) == sorted(accepted), "lost, or ended twice"
    assert all(books[id] == state for id, state in ends)
    quarter, whole = memory
    assert whole < 1.1 * quarter
