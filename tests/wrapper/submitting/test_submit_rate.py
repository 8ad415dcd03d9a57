"""How fast submits leave: the documented rate of the tier, and what 429s teach, for every way to submit."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import httpx
import pytest
from imagetasks import (
    Access,
    Client,
    PollPolicy,
    RateLimited,
    SubmitOutcomeUnknown,
    Task,
    WaitTimeout,
)
from imagetasks_mock import Mock, serve
from support.drivers import FakeClock
from support.tasks import REQUEST, STEADY
from vendors import AIG, AKOOL, KEY, accepted, finished

ACCEPTED = accepted(AIG)


class Vendor:
    """aigptimage: notes when a submit comes in, and answers what it is told to."""

    def __init__(self, clock: FakeClock, *answers: Any) -> None:
        self.clock = clock
        self.answers = list(answers) or [ACCEPTED]
        self.asked: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(self.clock.elapsed)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer)


@pytest.fixture
def client_of(driver, clock):
    def make(vendor: Vendor, tier: str | None = None, **options: Any):
        return driver(
            {AIG: Access(KEY, tier=tier), AKOOL: KEY},
            transport=httpx.MockTransport(vendor),
            clock=clock,
            **options,
        )

    return make


def busy(seconds: int) -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": str(seconds)})


# The documented rate


@pytest.mark.long
@pytest.mark.parametrize(
    ("tier", "per_second", "per_minute"),
    [
        ("free", 1, 10),
        ("basic", 5, 180),
        ("standard", 10, 600),
        pytest.param("pro", 20, 1200, marks=pytest.mark.long),
        pytest.param("ultra", 50, 3000, marks=pytest.mark.long),
    ],
)
def test_a_tier_bounds_submits_by_its_documented_rate(
    client_of, clock: FakeClock, tier, per_second, per_minute
) -> None:
    """aigptimage's table of tiers, read here from its page by hand."""
    vendor = Vendor(clock)
    asked = [REQUEST] * (per_minute + 20)
    outcomes = client_of(vendor, tier).submit_many(AIG, asked, timeout=1000)
    assert len(vendor.asked) == len(outcomes) == len(asked)
    for window, limit in ((1, per_second), (60, per_minute)):
        for first, following in zip(vendor.asked, vendor.asked[limit:], strict=False):
            assert following - first >= window - 1e-6
    # One in twenty stays in hand: nearly all of the rate is used.
    rates = (
        (limit - max(1, limit / 20), s)
        for limit, s in ((per_second, 1), (per_minute, 60))
    )
    usable = min(max(limit, 1) / seconds for limit, seconds in rates)
    assert vendor.asked[-1] <= len(asked) / usable


def test_without_a_tier_submits_leave_at_once(client_of, clock: FakeClock) -> None:
    vendor = Vendor(clock)
    client_of(vendor).submit_many(AIG, [REQUEST] * 200)
    assert set(vendor.asked) == {0.0}


def test_every_way_to_submit_takes_from_the_same_rate(
    client_of, clock: FakeClock
) -> None:
    """free: 10 submits a minute, so one in 60/9 s."""
    vendor = Vendor(clock)
    client = client_of(vendor, "free")
    client.submit(AIG, REQUEST)
    client.submit_many(AIG, [REQUEST])
    with pytest.raises(WaitTimeout):
        client.run(AIG, REQUEST, timeout=7)
    client.submit(AIG, REQUEST)
    submits = vendor.asked[:3] + vendor.asked[-1:]
    assert all(later - first >= 6 for first, later in pairwise(submits))


def test_polls_have_a_rate_of_their_own(client_of, clock: FakeClock) -> None:
    vendor = Vendor(clock, ACCEPTED, finished(AIG))
    client = client_of(vendor, "free")
    task = client.submit(AIG, REQUEST)
    for _ in range(5):
        client.fetch(task)
    assert clock.slept == []


def test_a_repeat_takes_from_the_rate_too(client_of, clock: FakeClock) -> None:
    vendor = Vendor(clock, httpx.ReadError("reset"), ACCEPTED)
    client_of(vendor, "free", policy=STEADY).submit(AIG, REQUEST)
    assert vendor.asked == [0, pytest.approx(60 / 9)]


# The deadline


def test_nobody_waits_for_a_token_past_the_deadline(
    client_of, clock: FakeClock
) -> None:
    vendor = Vendor(clock)
    client = client_of(vendor, "free", policy=PollPolicy(deadline=5))
    client.submit(AIG, REQUEST)
    with pytest.raises(WaitTimeout, match="nothing was sent"):
        client.submit(AIG, REQUEST)
    with pytest.raises(WaitTimeout, match="nothing was sent"):
        client.run(AIG, REQUEST, timeout=6)
    assert (len(vendor.asked), clock.elapsed) == (1, 0)


def test_a_submit_that_may_have_arrived_stays_unknown_without_time_for_a_repeat(
    client_of, clock: FakeClock
) -> None:
    vendor = Vendor(clock, ACCEPTED, httpx.ReadError("reset"), ACCEPTED)
    client = client_of(vendor, "free", policy=PollPolicy(deadline=10, jitter=0))
    client.submit(AIG, REQUEST)
    with pytest.raises(SubmitOutcomeUnknown):
        client.submit(AIG, REQUEST)
    assert len(vendor.asked) == 2


def test_what_has_no_time_in_a_batch_does_not_take_the_others_along(
    client_of, clock: FakeClock
) -> None:
    """free: one in 60/9 s."""
    vendor = Vendor(clock)
    outcomes = client_of(vendor, "free").submit_many(AIG, [REQUEST] * 20, timeout=30)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Task] * 5 + [WaitTimeout] * 15
    assert clock.elapsed < 30


# 429


def test_a_429_for_one_submit_holds_back_the_others(
    client_of, clock: FakeClock
) -> None:
    vendor = Vendor(clock, busy(17), ACCEPTED)
    client = client_of(vendor, policy=STEADY)
    client.submit(AIG, REQUEST)
    assert vendor.asked == [0, 17]
    vendor.answers = [busy(59), ACCEPTED]
    client.submit_many(AIG, [REQUEST] * 40)
    first, later = vendor.asked[2:][0], [at for at in vendor.asked[2:] if at > 17.5]
    assert len(later) == 40 - (len(vendor.asked) - 2 - len(later)) + 1
    assert min(later) >= first + 59


def test_a_429_that_ends_one_submit_holds_back_the_next(
    client_of, clock: FakeClock
) -> None:
    """A word out of all reason counts as a minute."""
    vendor = Vendor(clock, busy(86400), ACCEPTED)
    client = client_of(vendor, policy=STEADY)
    with pytest.raises(RateLimited):
        client.submit(AIG, REQUEST)
    assert clock.elapsed == 0
    client.submit(AIG, REQUEST)
    assert vendor.asked == [0, 60]


def test_too_frequent_in_an_envelope_is_a_refusal_that_the_next_one_heeds(
    client_of, clock: FakeClock
) -> None:
    """AKOOL's code 1005, in HTTP 200."""
    vendor = Vendor(clock, {"code": 1005, "msg": "slowly"}, accepted(AKOOL))
    client = client_of(vendor, policy=STEADY)
    with pytest.raises(RateLimited):
        client.submit(AKOOL, REQUEST)
    client.submit(AKOOL, REQUEST)
    assert vendor.asked == [0, 2]


def test_the_keys_of_other_providers_are_not_held_back(
    client_of, clock: FakeClock
) -> None:
    vendor = Vendor(clock, busy(86400), accepted(AKOOL))
    client = client_of(vendor, policy=STEADY)
    with pytest.raises(RateLimited):
        client.submit(AIG, REQUEST)
    client.submit(AKOOL, REQUEST)
    assert clock.elapsed == 0


def test_threads_that_share_a_client_share_its_rate() -> None:
    """basic: 180 submits a minute, so 9 at once and one in 60/171 s from then on."""
    now, lock, asked = [1000.0], threading.Lock(), []

    def sleep(seconds: float) -> None:
        with lock:
            now[0] += seconds

    def vendor(request: httpx.Request) -> httpx.Response:
        with lock:
            asked.append(now[0])
        return httpx.Response(200, json=ACCEPTED)

    client = Client(
        {AIG: Access(KEY, tier="basic")},
        transport=httpx.MockTransport(vendor),
        clock=lambda: now[0],
        sleep=sleep,
    )
    with client:
        threads = [
            threading.Thread(target=client.submit, args=(AIG, REQUEST))
            for _ in range(30)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    asked.sort()
    assert len(asked) == 30
    assert asked[-1] - asked[0] >= 29 * 0.2 - 1


# Against the mock, which counts by the same page


class VirtualTime(FakeClock):
    """What the client sleeps passes at the mock."""

    def __init__(self, mock: Mock) -> None:
        super().__init__()
        self._mock = mock

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._mock.clock.advance(seconds)


@pytest.mark.parametrize(
    ("tier", "count"),
    [
        ("basic", 60),
        ("standard", 60),
        pytest.param("ultra", 200, marks=pytest.mark.long),
    ],
)
def test_with_its_tier_an_account_of_the_mock_sees_no_429(driver, tier, count) -> None:
    mock, answered = submit_to_the_mock(driver, tier, count, told=tier)
    assert answered == [200] * count
    assert len(list(mock.tasks)) == count


def test_without_its_tier_it_does(driver) -> None:
    """The negative control. All the same, what 429s teach brings every one through."""
    mock, answered = submit_to_the_mock(driver, "basic", 60, told=None)
    assert answered.count(429) > 0
    assert answered.count(200) == len(list(mock.tasks)) == 60


def submit_to_the_mock(
    driver, tier: str, count: int, *, told: str | None
) -> tuple[Mock, list[int]]:
    """Tasks that end at once: the cap on active tasks is another rule."""
    scenario = {
        "accounts": [{"key": KEY, "tier": tier}],
        "duration": 0.01,
    }
    with serve(scenario=scenario, speed=0, check=True) as mock:
        client = driver(
            {AIG: Access(KEY, base_url=mock.base_url(AIG), tier=told)},
            clock=VirtualTime(mock),
            policy=STEADY,
        )
        outcomes = client.submit_many(AIG, [REQUEST] * count)
        assert all(isinstance(outcome, Task) for outcome in outcomes)
        assert mock.violations == []
        return mock, [entry.status for entry in mock.requests]
