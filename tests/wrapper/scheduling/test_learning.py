"""What finished tasks teach about when to look at the next: the numbers, and what a wait makes of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import PollPolicy, State, Task
from imagetasks._scheduling.learning import Durations, Learning
from imagetasks._scheduling.policy import Gap
from imagetasks._scheduling.poll import Poll
from support.examples import law

QUEUED = Task(provider="akool", id="1", state=State.QUEUED, wire_state=1)
PENDING = Task(provider="aigptimage", id="1", state=State.PENDING, wire_state="waiting")
RUNNING = replace(QUEUED, state=State.RUNNING, wire_state=2)
DONE = replace(QUEUED, state=State.SUCCEEDED, wire_state=3)
FAILED = replace(QUEUED, state=State.FAILED, wire_state=4)


def poll(task: Task, learning: Learning | None, **policy: Any) -> Poll:
    return Poll(
        task,
        PollPolicy(**{"jitter": 0, **policy}),
        gap=Gap(2, 5),
        now=0,
        rng=random.Random(0),
        learning=learning,
    )


def learned(state: State, *seconds: float) -> Learning:
    learning = Learning()
    for duration in seconds:
        learning[None, state].add(duration)
    return learning


def looks(wait: Poll, state: Task, until: float) -> list[float]:
    """When a task is looked at that stays as it is."""
    now, at = 0.0, []
    while (step := wait.next_fetch(now=now)) and now + step.after <= until:
        now += step.after
        at.append(now)
        wait.record(state, now=now)
    return at


def test_below_eight_durations_the_gap_is_the_documented_one() -> None:
    wait = poll(replace(PENDING, _submitted=0), learned(State.PENDING, *[30] * 7))
    assert looks(wait, PENDING, 9) == [2, 4, 6, 8]


def test_from_eight_on_one_early_look_and_then_a_long_wait() -> None:
    learning = learned(State.PENDING, *[40] * 8)
    first = learning[None, State.PENDING].first_look
    assert first == pytest.approx(20)  # of eight, half of the percentile is believed
    wait = poll(replace(PENDING, _submitted=0), learning)
    assert looks(wait, PENDING, 27) == pytest.approx([3, 20, 22, 24, 26])


def test_of_many_durations_nearly_all_of_the_percentile_is_believed() -> None:
    durations = Durations()
    for n in range(1000):
        durations.add(30 + n / 100)
    assert durations.first_look == pytest.approx(30.5, rel=0.025)


def test_the_newest_thousand_durations_count() -> None:
    durations = Durations()
    for _ in range(1000):
        durations.add(100)
    for _ in range(1000):
        durations.add(10)
    assert durations.first_look is not None
    assert durations.first_look < 10
    assert durations.expected_lag(0, 20) == pytest.approx(10, rel=0.01)


def test_a_wait_that_learns_nothing_keeps_the_gap() -> None:
    wait = poll(replace(PENDING, _submitted=0), None)
    assert looks(wait, PENDING, 9) == [2, 4, 6, 8]


def test_a_task_of_unknown_age_keeps_the_gap() -> None:
    wait = poll(PENDING, learned(State.PENDING, *[40] * 8))
    assert looks(wait, PENDING, 7) == [0, 2, 4, 6]


def test_the_clock_starts_anew_when_the_task_runs() -> None:
    learning = learned(State.RUNNING, *[40] * 8)
    wait = poll(replace(QUEUED, _submitted=0), learning)
    assert looks(wait, QUEUED, 6) == [2, 4, 6]
    wait.record(RUNNING, now=8)
    assert wait.next_fetch(now=8) == pytest.approx((20, 30))


def test_each_state_has_its_own_durations() -> None:
    learning = Learning()
    for _ in range(8):
        wait = poll(replace(QUEUED, _submitted=0), learning)
        for task, now in ((QUEUED, 4), (RUNNING, 4), (RUNNING, 34), (DONE, 34)):
            wait.record(task, now=now)
    first_looks = [learning[None, s].first_look for s in (State.QUEUED, State.RUNNING)]
    assert first_looks == pytest.approx([2, 15])


def test_a_task_that_failed_teaches_nothing() -> None:
    learning = Learning()
    for _ in range(20):
        wait = poll(replace(RUNNING, _submitted=0), learning)
        wait.record(FAILED, now=2)
    assert learning[None, State.RUNNING].first_look is None


def test_a_vendors_own_times_count_before_what_we_saw() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    done = replace(
        PENDING,
        state=State.SUCCEEDED,
        created_at=began,
        finished_at=began + timedelta(seconds=30),
    )
    # Seen by a wait that submitted it, and by one that found it.
    for task in (replace(PENDING, _submitted=0), PENDING):
        learning = Learning()
        for _ in range(8):
            wait = poll(task, learning)
            wait.record(PENDING, now=10)
            assert wait.lag(done, now=40) == (10 if task._submitted == 0 else 15)
            wait.record(done, now=40)
        assert learning[None, State.PENDING].first_look == pytest.approx(15)


def test_between_two_looks_an_end_may_be_anywhere() -> None:
    learning = Learning()
    for seed in range(40):
        wait = poll(replace(PENDING, _submitted=0), learning)
        wait._rng = random.Random(seed)
        wait.record(PENDING, now=10)
        wait.record(replace(PENDING, state=State.SUCCEEDED), now=20)
    seen = learning[None, State.PENDING]._sorted
    assert 10 <= seen[0] < 12
    assert 18 < seen[-1] <= 20


def test_the_state_at_the_first_look_has_no_known_beginning() -> None:
    learning = Learning()
    for _ in range(8):
        wait = poll(QUEUED, learning)
        wait.record(RUNNING, now=0)
        wait.record(DONE, now=2)
    assert not learning[None, State.RUNNING]._sorted


SECONDS = st.floats(0, 120)


@law
@given(
    durations=st.lists(st.floats(0, 60), min_size=8, max_size=40),
    seen=SECONDS,
    longer=SECONDS,
)
def test_the_expected_lag_is_the_integral_it_claims_to_be(
    durations: list[float], seen: float, longer: float
) -> None:
    known = Durations()
    for duration in durations:
        known.add(duration)
    slow = 2 * sum(durations) / len(durations) or 30.0
    age = seen + longer

    def over(u: float) -> float:
        gone = sum(d <= u for d in durations) + 1 - exp(-u / slow)
        return gone / (len(durations) + 1)

    if all(d <= seen for d in durations):
        return  # only the imagined one is left: the next test
    steps = 2000
    integral = sum(
        over(seen + (i + 0.5) * longer / steps) - over(seen) for i in range(steps)
    )
    expected = integral * longer / steps / (1 - over(seen))
    assert known.expected_lag(seen, age) == pytest.approx(
        expected, abs=longer * 25 / steps + 1e-6
    )


@law
@given(durations=st.lists(st.floats(0, 60), max_size=40), seen=SECONDS, longer=SECONDS)
def test_the_longer_a_task_was_not_looked_at_the_more_is_to_be_expected(
    durations: list[float], seen: float, longer: float
) -> None:
    known = Durations()
    for duration in durations:
        known.add(duration)
    lag = known.expected_lag(seen, seen + longer)
    assert -1e-6 <= lag <= longer + 1e-6
    assert known.expected_lag(seen, seen + longer + 1) > lag


def test_a_task_that_outlasts_all_others_is_still_looked_at() -> None:
    known = Durations()
    for _ in range(100):
        known.add(1)
    assert known.expected_lag(1e9, 1e9 + 10) > 5


@pytest.mark.parametrize(
    ("policy", "refresh", "expected"),
    [
        (PollPolicy(follow_refresh=True), 30, (30, 30)),
        (PollPolicy(follow_refresh=True), None, (2, 5)),
        (PollPolicy(), 30, (2, 5)),
        (PollPolicy(follow_refresh=True, min_gap=40), 30, (40, 40)),
    ],
)
def test_following_the_refresh_is_opt_in(
    policy: PollPolicy, refresh: float | None, expected: tuple[float, float]
) -> None:
    assert policy.gap((2, None), refresh=refresh) == expected


def test_learn_and_follow_refresh_are_true_or_false() -> None:
    with pytest.raises(TypeError, match="learn is True or False"):
        PollPolicy(learn=1)  # type: ignore[arg-type]
