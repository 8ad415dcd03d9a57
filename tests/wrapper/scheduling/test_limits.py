"""How many requests may leave: documented limits are never passed, refusals are heeded once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import Access, Client
from imagetasks._scheduling.limits import Limits
from imagetasks._specs.spec import Limit
from imagetasks.providers import PROVIDERS
from imagetasks.providers._keys import access_from_env
from support.examples import law

LIMITS = st.builds(Limit, st.integers(1, 200), st.sampled_from([1, 60]))


def leave(limits: Limits, times: int, now: float = 0.0) -> list[float]:
    """When so many requests leave, each as soon as it may."""
    left: list[float] = []
    for _ in range(times):
        now = limits.ready_at(now)
        limits.take(now)
        left.append(now)
    return left


@law
@given(
    documented=st.lists(LIMITS, min_size=1, max_size=2),
    rushes=st.lists(
        st.tuples(st.floats(0, 70), st.integers(1, 250)), min_size=1, max_size=4
    ),
)
def test_no_window_holds_more_than_the_limit(
    documented: list[Limit], rushes: list[tuple[float, int]]
) -> None:
    limits, now = Limits(documented), 0.0
    left: list[float] = []
    for pause, times in rushes:
        left += leave(limits, times, now + pause)
        now = left[-1]
    for limit in documented:
        for first, following in zip(left, left[limit.requests :], strict=False):
            assert following - first >= limit.seconds - 1e-6


@law
@given(LIMITS)
def test_nearly_all_of_a_limit_can_be_used(limit: Limit) -> None:
    requests = int(10 * limit.requests)
    took = leave(Limits([limit]), requests)[-1]
    # One in twenty stays in hand, and at least one: of two requests a second one is left.
    kept = max(1, limit.requests / 20)
    usable = max(limit.requests - kept, 1)
    assert took <= requests / usable * limit.seconds


def test_without_limits_everything_may_leave() -> None:
    assert leave(Limits(), 1000) == [0.0] * 1000


def test_a_refusal_holds_back_all_requests_as_long_as_the_vendor_says() -> None:
    limits = Limits()
    assert limits.refused(17, sent_at=0, now=1) == 17
    assert limits.ready_at(1) == 18


def test_a_word_out_of_all_reason_counts_as_a_minute() -> None:
    limits = Limits()
    assert limits.refused(86400, sent_at=0, now=1) == 60
    assert limits.ready_at(1) == 61


def test_a_later_word_is_read_afresh_and_never_shortens_an_earlier_one() -> None:
    limits = Limits()
    limits.refused(30, sent_at=0, now=0)
    limits.refused(2, sent_at=0, now=1)
    assert limits.ready_at(1) == 30
    limits.refused(40, sent_at=1, now=2)
    assert limits.ready_at(2) == 42


def test_after_a_refusal_requests_are_spread_and_slowly_come_closer_again() -> None:
    limits = Limits()
    limits.refused(2, sent_at=0, now=0)

    def pause(now: float) -> float:
        limits.take(now)
        return limits.ready_at(now) - now

    assert 0.03 < pause(10) < 0.05
    assert pause(40) == pytest.approx(pause(10) / 2)
    for now in (40, 42):
        limits.refused(2, sent_at=now, now=now)
    assert 0.075 < pause(50) < 0.1


def test_refusals_that_were_under_way_together_slow_down_once() -> None:
    alone, crowd = Limits(), Limits()
    alone.refused(2, sent_at=0, now=1)
    assert crowd.refused(2, sent_at=0, now=1) is not None
    for _ in range(63):
        assert crowd.refused(2, sent_at=0.5, now=1) is None
    for limits in (alone, crowd):
        limits.take(10)
    assert crowd.ready_at(10) == alone.ready_at(10)


def test_no_number_of_refusals_stops_the_polling() -> None:
    limits = Limits()
    for now in range(0, 1000, 2):
        limits.refused(0, sent_at=now, now=now)
    limits.take(1000)
    assert limits.ready_at(1000) <= 1005


# Tiers: the numbers stand in the spec, read here from its page by hand


@pytest.mark.parametrize(
    ("tier", "documented"),
    [
        ("free", ((2, 1), (60, 60))),
        ("basic", ((20, 1), (1000, 60))),
        ("standard", ((50, 1), (3000, 60))),
        ("pro", ((100, 1), (6000, 60))),
        ("ultra", ((200, 1), (12000, 60))),
    ],
)
def test_the_tiers_of_aigptimage_are_the_documented_ones(
    tier: str, documented: tuple[tuple[int, int], ...]
) -> None:
    assert PROVIDERS["aigptimage"].spec.limits("getTask", tier) == documented


def test_a_tier_that_nobody_documents_is_refused() -> None:
    with pytest.raises(ValueError, match="free, basic, standard, pro, ultra"):
        Client({"aigptimage": Access("key", tier="gold")})
    with pytest.raises(ValueError, match="akool: 'basic' is not a tier; it documents"):
        Client({"akool": Access("key", tier="basic")})


def test_the_tier_comes_from_the_environment_too() -> None:
    environ = {"AIGPTIMAGE_API_KEY": "key", "AIGPTIMAGE_TIER": "pro"}
    assert access_from_env(environ)["aigptimage"] == Access("key", tier="pro")
