"""How many requests may leave: documented limits are never passed, refusals are heeded once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import Access, Client
from imagetasks._access import access_from_env
from imagetasks._polling.budget import Budget, Limit
from imagetasks.providers import PROVIDERS

LIMITS = st.builds(Limit, st.integers(1, 200), st.sampled_from([1, 60]))


def leave(budget: Budget, times: int, now: float = 0.0) -> list[float]:
    """When so many requests leave, each as soon as it may."""
    left: list[float] = []
    for _ in range(times):
        now = budget.ready_at(now)
        budget.take(now)
        left.append(now)
    return left


@given(
    limits=st.lists(LIMITS, min_size=1, max_size=2),
    rushes=st.lists(
        st.tuples(st.floats(0, 70), st.integers(1, 250)), min_size=1, max_size=4
    ),
)
def test_no_window_holds_more_than_the_limit(
    limits: list[Limit], rushes: list[tuple[float, int]]
) -> None:
    budget, now = Budget(limits), 0.0
    left: list[float] = []
    for pause, times in rushes:
        left += leave(budget, times, now + pause)
        now = left[-1]
    for limit in limits:
        for first, following in zip(left, left[limit.requests :], strict=False):
            assert following - first >= limit.seconds - 1e-6


@given(LIMITS)
def test_nearly_all_of_a_limit_can_be_used(limit: Limit) -> None:
    requests = int(10 * limit.requests)
    took = leave(Budget([limit]), requests)[-1]
    # One in twenty stays in hand, and at least one: of two requests a second one is left.
    kept = max(1, limit.requests / 20)
    usable = max(limit.requests - kept, 1)
    assert took <= requests / usable * limit.seconds


def test_without_limits_everything_may_leave() -> None:
    assert leave(Budget(), 1000) == [0.0] * 1000


def test_a_refusal_holds_back_all_requests_as_long_as_the_vendor_says() -> None:
    budget = Budget()
    assert budget.refused(17, sent_at=0, now=1) == 17
    assert budget.ready_at(1) == 18


def test_a_word_out_of_all_reason_counts_as_a_minute() -> None:
    budget = Budget()
    assert budget.refused(86400, sent_at=0, now=1) == 60
    assert budget.ready_at(1) == 61


def test_a_later_word_is_read_afresh_and_never_shortens_an_earlier_one() -> None:
    budget = Budget()
    budget.refused(30, sent_at=0, now=0)
    budget.refused(2, sent_at=0, now=1)
    assert budget.ready_at(1) == 30
    budget.refused(40, sent_at=1, now=2)
    assert budget.ready_at(2) == 42


def test_after_a_refusal_requests_are_spread_and_slowly_come_closer_again() -> None:
    budget = Budget()
    budget.refused(2, sent_at=0, now=0)

    def pause(now: float) -> float:
        budget.take(now)
        return budget.ready_at(now) - now

    assert 0.03 < pause(10) < 0.05
    assert pause(40) == pytest.approx(pause(10) / 2)
    for now in (40, 42):
        budget.refused(2, sent_at=now, now=now)
    assert 0.075 < pause(50) < 0.1


def test_refusals_that_were_under_way_together_slow_down_once() -> None:
    alone, crowd = Budget(), Budget()
    alone.refused(2, sent_at=0, now=1)
    assert crowd.refused(2, sent_at=0, now=1) is not None
    for _ in range(63):
        assert crowd.refused(2, sent_at=0.5, now=1) is None
    for budget in (alone, crowd):
        budget.take(10)
    assert crowd.ready_at(10) == alone.ready_at(10)


def test_no_number_of_refusals_stops_the_polling() -> None:
    budget = Budget()
    for now in range(0, 1000, 2):
        budget.refused(0, sent_at=now, now=now)
    budget.take(1000)
    assert budget.ready_at(1000) <= 1005


# Tiers: the numbers stand in the spec, read here from its page by hand


@pytest.mark.parametrize(
    ("tier", "limits"),
    [
        ("free", ((2, 1), (60, 60))),
        ("basic", ((20, 1), (1000, 60))),
        ("standard", ((50, 1), (3000, 60))),
        ("pro", ((100, 1), (6000, 60))),
        ("ultra", ((200, 1), (12000, 60))),
    ],
)
def test_the_tiers_of_aigptimage_are_the_documented_ones(
    tier: str, limits: tuple[tuple[int, int], ...]
) -> None:
    assert PROVIDERS["aigptimage"].spec.tiers[tier] == limits


def test_a_tier_that_nobody_documents_is_refused() -> None:
    with pytest.raises(ValueError, match="free, basic, standard, pro, ultra"):
        Client({"aigptimage": Access("key", tier="gold")})
    with pytest.raises(ValueError, match="akool: 'basic' is no tier, it documents"):
        Client({"akool": Access("key", tier="basic")})


def test_the_tier_comes_from_the_environment_too() -> None:
    environ = {"AIGPTIMAGE_API_KEY": "key", "AIGPTIMAGE_TIER": "pro"}
    assert access_from_env(environ)["aigptimage"] == Access("key", tier="pro")
