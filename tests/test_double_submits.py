"""
Nothing is made twice: as a law in fake time, and on the mock's own books while one answer in five is disturbed.

`pytest -s` prints the books; a naive loop over the same faults shows what they are there for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any, NamedTuple

import httpx
import imagetasks_mock
import pytest
from drivers import AsyncDriver, SyncDriver
from hypothesis import event, given
from hypothesis import strategies as st
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
from imagetasks.testing import FakeClock
from imagetasks_clients import PROVIDERS
from mocked import Vendor
from vendors import AIG, GPT, KEY, accepted

# The law

UNSENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
]
LOST = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("gone"),
    *(500, 502, 503, 504, 520),
]
ODD = [408, 204, 301, b"", b"{}", b"<html>", b"\xff"]
REFUSED = [400, 401, 402, 404, 409, 422]
# fmt: off
WHAT_HAPPENS = st.sampled_from(UNSENT * 4 + [429] * 4 + LOST * 3 + ODD + REFUSED + [200])
# fmt: on


class Attempt(NamedTuple):
    what: Any
    began: float
    key: str | None
    retry_after: float | None

    @property
    def did_not_arrive(self) -> bool:
        return self.what in UNSENT or self.what == 429


class Fate:
    """A vendor whose answers are drawn, and take their time, as long as the client lets them."""

    def __init__(self, data: st.DataObject, provider: str, clock: FakeClock) -> None:
        self._data, self._provider, self._clock = data, provider, clock
        self.attempts: list[Attempt] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        what = self._data.draw(WHAT_HAPPENS)
        takes = self._data.draw(st.sampled_from([0.0, 0.1, 5.0, 1000.0]))
        hint = self._data.draw(st.sampled_from([None, 0, 7, 1000]))
        key = request.headers.get("X-Request-ID")
        patience = request.extensions["timeout"]["read"]
        if takes > patience:
            what = LOST[0]
        hint = hint if isinstance(what, int) and what in (429, 503) else None
        self.attempts.append(Attempt(what, self._clock.now, key, hint))
        self._clock.now += min(takes, patience)
        if isinstance(what, Exception):
            raise what
        if isinstance(what, bytes):
            return httpx.Response(200, content=what)
        body = accepted(self._provider) if what == 200 else {"error": "no"}
        headers = {} if hint is None else {"Retry-After": str(hint)}
        return httpx.Response(what, json=body, headers=headers)


@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver], ids=["sync", "async"])
@pytest.mark.parametrize("provider", [GPT, AIG])
@given(
    data=st.data(),
    deadline=st.floats(0.01, 300),
    outage=st.floats(0, 300),
    jitter=st.floats(0, 1),
)
def test_no_submit_follows_one_that_may_have_arrived(
    kind, provider, data, deadline, outage, jitter
) -> None:
    """But where the vendor deduplicates, and then with the same id; all of it bounded, and in the band of the gaps."""
    clock = FakeClock()
    fate = Fate(data, provider, clock)
    policy = PollPolicy(deadline=deadline, outage=outage, jitter=jitter, max_gap=5)
    client = kind(
        {provider: KEY}, transport=httpx.MockTransport(fate), clock=clock, policy=policy
    )
    try:
        ended: Task | ImageTasksError = client.submit(provider, ImageRequest("x"))
    except ImageTasksError as error:
        ended = error
    finally:
        client.close()
    event(f"{min(len(fate.attempts), 4)} attempts, {type(ended).__name__}")

    *earlier, last = fate.attempts
    for attempt in earlier:
        safe_here = provider == AIG and attempt.what in LOST
        assert attempt.did_not_arrive or safe_here
    assert len({attempt.key for attempt in fate.attempts}) == 1
    assert (last.key is None) == (provider == GPT)

    assert clock.elapsed <= deadline + 0.01
    assert last.began - fate.attempts[0].began <= outage
    for slept, attempt in zip(clock.slept, earlier, strict=True):
        asked = attempt.retry_after or 0
        assert max(2, asked) <= slept <= max(min(2 * (1 + jitter), 5), asked)

    if last.what == 200:
        assert isinstance(ended, Task)
    elif all(a.did_not_arrive or a.what in REFUSED for a in fate.attempts):
        assert isinstance(ended, ProviderError)
    else:
        assert isinstance(ended, SubmitOutcomeUnknown)


# The books

DISTURBED = 0.2
FAULTS: list[dict[str, object]] = [
    {"kind": "status", "status": 429, "retry_after": 0},
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


@pytest.mark.parametrize("submits", [400, pytest.param(10_000, marks=pytest.mark.long)])
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


def test_a_naive_loop_makes_tasks_twice(mock) -> None:
    """The control: three tries, as such loops are written. Without it the test above might see nothing."""
    wanted = orders(400)
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
