"""The decisions of waiting, without clock or socket; the laws hold for any sequence of answers."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    ImageTasksError,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollOutage,
    PollPolicy,
    ProviderError,
    RateLimited,
    ServerError,
    State,
    Task,
    TaskNotFound,
    UnknownState,
    WaitTimeout,
)
from imagetasks._scheduling.policy import Gap
from imagetasks._scheduling.poll import Poll
from support.examples import law

TASK = Task(provider="akool", id="66a1", state=State.QUEUED, wire_state=1)
RUNNING = replace(TASK, state=State.RUNNING, wire_state=2)
UNKNOWN = replace(TASK, state=State.UNKNOWN, wire_state=9)
DONE = replace(TASK, state=State.SUCCEEDED, wire_state=3)


GAP = Gap(2, 5)


def poll(task: Task = TASK, **policy: Any) -> Poll:
    return Poll(
        task,
        PollPolicy(**{"jitter": 0, **policy}),
        gap=GAP,
        now=0,
        rng=random.Random(0),
    )


def test_looks_at_an_older_task_at_once_and_then_every_gap() -> None:
    wait = poll()
    assert wait.next_fetch(now=0) == (0, 30)
    wait.record(RUNNING, now=0.5)
    assert wait.next_fetch(now=0.5) == (2, 30)


def test_gives_a_task_submitted_just_now_a_gap_first() -> None:
    wait = poll(replace(TASK, _submitted=-0.5))
    assert wait.next_fetch(now=0) == (1.5, 30)


@pytest.mark.parametrize(
    ("guess", "policy", "after"),
    [
        (12, {}, 12),
        (0, {}, 2),  # not sooner than usual
        (-5, {}, 2),
        (None, {}, 2),
        (4000, {}, 30),  # a guess may be wrong
        (10**400, {}, 30),
        (float("inf"), {}, 30),
        (float("nan"), {}, 2),
        (12, {"max_gap": 3}, 3),  # the caller's bound holds
    ],
)
def test_looks_again_when_the_vendor_guesses_that_it_is_done(
    guess: float | None, policy: dict[str, float], after: float
) -> None:
    wait = poll(**policy)
    wait.record(replace(RUNNING, _seconds_left=guess), now=0.5)
    assert wait.next_fetch(now=0.5) == (after, 30)


def test_a_guess_holds_for_the_answer_that_it_came_with() -> None:
    wait = poll()
    wait.record(replace(RUNNING, _seconds_left=12), now=0.5)
    wait.record(replace(RUNNING, _seconds_left=None), now=12.5)
    assert wait.next_fetch(now=12.5) == (2, 30)


@pytest.mark.parametrize("elsewhere", [-1e6, -60, 1e6])
def test_the_clock_of_another_machine_delays_nothing(elsewhere: float) -> None:
    wait = poll(replace(TASK, _submitted=elsewhere))
    assert wait.next_fetch(now=0) == (0, 30)
    with pytest.raises(TaskNotFound):
        wait.record_failure(TaskNotFound("not ours"), now=0)


def test_makes_no_request_for_a_task_that_is_terminal() -> None:
    for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED):
        assert poll(replace(TASK, state=state)).next_fetch(now=0) is None


def test_an_exchange_may_take_what_is_left_and_no_more() -> None:
    wait = poll(deadline=10)
    assert wait.next_fetch(now=0) == (0, 10)
    wait.record(RUNNING, now=5)
    assert wait.next_fetch(now=5) == (2, 3)


def test_the_last_look_is_early_enough_to_end_by_the_deadline() -> None:
    wait = poll(deadline=10)
    wait.record(RUNNING, now=8.5)
    assert wait.next_fetch(now=8.5) == (0.5, 1)
    wait.record(RUNNING, now=9.1)
    with pytest.raises(
        WaitTimeout, match=r"akool task 66a1: RUNNING after 9\.1 s"
    ) as caught:
        wait.next_fetch(now=9.1)
    assert caught.value.task == RUNNING
    assert isinstance(caught.value, TimeoutError)


def test_a_last_look_that_rounding_makes_early_is_the_last() -> None:
    wait = poll(deadline=10)
    wait.record(RUNNING, now=8.5)
    with pytest.raises(WaitTimeout):
        wait.next_fetch(now=9 - 1e-15 * 9)


def test_a_timeout_of_nothing_asks_nothing() -> None:
    with pytest.raises(WaitTimeout):
        poll(deadline=0).next_fetch(now=0)


def test_failures_in_a_row_are_borne_for_the_outage_budget() -> None:
    wait = poll(outage=5)
    for now in (0, 2, 4):
        wait.next_fetch(now=now)
        wait.record_failure(NetworkError("reset"), now=now)
    wait.next_fetch(now=4)
    with pytest.raises(PollOutage) as caught:
        wait.record_failure(ServerError("akool: HTTP 503", status_code=503), now=6)
    assert caught.value.task == TASK
    assert isinstance(caught.value.__cause__, ServerError)


def test_one_good_answer_ends_an_outage() -> None:
    wait = poll(outage=5)
    for now in (0, 4, 8, 12):
        wait.next_fetch(now=now)
        wait.record_failure(NetworkError("reset"), now=now)
        wait.record(RUNNING, now=now + 1)
    assert wait.task == RUNNING


def test_an_outage_began_with_the_exchange_that_failed_first() -> None:
    wait = poll(outage=20)
    wait.next_fetch(now=0)
    with pytest.raises(PollOutage):
        wait.record_failure(NetworkError("timeout"), now=30)


def unreadable() -> MalformedResponse:
    """A success without a result."""
    error = MalformedResponse("akool: HTTP 200", status_code=200, body=b"{}")
    error._success = DONE
    return error


@law
@given(st.lists(st.sampled_from(["going", "unreadable", "down"]), max_size=60))
def test_no_wait_looks_more_than_three_times_at_a_success_without_a_result(
    answers: list[str],
) -> None:
    """Whatever comes in between, but for a task that goes on after all. What is no answer counts for the outage only."""
    wait, looks, now = poll(deadline=10_000, outage=30), 0, 0.0
    ended: ImageTasksError | None = None
    for answer in answers:
        step = wait.next_fetch(now=now)
        assert step is not None
        assert step.after >= 2 or not now
        now += step.after
        looks = {"going": 0, "unreadable": looks + 1, "down": looks}[answer]
        try:
            if answer == "going":
                wait.record(RUNNING, now=now)
            else:
                bad = unreadable() if answer == "unreadable" else NetworkError("reset")
                wait.record_failure(bad, now=now)
        except (MalformedResponse, PollOutage) as error:
            ended = error
            break
    assert isinstance(ended, MalformedResponse) is (looks == 3)
    assert looks <= 3


def test_what_time_cannot_heal_is_raised_at_once_with_the_task() -> None:
    with pytest.raises(InvalidRequest) as caught:
        poll().record_failure(InvalidRequest("akool: 1003"), now=0)
    assert caught.value.task == TASK


def test_a_404_just_after_our_own_submit_is_borne_and_later_is_not() -> None:
    wait = poll(replace(TASK, _submitted=0))
    wait.next_fetch(now=0)
    wait.record_failure(TaskNotFound("not yet"), now=2)
    with pytest.raises(TaskNotFound):
        wait.record_failure(TaskNotFound("still not"), now=12)
    with pytest.raises(TaskNotFound):
        poll().record_failure(TaskNotFound("not ours"), now=0)


def test_retry_after_lengthens_the_gap_up_to_what_is_left() -> None:
    wait = poll(deadline=100)
    wait.next_fetch(now=0)
    wait.record_failure(RateLimited("429", retry_after=17), now=1)
    assert wait.next_fetch(now=1) == (17, 30)
    wait.record_failure(RateLimited("429", retry_after=86400), now=20)
    assert wait.next_fetch(now=20) == (79, 1)


def test_retry_after_never_shortens_the_gap() -> None:
    wait = poll()
    wait.next_fetch(now=0)
    wait.record_failure(RateLimited("429", retry_after=0.1), now=0)
    assert wait.next_fetch(now=0) == (2, 30)


def test_an_unknown_state_is_borne_for_its_grace_and_then_quoted() -> None:
    wait = poll(unknown_grace=10)
    wait.record(UNKNOWN, now=0)
    wait.record(UNKNOWN, now=9)
    with pytest.raises(UnknownState, match="undocumented state 9 for 10 s") as caught:
        wait.record(UNKNOWN, now=10)
    assert caught.value.task == UNKNOWN


def test_a_known_state_gives_the_next_unknown_one_its_full_grace() -> None:
    wait = poll(unknown_grace=10)
    wait.record(UNKNOWN, now=0)
    wait.record(RUNNING, now=9)
    wait.record(UNKNOWN, now=11)
    wait.record(UNKNOWN, now=20)


def test_says_when_the_state_changed() -> None:
    wait = poll()
    assert wait.record(RUNNING, now=0)
    assert not wait.record(RUNNING, now=1)
    assert wait.record(UNKNOWN, now=2)


@pytest.mark.parametrize(
    ("policy", "documented", "expected"),
    [
        ({}, (None, None), (2, 5)),
        ({}, (2, 5), (2, 5)),
        ({}, (30, 60), (30, 60)),
        ({}, (2, None), (2, 5)),
        ({"min_gap": 0.05}, (2, 5), (0.05, 5)),
        ({"min_gap": 10}, (2, 5), (10, 10)),
        ({"max_gap": 1}, (2, 5), (1, 1)),
        ({"min_gap": 1, "max_gap": 3}, (30, 60), (1, 3)),
    ],
)
def test_gaps_are_the_callers_else_the_vendors_else_inferred(
    policy: dict[str, float],
    documented: tuple[float, float],
    expected: tuple[float, float],
) -> None:
    assert PollPolicy(**policy).gap(documented) == expected


@pytest.mark.parametrize(
    "policy",
    [
        {"deadline": -1},
        {"attempt": 0},
        {"min_gap": float("nan")},
        {"jitter": float("inf")},
        {"min_gap": 5, "max_gap": 2},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(policy: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"seconds|above|forbids"):
        PollPolicy(**policy)


SECONDS = st.floats(0, 100)
ANSWERS = st.one_of(
    st.sampled_from([TASK, RUNNING, UNKNOWN, DONE]),
    st.builds(
        lambda hint: RateLimited("429", retry_after=hint), st.none() | st.floats(0, 1e9)
    ),
    st.builds(lambda: NetworkError("reset")),
)


@law
@given(
    answers=st.lists(st.tuples(ANSWERS, SECONDS), max_size=60),
    policy=st.builds(
        PollPolicy,
        min_gap=st.none() | st.floats(0.01, 3),
        max_gap=st.none() | st.floats(3, 10),
        deadline=st.floats(0, 300),
        attempt=st.floats(0.1, 60),
        outage=st.floats(0, 100),
        unknown_grace=st.floats(0, 100),
        jitter=st.floats(0, 1),
    ),
    documented=st.sampled_from([(None, None), (2, 5), (2, None)]),
    seed=st.integers(0, 1000),
)
def test_no_sequence_of_answers_breaks_the_laws(
    answers: list[tuple[Task | ProviderError, float]],
    policy: PollPolicy,
    documented: tuple[float | None, float | None],
    seed: int,
) -> None:
    """
    Never past the deadline, gaps within the policy, at least one end, nothing after a terminal state.

    "Tasks ... once terminal will not change again" (xingchaoyiqing): so no fetch may follow one.
    """
    gap = policy.gap(documented)
    wait = Poll(TASK, policy, gap=gap, now=0, rng=random.Random(seed))
    now, hint, first = 0.0, 0.0, True
    for answer, took in answers:
        try:
            step = wait.next_fetch(now=now)
        except WaitTimeout:
            assert now >= policy.deadline - min(1, policy.deadline / 10) - 1e-6
            return
        if step is None:
            assert wait.task.state.is_terminal
            return
        assert step.after >= 0
        assert 0 < step.timeout <= policy.attempt
        assert now + step.after + step.timeout <= policy.deadline + 1e-9
        last_look = policy.deadline - (now + step.after) <= 1 + 1e-9
        if not first and not last_look:
            assert step.after >= gap.min - 1e-9
        assert step.after <= max(gap.max, hint) + 1e-9
        first = False
        now += step.after + min(took, step.timeout)
        hint = 0.0
        try:
            if isinstance(answer, Task):
                wait.record(answer, now=now)
            else:
                hint = getattr(answer, "retry_after", None) or 0.0
                wait.record_failure(answer, now=now)
        except ImageTasksError as error:
            assert error.task is not None  # noqa: PT017
            return
    if wait.task.state.is_terminal:
        assert wait.next_fetch(now=now) is None
