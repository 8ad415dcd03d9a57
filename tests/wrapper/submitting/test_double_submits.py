"""
Nothing is made twice: on the mock's own books, while one answer in five is disturbed.

`pytest -s` prints what they say; a naive loop over the same faults shows what they are there for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import httpx
import imagetasks_mock
import pytest
from imagetasks import (
    AsyncClient,
    Client,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    ProviderError,
    SubmitOutcomeUnknown,
    Task,
)
from imagetasks_clients import PROVIDERS
from support.mocked import Vendor

DISTURBED = 0.2
FAULTS: list[dict[str, object]] = [
    *({"kind": "status", "status": s} for s in (408, 500, 502, 503, 504, 520)),
    {"kind": "redirect"},
    {"kind": "reset"},
    {"kind": "hang"},
    # From here on there is a task.
    {"kind": "latency", "seconds": 5},
    {"kind": "slow_body", "seconds": 5},
    *(
        {"kind": kind}
        for kind in (
            *("lost_answer", "truncated", "reset_in_body", "reset_after_body"),
            *("empty_body", "malformed_json", "missing_field", "wrong_type"),
        )
    ),
]
PATIENCE = 1.0
"""Seconds for an exchange: less than the slow faults take."""
AT_ONCE = 24
POLICY = PollPolicy(min_gap=0.01, max_gap=0.02, attempt=PATIENCE, outage=20)
Outcome = Task | ImageTasksError


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=0, seed=1) as mock:
        # The first fault that strikes is the one: so the next ones are asked less often.
        left = 1.0
        # A few: each slows all submits of its key, and time is real here.
        mock.faults.add("status", status=429, retry_after=0, count=8)
        for fault in FAULTS:
            share = DISTURBED / len(FAULTS) / left
            mock.faults.add(**fault, probability=share)
            left *= 1 - share
        yield mock


def orders(submits: int) -> list[tuple[str, ImageRequest]]:
    """Each with a prompt of its own, the vendors in turn."""
    return [
        (provider, ImageRequest(f"picture {n}"))
        for n, provider in enumerate(islice(cycle(PROVIDERS), submits))
    ]


def submit_sync(
    mock: imagetasks_mock.Mock, wanted: list[tuple[str, ImageRequest]]
) -> list[Outcome]:
    def submit(order: tuple[str, ImageRequest]) -> Outcome:
        try:
            return client.submit(*order)
        except ImageTasksError as error:
            return error

    access = {provider: mock.access(provider) for provider in PROVIDERS}
    with Client(access, policy=POLICY) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(submit, wanted))


def submit_async(
    mock: imagetasks_mock.Mock,
    wanted: list[tuple[str, ImageRequest]],
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[Outcome]:
    async def scenario() -> list[Outcome]:
        at_once = asyncio.Semaphore(AT_ONCE)
        access = {provider: mock.access(provider) for provider in PROVIDERS}

        async def submit(provider: str, request: ImageRequest) -> Outcome:
            async with at_once:
                try:
                    return await client.submit(provider, request)
                except ImageTasksError as error:
                    return error

        async with AsyncClient(access, policy=POLICY, transport=transport) as client:
            return await asyncio.gather(*(submit(*order) for order in wanted))

    return asyncio.run(scenario())


def submit_over_httpx(
    mock: imagetasks_mock.Mock, wanted: list[tuple[str, ImageRequest]]
) -> list[Outcome]:
    return submit_async(mock, wanted, httpx.AsyncHTTPTransport())


CLIENTS: list[Callable[..., list[Outcome]]] = [
    submit_sync,
    submit_async,
    submit_over_httpx,
]


def made(mock: imagetasks_mock.Mock) -> dict[str, list[str]]:
    """The ids of the tasks that the vendors made, by prompt."""
    books: dict[str, list[str]] = {}
    for task in mock.tasks:
        assert task.prompt is not None
        books.setdefault(task.prompt, []).append(task.id)
    return books


@pytest.mark.parametrize("submits", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_the_vendors_books_have_no_task_twice_and_none_that_nobody_knows_of(
    mock, submits
) -> None:
    wanted = orders(submits)
    outcomes: list[Outcome] = []
    for n, submit_all in enumerate(CLIENTS):
        share = wanted[n * submits // 3 : (n + 1) * submits // 3]
        outcomes += submit_all(mock, share)

    books = made(mock)
    made_unseen = 0
    for (provider, request), outcome in zip(wanted, outcomes, strict=True):
        ids = books.pop(request.prompt, [])
        assert len(ids) <= 1, f"{provider} made {request.prompt} twice"
        match outcome:
            case Task():
                assert ids == [outcome.id]
            case SubmitOutcomeUnknown():
                made_unseen += len(ids)
            case ProviderError():
                assert ids == [], f"a refusal, and still a task: {outcome!r}"
    assert books == {}

    ended = Counter(type(outcome).__name__ for outcome in outcomes)
    print(f"\n{submits} submits, 20 % disturbed: none made twice. {dict(ended)}")
    print(f"{made_unseen} of the unknown ones had made a task")
    assert ended["Task"] > submits / 2
    assert made_unseen > submits / 100


@pytest.mark.long
def test_a_naive_loop_makes_tasks_twice(mock) -> None:
    """The control: three tries, as such loops are written. Without it the test above might see nothing."""
    wanted = orders(150)
    vendors = {provider: Vendor(mock, provider) for provider in PROVIDERS}

    def submit(order: tuple[str, ImageRequest]) -> None:
        provider, request = order
        for _ in range(3):
            try:
                answer = vendors[provider].submit_prompt(request.prompt)
                answer.raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                continue
            return

    for vendor in vendors.values():
        vendor.http.timeout = httpx.Timeout(PATIENCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(submit, wanted))
    for vendor in vendors.values():
        vendor.http.close()

    twice = sum(len(ids) > 1 for ids in made(mock).values())
    print(f"\n{len(wanted)} submits, 20 % disturbed: a naive loop made {twice} twice")
    assert twice > 0.01 * len(wanted)
