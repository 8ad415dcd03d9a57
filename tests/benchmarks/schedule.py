"""
When to look: polls per task and detection lag of the real scheduler, in simulated time.

    make bench-schedule

The scheduler that every wait goes through runs against simulated vendors; no clock, no socket. Prints each figure beside its
target, and ends with an error when one is missed. The same seed gives the same figures on every machine: they are kept,
and drawn.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import fmean, quantiles

from imagetasks import PollPolicy, State, Task, Transition
from imagetasks._scheduling.events import Observer
from imagetasks._scheduling.learning import Learning
from imagetasks._scheduling.limits import BURST, Limits
from imagetasks._scheduling.poll import Poll
from imagetasks._scheduling.queue import ProviderQueue
from imagetasks._scheduling.scheduler import Scheduler
from imagetasks._scheduling.wait import Wait
from imagetasks._scheduling.webhook_evidence import WebhookEvidence
from imagetasks._specs.spec import Limit

from . import plots

SEED = 20261121
PROVIDER = "xingchaoyiqing"
Life = tuple[float, float]
"""Seconds until it runs, and until it is over."""


@dataclass
class Vendor:
    """Answers by simulated time. `refresh`: it looks at a task itself only when asked, and then this seldom."""

    tells_queued: bool = False
    refresh: float = 0.0

    def __post_init__(self) -> None:
        self.lives: dict[str, tuple[float, Life]] = {}
        self.refreshed: dict[str, float] = {}

    def submit(self, id: str, life: Life, now: float) -> Task:
        self.lives[id] = (now, life)
        self.refreshed[id] = now
        return Task(
            provider=PROVIDER, id=id, state=self._state(id, now), _submitted=now
        )

    def fetch(self, id: str, now: float) -> Task:
        if now - self.refreshed[id] >= self.refresh:
            self.refreshed[id] = now
        return Task(provider=PROVIDER, id=id, state=self._state(id, self.refreshed[id]))

    def over_at(self, id: str) -> float:
        submitted, (_, over) = self.lives[id]
        return submitted + over

    def _state(self, id: str, at: float) -> State:
        submitted, (runs, over) = self.lives[id]
        if at >= submitted + over:
            return State.SUCCEEDED
        if not self.tells_queued:
            return State.PENDING
        return State.RUNNING if at >= submitted + runs else State.QUEUED


@dataclass
class Figures:
    polls: float
    lag: float
    p95: float

    def __str__(self) -> str:
        return f"{self.polls:6.2f} polls  {self.lag:6.2f} s mean  {self.p95:6.2f} s p95"


def simulate(
    law: Callable[[Random], Life],
    policy: PollPolicy,
    vendor: Vendor,
    *,
    under_way: int = 20,
    tasks: int = 12_000,
    not_counted: int = 200,
    limits: tuple[Limit, ...] = (),
) -> Figures:
    """So many tasks are under way all the time: when one is seen to be over, the next is submitted."""
    rng, chance, learning = Random(SEED), Random(SEED), Learning()
    refresh = vendor.refresh or None
    learns = policy.learn and not (policy.follow_refresh and refresh)
    queue = ProviderQueue(tasks, Limits(limits), WebhookEvidence(PROVIDER))
    scheduler = Scheduler({PROVIDER: queue}, wants_polls=lambda: False)
    observer = Observer(None)
    polls: dict[str, int] = {}
    lags: dict[str, float] = {}
    now = 0.0

    def submit() -> None:
        poll = Poll(
            vendor.submit(str(len(polls)), law(chance), now),
            policy,
            gap=policy.gap((2.0, 5.0), refresh=refresh),
            now=now,
            rng=rng,
            learning=learning if learns else None,
        )
        polls[poll.task.id] = 0
        scheduler.add(Wait(0, poll, told), now=now)

    def told(event: Transition | Exception) -> None:
        assert isinstance(event, Transition)
        if event.is_last:
            lags[event.task.id] = now - vendor.over_at(event.task.id)
            submit()

    for n in range(under_way):
        # They begin one after another: a thousand at the same moment would stay in step for long.
        now = n * 30 / under_way
        submit()
    now = 0.0
    while len(lags) < tasks:
        for exchange in scheduler.start(now=now):
            polls[exchange.task.id] += 1
            scheduler.finish(exchange, vendor.fetch(exchange.task.id, now), now=now)
        for one in scheduler.take_news():
            one.tell(observer)
        wake_at = scheduler.wake_at(now=now)
        assert wake_at is not None
        now = max(now, wake_at)
    counted = list(lags)[not_counted:]
    late = [lags[id] for id in counted]
    return Figures(
        fmean(polls[id] for id in counted), fmean(late), quantiles(late, n=20)[-1]
    )


def lognormal(median: float, sigma: float, rng: Random) -> float:
    return median * math.exp(rng.gauss(0, sigma))


def plain(rng: Random) -> Life:
    return 0.0, lognormal(30, 0.5, rng)


def tight(rng: Random) -> Life:
    return 0.0, lognormal(30, 0.15, rng)


def queued(rng: Random) -> Life:
    """One in five queues for half a minute first: two humps."""
    queue = lognormal(30, 0.5, rng) if rng.random() < 0.2 else rng.uniform(0, 2)
    return queue, queue + lognormal(30, 0.15, rng)


LEARNED = PollPolicy(jitter=0)
FIXED = PollPolicy(jitter=0, learn=False)
FOLLOWING = PollPolicy(jitter=0, follow_refresh=True)


GAPS = (1.0, 2.0, 3.0, 5.0)
LAWS: dict[str, tuple[Callable[[Random], Life], bool]] = {
    "plain": (plain, False),
    "queued": (queued, True),
    "tight": (tight, False),
}


def curves() -> dict[str, dict[str, list[dict[str, float]]]]:
    """Polls against lag by the gap, with and without a first look that is learned: of each law."""

    def curve(law: Callable[[Random], Life], tells: bool, learn: bool) -> list[dict[str, float]]:  # fmt: skip
        points = []
        for gap in GAPS:
            policy = PollPolicy(min_gap=gap, max_gap=max(gap, 30), jitter=0, learn=learn)  # fmt: skip
            figures = simulate(law, policy, Vendor(tells_queued=tells), tasks=3000)
            points.append({"gap": gap, "polls": round(figures.polls, 3), "lag": round(figures.lag, 3)})  # fmt: skip
        return points

    return {
        name: {
            "fixed": curve(law, tells, learn=False),
            "learned": curve(law, tells, learn=True),
        }
        for name, (law, tells) in LAWS.items()
    }


def main() -> None:
    missed = []

    def check(what: str, value: float, target: float) -> None:
        if value > target:
            missed.append(what)
        verdict = "ok" if value <= target else "MISSED"
        print(f"    {what}: {value:.3f}, target {target:.3g}  {verdict}")

    print("Polls at equal lag, after 200 tasks of the model")
    for law, vendor, share in (
        (plain, Vendor, 0.75),
        (queued, lambda: Vendor(tells_queued=True), 0.55),
        (tight, Vendor, 0.5),
    ):
        fixed = simulate(law, FIXED, vendor())
        learned = simulate(law, LEARNED, vendor())
        print(f"  {law.__name__:8} every 2 s  {fixed}")
        print(f"  {law.__name__:8} learned    {learned}")
        check("polls, ratio", learned.polls / fixed.polls, share)
        check("mean lag, ratio", learned.lag / fixed.lag, 1.06)

    print("A vendor that looks at its tasks every 30 s, and only when asked")
    fixed = simulate(plain, FIXED, Vendor(refresh=30))
    following = simulate(plain, FOLLOWING, Vendor(refresh=30))
    print(f"  every 2 s       {fixed}")
    print(f"  follow_refresh  {following}")
    check("polls", following.polls, 2)
    check("mean lag, ratio", following.lag / fixed.lag, 1.06)

    print("1000 tasks under way, 100 requests a second")
    crowd = {"under_way": 1000, "tasks": 12_000, "not_counted": 4000}
    # What the bucket keeps in hand comes on top: 100 a second leave.
    cap = (Limit(100 / (1 - BURST), 1),)
    turns = simulate(plain, FIXED, Vendor(), **crowd, limits=cap)
    ranked = simulate(plain, LEARNED, Vendor(), **crowd, limits=cap)
    print(f"  taking turns           {turns}")
    print(f"  by expected lag        {ranked}")
    check("mean lag, s", ranked.lag, 3.8)
    plots.keep("schedule", {"machine": "simulated time", "curves": curves()})
    if missed:
        sys.exit(f"\nmissed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
