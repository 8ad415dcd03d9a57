"""`notify`: a webhook wakes whoever waits, polling slows down while they arrive and takes over when they stop."""

from __future__ import annotations

import asyncio
import heapq
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagetasks import (
    AsyncClient,
    Client,
    ImageRequest,
    PollPolicy,
    State,
    Task,
    WebhookEvent,
)
from imagetasks._scheduling import webhook_evidence
from imagetasks._scheduling.webhook_evidence import GRACE, SAFETY_GAP
from support.drivers import AsyncDriver, Driver, FakeClock, SyncDriver
from support.examples import examples
from support.tasks import STEADY

WITH_WEBHOOK = ImageRequest("a lighthouse", webhook_url="https://example.com/hook")
KEYS = {"akool": "secret-key-0123"}


def event(task: Task | str, state: State = State.SUCCEEDED) -> WebhookEvent:
    id = task if isinstance(task, str) else task.id
    return WebhookEvent(
        provider="akool",
        task_id=id,
        state=state,
        type="image",
        url="https://cdn.example.com/secret.png",
        sent_at=datetime.now(UTC),
    )


class Agenda(FakeClock):
    """Time in which something happens: a sleep ends early for it, as for a thread that is woken up."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead: list[tuple[float, int, Callable[[], object]]] = []

    def at(self, seconds: float, what: Callable[[], object]) -> None:
        """So many seconds after the start."""
        due = self.now - self.elapsed + seconds
        heapq.heappush(self._ahead, (due, len(self._ahead), what))

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        if self._ahead and self._ahead[0][0] <= until:
            self.now, _, what = heapq.heappop(self._ahead)
            what()
        else:
            self.now = until


@pytest.fixture
def clock() -> Agenda:
    return Agenda()


class Vendor:
    """AKOOL, whose tasks are called task-0 and so on; they run from 10 s on, and end after so many seconds each."""

    def __init__(self, clock: FakeClock, *lasts: float) -> None:
        self.lasts = lasts
        self.log: list[tuple[float, str]] = []
        self.faults: dict[float, int] = {}
        self.on_look: Callable[[str], object] = lambda id: None
        self._clock = clock
        self._began: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        now = self._clock.elapsed
        if request.method == "POST":
            self._began.append(now)
            return self._answer(f"task-{len(self._began) - 1}", 1)
        id = request.url.params["image_model_id"]
        self.log.append((now, id))
        if status := self.faults.pop(now, None):
            return httpx.Response(status)
        n = int(id.removeprefix("task-"))
        age = now - self._began[n]
        ends = self.lasts[n % len(self.lasts)]
        answer = self._answer(id, 3 if age >= ends else 2 if age >= 10 else 1)
        self.on_look(id)
        return answer

    def _answer(self, id: str, status: int) -> httpx.Response:
        data = {"_id": id, "image_status": status, "image": f"https://x/{id}.png"}
        return httpx.Response(200, json={"code": 1000, "msg": "OK", "data": data})

    @property
    def looks(self) -> list[float]:
        return [at for at, _ in self.log]


@pytest.fixture
def vendor(clock: Agenda) -> Vendor:
    return Vendor(clock, 40.5)


@pytest.fixture
def client(connect: Callable[..., Driver], vendor: Vendor) -> Driver:
    return connect(vendor, policy=STEADY)


# What a hint does.


def test_whoever_waits_looks_at_once(client, vendor, clock) -> None:
    task = client.submit("akool", WITH_WEBHOOK)
    clock.at(40.75, lambda: client.notify(event(task)))
    assert client.wait(task).state is State.SUCCEEDED
    assert clock.elapsed == 40.75


def test_the_event_is_not_believed(client, vendor, clock) -> None:
    """It says that the task has ended. That is for the vendor to say."""
    task = client.submit("akool", WITH_WEBHOOK)
    clock.at(7, lambda: client.notify(event(task, State.FAILED)))
    assert client.wait(task).state is State.SUCCEEDED
    # No other webhook will tell of an end: the gap is the usual one, also while webhooks arrive.
    assert vendor.looks == [2, 4, 6, *range(7, 42, 2)]


def test_a_state_on_the_way_is_seen_at_once_too(client, vendor, clock) -> None:
    task = client.submit("akool", WITH_WEBHOOK)
    clock.at(10.5, lambda: client.notify(event(task, State.RUNNING)))
    clock.at(11, lambda: client.notify(event(task, State.RUNNING)))
    seen: list[State] = []
    client.wait(task, on_update=lambda task: seen.append(task.state))
    assert vendor.looks[:8] == [2, 4, 6, 8, 10, 10.5, 11, 41]
    assert seen == [State.RUNNING, State.SUCCEEDED]


def test_all_who_wait_for_a_task_are_told(client, vendor, clock) -> None:
    task = client.submit("akool", WITH_WEBHOOK)
    clock.at(40.75, lambda: client.notify(event(task)))
    assert len(client.wait_all([task, task, task])) == 3
    assert clock.elapsed == 40.75


def test_a_hint_that_comes_before_the_wait_is_not_lost(client, vendor) -> None:
    """A task that is over before `wait` is called: its first look would be two seconds away."""
    vendor.lasts = (0,)
    task = client.submit("akool", WITH_WEBHOOK)
    client.notify(event(task))
    client.wait(task)
    assert vendor.looks == [0]


def test_news_of_a_task_that_nobody_waits_for_does_nothing(client, vendor) -> None:
    client.notify(event("nobody's"))
    assert vendor.log == []


def test_news_of_a_provider_without_a_key_does_nothing(driver) -> None:
    driver({"gptimage2api": "secret-key-0123"}).notify(event("1"))


def test_a_client_that_is_closed_takes_news_quietly(connect, vendor) -> None:
    client = connect(vendor)
    task = client.submit("akool", WITH_WEBHOOK)
    (client.aclose if isinstance(client, AsyncDriver) else client.close)()
    client.notify(event(task))


def test_what_was_told_is_remembered_of_so_many_tasks(client, monkeypatch) -> None:
    monkeypatch.setattr(webhook_evidence, "KEPT", 10)
    task = client.submit("akool", WITH_WEBHOOK)
    for n in range(100):
        client.notify(event(str(n)))
    client.wait(task)
    assert len(client.client._core._webhooks["akool"]._ended_by_task) == 10


def test_a_look_that_is_under_way_is_followed_by_another(client, vendor) -> None:
    """It may have been answered before the news came up."""
    task = client.submit("akool", WITH_WEBHOOK)
    hints = iter([State.RUNNING, State.SUCCEEDED])

    def tell(id: str) -> None:
        if state := next(hints, None):
            client.notify(event(id, state))

    vendor.on_look = tell
    client.wait(task)
    assert vendor.looks[:4] == [2, 2, 2, 4]


def test_a_hint_does_not_get_around_a_429(client, vendor, clock) -> None:
    vendor.lasts = (5,)
    vendor.faults = {2: 429, 4: 429}
    task = client.submit("akool", WITH_WEBHOOK)
    for seconds in (2.5, 3, 3.5):
        clock.at(seconds, lambda: client.notify(event(task)))
    client.wait(task)
    assert vendor.looks == [2, 4, 6]  # after a 429 there is none for two seconds


# The safety net.


def polls_of(client: Driver, clock: Agenda, arrive: Callable[[int], bool]) -> list[Any]:
    """Ten tasks, submitted one second after the other; of each it is said whether its webhook arrives."""
    tasks = []
    for n in range(10):
        tasks.append(client.submit("akool", WITH_WEBHOOK))
        submitted = clock.elapsed
        if arrive(n):
            for after, state in ((10, State.RUNNING), (40.75, State.SUCCEEDED)):
                news = event(tasks[-1], state)
                clock.at(submitted + after, lambda news=news: client.notify(news))
        clock.now += 1
    return client.wait_all(tasks)


def test_polling_is_a_safety_net_while_webhooks_arrive(client, vendor, clock) -> None:
    polls_of(client, clock, lambda n: True)
    assert clock.elapsed == 9 + 40.75  # the last one, at once
    # For each task two before its first webhook, one for each of two webhooks, and one for the net.
    assert len(vendor.looks) <= 10 * 5


def test_without_webhooks_it_takes_many_more(client, vendor, clock) -> None:
    polls_of(client, clock, lambda n: False)
    assert len(vendor.looks) > 180


def test_when_webhooks_stop_polling_takes_over_and_nothing_is_lost(
    client, vendor, clock
) -> None:
    """Those that tell of the first three tasks arrive, then no more."""
    done = polls_of(client, clock, lambda n: n < 3)
    assert {task.state for task in done} == {State.SUCCEEDED}
    assert clock.elapsed <= 9 + 40.5 + SAFETY_GAP


def test_polling_takes_over_for_all_once_an_end_was_not_told(client, vendor) -> None:
    vendor.lasts = (40, 200)
    tasks = [client.submit("akool", WITH_WEBHOOK) for _ in range(2)]
    client.notify(event("another"))
    client.wait_all(tasks)
    # Found at 60. For ten seconds its webhook may still come; then the usual gap holds.
    assert vendor.log[:4] == [
        (30, "task-0"),
        (30, "task-1"),
        (60, "task-0"),
        (60, "task-1"),
    ]
    assert vendor.looks[4:] == [*range(int(60 + GRACE + 2), 202, 2)]


@pytest.mark.parametrize("told", ["task-0", "another"])
def test_a_webhook_that_is_late_or_another_one_proves_that_they_arrive(
    client, vendor, clock, told
) -> None:
    vendor.lasts = (40, 200)
    tasks = [client.submit("akool", WITH_WEBHOOK) for _ in range(2)]
    client.notify(event("another"))
    clock.at(60 + GRACE - 1, lambda: client.notify(event(told)))
    client.wait_all(tasks)
    assert [at for at, id in vendor.log if id == "task-1"] == [*range(30, 211, 30)]


def test_after_they_stopped_the_next_one_is_believed_again(
    client, vendor, clock
) -> None:
    vendor.lasts = (40, 200)
    tasks = [client.submit("akool", WITH_WEBHOOK) for _ in range(2)]
    client.notify(event("another"))
    clock.at(101, lambda: client.notify(event("another")))
    client.wait_all(tasks)
    assert [at for at in vendor.looks if at > 98] == [100, 102, 132, 162, 192, 222]


def test_silence_proves_nothing_while_nothing_ends(client, vendor) -> None:
    vendor.lasts = (300,)
    task = client.submit("akool", WITH_WEBHOOK)
    client.notify(event("another"))
    client.wait(task)
    assert vendor.looks == [*range(30, 301, 30)]


def test_a_task_without_a_webhook_is_polled_as_usual(client, vendor, clock) -> None:
    task = client.submit("akool", ImageRequest("a lighthouse"))
    client.notify(event("another"))
    client.wait(task)
    assert vendor.looks == [*range(2, 43, 2)]


def test_a_task_of_another_process_has_a_webhook_once_one_tells_of_it(
    client, vendor, clock
) -> None:
    submitted = client.submit("akool", WITH_WEBHOOK)
    task = Task.from_token(submitted.to_token())
    clock.at(11, lambda: client.notify(event(task, State.RUNNING)))
    clock.at(41, lambda: client.notify(event(task)))
    client.wait(task)
    assert vendor.looks == [0, 2, 4, 6, 8, 10, 11, 41]


def test_a_failed_look_is_no_reason_to_wait_longer(client, vendor) -> None:
    vendor.lasts = (20,)
    vendor.faults = {30: 503}
    task = client.submit("akool", WITH_WEBHOOK)
    client.notify(event("another"))
    client.wait(task)
    assert vendor.looks == [30, 32]


def test_a_longer_gap_of_the_users_own_stays(connect, vendor, clock) -> None:
    policy = PollPolicy(min_gap=45, max_gap=45, jitter=0)
    client = connect(vendor, policy=policy)
    task = client.submit("akool", WITH_WEBHOOK)
    client.notify(event("another"))
    client.wait(task)
    assert vendor.looks == [45]


def test_the_last_look_before_the_deadline_is_made_all_the_same(
    client, vendor, clock
) -> None:
    task = client.submit("akool", WITH_WEBHOOK)
    client.notify(event("another"))
    assert client.wait(task, timeout=43).state is State.SUCCEEDED
    assert vendor.looks == [30, 42]


# In the log.


def test_the_log_tells_of_it_in_detail_and_of_no_url(client, clock, caplog) -> None:
    caplog.set_level(logging.DEBUG, "imagetasks")
    tasks = [client.submit("akool", WITH_WEBHOOK) for _ in range(2)]
    clock.at(11, lambda: client.notify(event(tasks[0], State.RUNNING)))
    client.wait_all(tasks)
    messages = [r.getMessage() for r in caplog.records if r.levelname == "DEBUG"]
    assert "akool task task-0: there is news" in messages
    assert (
        "akool: webhooks arrive, tasks that have one are polled every 30 s" in messages
    )
    assert "secret.png" not in caplog.text


# Threads.


def test_a_sync_client_that_sleeps_is_woken_by_another_thread() -> None:
    vendor = httpx.MockTransport(Vendor(FakeClock(), 0))
    policy = PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6)
    with Client(KEYS, policy=policy, transport=vendor) as client:
        task = client.submit("akool", WITH_WEBHOOK)
        done: list[Task] = []
        waiting = threading.Thread(target=lambda: done.append(client.wait(task)))
        waiting.start()
        client.notify(event(task))
        waiting.join(10)
    assert [task.state for task in done] == [State.SUCCEEDED]


def test_an_async_client_is_woken_by_another_thread() -> None:
    vendor = httpx.MockTransport(Vendor(FakeClock(), 0))
    policy = PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6)

    async def scenario() -> State:
        async with AsyncClient(KEYS, policy=policy, transport=vendor) as client:
            task = await client.submit("akool", WITH_WEBHOOK)
            waiting = asyncio.create_task(client.wait(task))
            await asyncio.sleep(0)
            await asyncio.to_thread(client.notify, event(task))
            return (await asyncio.wait_for(waiting, 10)).state

    assert asyncio.run(scenario()) is State.SUCCEEDED


def test_many_threads_may_notify_at_once() -> None:
    vendor = httpx.MockTransport(Vendor(FakeClock(), 0))
    policy = PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6)

    async def scenario() -> int:
        async with AsyncClient(KEYS, policy=policy, transport=vendor) as client:
            tasks = [await client.submit("akool", WITH_WEBHOOK) for _ in range(64)]
            waiting = asyncio.ensure_future(client.wait_all(tasks))
            calls = (asyncio.to_thread(client.notify, event(task)) for task in tasks)
            await asyncio.gather(*calls)
            return len(await asyncio.wait_for(waiting, 10))

    assert asyncio.run(scenario()) == 64


# Two drivers, one brain.


HINTS = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.integers(0, 5),
        st.sampled_from([State.RUNNING, State.SUCCEEDED]),
    ),
    max_size=12,
)


@settings(max_examples=examples(30))
@given(ends=st.lists(st.integers(1, 90), min_size=1, max_size=6), hints=HINTS)
def test_both_engines_send_the_same_requests_whatever_they_are_told(
    ends: list[int], hints: list[tuple[int, int, State]]
) -> None:
    logs = []
    for kind in (SyncDriver, AsyncDriver):
        clock = Agenda()
        vendor = Vendor(clock, *ends)
        transport = httpx.MockTransport(vendor)
        client = kind(KEYS, transport=transport, clock=clock, policy=STEADY)
        tasks = [client.submit("akool", WITH_WEBHOOK) for _ in ends]
        for seconds, n, state in hints:
            news = event(f"task-{n}", state)
            clock.at(seconds, lambda client=client, news=news: client.notify(news))
        ended = client.wait_all(tasks)
        client.close()
        logs.append((sorted(vendor.log), [task.state for task in ended], clock.elapsed))
    assert logs[0] == logs[1]
