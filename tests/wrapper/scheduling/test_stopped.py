"""A process that was stopped: it goes on past a deadline, and no negative duration leaves any decision."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import PollPolicy, State, Task, WaitTimeout
from imagetasks._scheduling.learning import Durations, Learning
from imagetasks._scheduling.limits import Limits
from imagetasks._scheduling.policy import Gap
from imagetasks._scheduling.poll import Poll
from imagetasks._scheduling.queue import ProviderQueue
from imagetasks._scheduling.scheduler import Scheduler
from imagetasks._scheduling.wait import Wait
from imagetasks._scheduling.webhook_evidence import WebhookEvidence
from imagetasks._specs.spec import Limit
from imagetasks.testing import FakeClock
from support.tasks import STEADY, TASK, XING, body

SECONDS = st.floats(-1e9, 1e9)


@given(
    durations=st.lists(SECONDS | st.just(-1e-13), max_size=40),
    seen=SECONDS,
    age=SECONDS,
)
def test_whatever_was_learned_the_expected_lag_is_a_duration(
    durations: list[float], seen: float, age: float
) -> None:
    known = Durations()
    for duration in durations:
        known.add(duration)
    assert known.expected_lag(max(seen, 0.0), age) >= -1e-6
    assert known.first_look is None or known.first_look >= 0


@given(
    stops=st.lists(st.floats(0, 30), min_size=1, max_size=20),
    budget=st.floats(0, 20),
    waits=st.integers(1, 5),
    per_minute=st.sampled_from([None, 1, 60]),
)
def test_no_exchange_begins_past_the_deadline_however_long_the_process_is_stopped(
    stops: list[float], budget: float, waits: int, per_minute: int | None
) -> None:
    limits = Limits([Limit(per_minute, 60)] if per_minute else [])
    queue = ProviderQueue(2, limits, WebhookEvidence(XING))
    scheduler = Scheduler({XING: queue}, wants_polls=lambda: False)
    ends: list[object] = []
    for n in range(waits):
        poll = Poll(
            TASK, STEADY, gap=Gap(2, 5), now=0, rng=Random(n),
            timeout=budget, learning=Learning(),
        )  # fmt: skip
        scheduler.add(Wait(n, poll, ends.append), now=0)
    now = 0.0
    for stop in [*stops, 1000.0, 1000.0, 1000.0]:
        exchanges = scheduler.start(now=now)
        assert all(exchange.timeout > 0 for exchange in exchanges)
        assert not exchanges or now < budget
        now += stop
        for exchange in exchanges:
            scheduler.finish(exchange, TASK, now=now)
        for one in scheduler.take_news():
            if one.wait is not None:
                ends.append(one.what)
    assert scheduler.is_idle
    errors = [end.error for end in ends if getattr(end, "error", None)]
    assert len(errors) == waits
    assert all(isinstance(error, WaitTimeout) for error in errors)


def test_a_client_that_was_stopped_past_the_deadline_tells_that_time_is_up(
    driver: Callable, clock: FakeClock
) -> None:
    asked: list[float] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(clock.elapsed)
        return httpx.Response(200, json=body("queued"))

    def oversleep(seconds: float) -> None:
        clock.now += seconds + 60

    clock.sleep = oversleep  # type: ignore[method-assign]
    client = driver({XING: "key"}, transport=httpx.MockTransport(vendor), clock=clock, policy=STEADY)  # fmt: skip
    with pytest.raises(WaitTimeout) as caught:
        client.wait(TASK, timeout=10)
    assert caught.value.task.state is State.QUEUED
    assert asked == [0]


@pytest.mark.parametrize("max_gap", [3.0, None])
def test_times_of_a_vendor_never_make_it_look_away_for_long(
    connect: Callable, clock: FakeClock, max_gap: float | None
) -> None:
    """A completion before the creation, seconds for milliseconds, another zone: of tasks found finished, and of our own."""
    gpt, asked = "gptimage2api", []
    finished = [
        "2026-11-01T00:59:59.995Z",
        "2026-11-01T09:00:05.000Z",
        "2025-11-01T00:00:00.000Z",
        "2035-01-01T00:00:00.000Z",
    ]

    def vendor(request: httpx.Request) -> httpx.Response:
        id = request.url.path.rpartition("/")[2]
        asked.append((id, clock.elapsed))
        looks = sum(each == id for each, _ in asked)
        is_over = id.startswith("old") or looks > 5
        known = {
            "taskId": id, "type": "image", "status": int(is_over),
            "createdAt": "2026-11-01T01:00:00.000Z",
        }  # fmt: skip
        if is_over:
            number = int(id.strip("oldnew"))
            known["completedAt"] = finished[number % len(finished)]
            known["imageUrls"] = ["https://cdn.example.com/1.png"]
        return httpx.Response(200, json=known)

    client = connect(vendor, policy=PollPolicy(jitter=0, max_gap=max_gap))
    for age in ("old", "new"):
        for n in range(12):
            submitted = clock.now if age == "new" else None
            task = Task(provider=gpt, id=f"{age}{n}", state=State.PENDING, _submitted=submitted)  # fmt: skip
            client.wait(task)
    times = [at for id, at in asked if id.startswith("new")]
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    # Ten seconds and two gaps are what this machine has seen of each.
    assert max(gaps) <= (max_gap or 12)
