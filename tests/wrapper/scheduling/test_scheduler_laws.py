"""Laws of the scheduler, for any set of tasks: durations, faults, limits, people who leave. In simulated time."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagetasks import (
    ImageRequest,
    NetworkError,
    PollPolicy,
    ProviderError,
    RateLimited,
    ServerError,
    State,
    Task,
    Transition,
)
from imagetasks._scheduling.events import Observer
from imagetasks._scheduling.learning import Learning
from imagetasks._scheduling.limits import Limits
from imagetasks._scheduling.policy import Gap
from imagetasks._scheduling.poll import Poll
from imagetasks._scheduling.queue import LATE_FOR, ProviderQueue
from imagetasks._scheduling.scheduler import Exchange, Scheduler
from imagetasks._scheduling.wait import Wait
from imagetasks._scheduling.webhook_evidence import SAFETY_GAP, WebhookEvidence
from imagetasks._specs.spec import Limit
from support.examples import examples

GAP = Gap(2, 5)
TOLD = ImageRequest("a lighthouse", webhook_url="https://example.com/told")


@dataclass
class Life:
    """One task: when its wait begins, how long it takes, whether it is old news, when its user leaves."""

    begins: float
    lasts: float
    fails: bool = False
    submitted_here: bool = True
    left_after: float | None = None
    timeout: float = 600.0
    # Seconds after which its webhook tells of its end; hints come at other times, as they please.
    told_after: float | None = None
    hints: tuple[tuple[float, bool], ...] = ()


@dataclass
class World:
    """A vendor, a network and a clock around the scheduler; keeps what was sent and what was told."""

    lives: dict[str, list[Life]]
    policy: PollPolicy = PollPolicy()
    limits: tuple[Limit, ...] = ()
    slots: int = 8
    faults: float = 0.0
    round_trip: float = 0.0
    seed: int = 0
    sent: list[tuple[float, str, str]] = field(default_factory=list)
    answered: dict[tuple[str, str], list[tuple[float, Task | ProviderError]]] = field(
        default_factory=dict
    )
    told: dict[tuple[str, str], list[tuple[float, Transition]]] = field(
        default_factory=dict
    )
    waits: dict[tuple[str, str], Wait] = field(default_factory=dict)
    hinted: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    most_in_flight: int = 0

    def run(self) -> World:
        rng = random.Random(self.seed)
        learning = Learning()
        queues = {name: make_queue(self.slots, *self.limits) for name in self.lives}
        under_way: set[Wait] = set()
        scheduler = Scheduler(queues, wants_polls=lambda: False)
        observer = Observer(None)
        order = count()
        agenda: list[tuple[float, int, object, object]] = []
        now = 0.0

        def at(time: float, what: object, of: object) -> None:
            heapq.heappush(agenda, (time, next(order), what, of))

        for name, lives in self.lives.items():
            for n, life in enumerate(lives):
                at(life.begins, "begin", (name, n, life))
                for hint, is_end in life.hints:
                    at(life.begins + hint, "hint", (name, n, is_end))
                if life.told_after is not None:
                    at(
                        life.begins + life.lasts + life.told_after,
                        "hint",
                        (name, n, True),
                    )
        on_the_spot = 0
        while agenda or not scheduler.is_idle:
            wake_at = scheduler.wake_at(now=now)
            if agenda and (wake_at is None or agenda[0][0] <= wake_at):
                now, _, what, of = heapq.heappop(agenda)
                match what, of:
                    case "begin", (str(name), int(n), Life() as life):
                        webhooks = queues[name].webhooks
                        wait = self._begin(name, n, life, now, rng, learning, webhooks)
                        scheduler.add(wait, now=now)
                        if life.left_after is not None:
                            at(now + life.left_after, "leave", wait)
                    case "hint", (str(name), int(n), bool(has_ended)):
                        self.hinted.setdefault((name, str(n)), []).append(now)
                        scheduler.notify(name, str(n), has_ended=has_ended, now=now)
                    case "leave", Wait() as wait:
                        scheduler.discard([wait])
                        wait.deliver = None  # type: ignore[assignment]
                    case "answer", Exchange() as exchange:
                        answer = self._answer(exchange, now, rng)
                        under_way.remove(exchange.wait)
                        scheduler.finish(exchange, answer, now=now)
            else:
                assert wake_at is not None
                on_the_spot = 0 if wake_at > now else on_the_spot + 1
                assert on_the_spot < 100, "there is something to do, but it is not done"
                now = max(now, wake_at)
            for exchange in scheduler.start(now=now):
                assert exchange.wait not in under_way
                under_way.add(exchange.wait)
                self.sent.append((now, exchange.task.provider, exchange.task.id))
                took = min(rng.uniform(0, 2) * self.round_trip, exchange.timeout)
                at(now + took, "answer", exchange)
            in_flight = max(queue.in_flight for queue in queues.values())
            self.most_in_flight = max(self.most_in_flight, in_flight)
            self.now = now
            for one in scheduler.take_news():
                one.tell(observer)
        return self

    def _begin(
        self,
        name: str,
        n: int,
        life: Life,
        now: float,
        rng: random.Random,
        learning: Learning,
        webhooks: WebhookEvidence,
    ) -> Wait:
        key = (name, str(n))
        self.told[key], self.answered[key] = [], []
        task = Task(
            provider=name,
            id=str(n),
            state=State.QUEUED,
            _submitted=now if life.submitted_here else None,
            _request=None if life.told_after is None else TOLD,
        )
        poll = Poll(
            task,
            self.policy,
            gap=GAP,
            now=now,
            rng=rng,
            timeout=life.timeout,
            learning=learning,
            webhooks=webhooks,
        )

        def deliver(event: Transition | Exception) -> None:
            assert isinstance(event, Transition)
            self.told[key].append((self.now, event))

        self.waits[key] = Wait(n, poll, deliver)
        return self.waits[key]

    def _answer(
        self, exchange: Exchange, now: float, rng: random.Random
    ) -> Task | ProviderError:
        name, id = exchange.task.provider, exchange.task.id
        life = self.lives[name][int(id)]
        age = now - life.begins
        answer: Task | ProviderError
        if rng.random() < self.faults:
            answer = rng.choice(
                [
                    NetworkError("reset"),
                    ServerError("503", status_code=503),
                    RateLimited("429", retry_after=rng.choice([None, 1, 7, 1e5])),
                ]
            )
        elif age >= life.lasts:
            end = State.FAILED if life.fails else State.SUCCEEDED
            answer = Task(provider=name, id=id, state=end)
        else:
            state = State.RUNNING if age > life.lasts / 3 else State.QUEUED
            answer = Task(provider=name, id=id, state=state)
        self.answered[name, id].append((now, answer))
        return answer


def make_queue(slots: int, *limits: Limit) -> ProviderQueue:
    return ProviderQueue(slots, Limits(limits), WebhookEvidence("akool"))


LIVES = st.builds(
    Life,
    begins=st.floats(0, 60),
    lasts=st.floats(0, 120),
    fails=st.booleans(),
    submitted_here=st.booleans(),
    left_after=st.none() | st.none() | st.floats(0, 60),
    timeout=st.sampled_from([600.0, 90.0, 10.0, 1.0]),
    told_after=st.none() | st.sampled_from([0.0, 1.0, 60.0, 1e4]),
    hints=st.lists(st.tuples(st.floats(-10, 130), st.booleans()), max_size=3).map(
        tuple
    ),
)
WORLDS = st.builds(
    World,
    lives=st.fixed_dictionaries(
        {"akool": st.lists(LIVES, min_size=1, max_size=30)},
        optional={"aigptimage": st.lists(LIVES, max_size=30)},
    ),
    policy=st.builds(
        PollPolicy, learn=st.booleans(), jitter=st.sampled_from([0.0, 0.1])
    ),
    limits=st.sampled_from(
        [(), (Limit(2, 1),), (Limit(20, 1),), (Limit(2, 1), Limit(60, 60))]
    ),
    slots=st.integers(1, 8),
    faults=st.sampled_from([0.0, 0.1, 0.5]),
    round_trip=st.sampled_from([0.0, 0.1, 3.0]),
    seed=st.integers(0, 1000),
)


@settings(max_examples=examples(60))
@given(WORLDS)
def test_every_task_ends_exactly_once_and_by_its_deadline(world: World) -> None:
    world.run()
    for (name, id), told in world.told.items():
        life = world.lives[name][int(id)]
        ends = [at for at, event in told if event.is_last]
        if life.left_after is None:
            assert len(ends) == 1
            assert told[-1][1].is_last
            assert ends[0] <= life.begins + life.timeout + LATE_FOR
        else:
            assert len(ends) <= 1
            assert all(at <= life.begins + life.left_after for at in ends)


@settings(max_examples=examples(60))
@given(WORLDS)
def test_only_a_hint_makes_a_gap_shorter_than_the_minimum_and_nothing_follows_an_end(
    world: World,
) -> None:
    world.run()
    for key, answers in world.answered.items():
        wait = world.waits[key]
        sent = [at for at, *whose in world.sent if tuple(whose) == key]
        hints = world.hinted.get(key, [])
        assert len(sent) == len(answers)
        for n, ((answered, answer), following) in enumerate(
            zip(answers, sent[1:], strict=False)
        ):
            assert not (isinstance(answer, Task) and answer.state.is_terminal)
            is_last_look = following >= wait.poll.last_look - 1e-9
            is_hinted = any(sent[n] <= hint for hint in hints if hint <= following)
            assert following - answered >= GAP.min - 1e-9 or is_last_look or is_hinted
        for at, event in world.told[key]:
            if event.is_last:
                assert all(earlier <= at for earlier in sent)


def without_obstacles(world: World) -> World:
    return replace(
        world, policy=PollPolicy(learn=False), limits=(), slots=100, faults=0.0
    )


@settings(max_examples=examples(60))
@given(WORLDS.map(without_obstacles))
def test_what_a_hint_tells_is_seen_at_once(world: World) -> None:
    world.run()
    for (name, id), told in world.told.items():
        life, wait = world.lives[name][int(id)], world.waits[name, id]
        hints = [
            hint
            for hint in world.hinted.get((name, id), [])
            if hint - life.begins >= life.lasts
        ]
        if hints and life.left_after is None and hints[0] < wait.poll.last_look:
            # One exchange may be under way with older news: 0 to 2 round trips each.
            assert told[-1][0] <= hints[0] + 4 * world.round_trip + 1e-9


@settings(max_examples=examples(60))
@given(WORLDS.map(without_obstacles))
def test_no_end_is_seen_later_than_the_safety_net_allows(world: World) -> None:
    """However many webhooks get lost, or tell what is not so."""
    world.run()
    for (name, id), told in world.told.items():
        life = world.lives[name][int(id)]
        if life.left_after is None and told[-1][1].error is None:
            over = life.begins + life.lasts
            net = SAFETY_GAP * 1.1 + 4 * world.round_trip
            assert told[-1][0] <= over + net + 1e-9


@settings(max_examples=examples(60))
@given(WORLDS)
def test_no_budget_is_exceeded(world: World) -> None:
    world.run()
    assert world.most_in_flight <= world.slots
    for name in world.lives:
        sent = [at for at, provider, _ in world.sent if provider == name]
        for limit in world.limits:
            for n, first in enumerate(sent):
                window = [at for at in sent[n:] if at < first + limit.seconds]
                assert len(window) <= limit.requests


def test_the_timer_is_set_for_the_first_of_all_not_for_the_last_put_in() -> None:
    """A scheduler that armed it for the task just put in polled seven times too little."""
    alone = World({"akool": [Life(0, 40)]}, PollPolicy(jitter=0)).run()
    # Forty others that come in later, and are due later, each of them.
    lives = [Life(0, 40), *(Life(n, 400) for n in range(1, 41))]
    among = World({"akool": lives}, PollPolicy(jitter=0), slots=64).run()

    def polls(world: World) -> list[float]:
        return [at for at, _, id in world.sent if id == "0"]

    assert polls(among) == polls(alone)
    assert len(polls(alone)) == 20


def test_one_refusal_holds_back_the_other_tasks_too() -> None:
    queues = {"akool": make_queue(8)}
    scheduler = Scheduler(queues, wants_polls=lambda: False)
    for n in range(2):
        task = Task(provider="akool", id=str(n), state=State.QUEUED)
        poll = Poll(task, PollPolicy(), gap=GAP, now=n, rng=random.Random(0))
        scheduler.add(Wait(n, poll, lambda event: None), now=n)
    (first, second) = scheduler.start(now=1)
    scheduler.finish(first, RateLimited("429", retry_after=30), now=1)
    scheduler.finish(second, second.task, now=1)
    assert not scheduler.start(now=4)
    assert scheduler.wake_at(now=4) == 31


def test_a_refusal_leaves_a_task_its_last_look_and_a_limit_does_not() -> None:
    for limits, looks in (((), 2), ((Limit(1, 60),), 1)):
        world = World({"akool": [Life(0, 5, timeout=20)]}, limits=limits)
        world._answer = lambda exchange, now, rng, world=world: (  # type: ignore[method-assign]
            world.answered["akool", "0"].append((now, exchange.task))
            or (
                RateLimited("429", retry_after=30)
                if now < 18
                else Task(provider="akool", id="0", state=State.SUCCEEDED)
            )
        )
        world.run()
        assert len(world.sent) == looks
        (_, end) = world.told["akool", "0"][-1]
        assert (end.error is None) is (looks == 2)


def test_when_requests_are_short_the_oldest_news_comes_first() -> None:
    """Three were looked at one after another: with one request left, the first of them is next."""
    queue = make_queue(1)
    scheduler = Scheduler({"akool": queue}, wants_polls=lambda: False)
    for n in range(3):
        task = Task(provider="akool", id=str(n), state=State.QUEUED)
        poll = Poll(task, PollPolicy(), gap=GAP, now=0, rng=random.Random(0))
        scheduler.add(Wait(n, poll, lambda event: None), now=0)
    order = []
    for now in range(0, 90, 10):
        (exchange,) = scheduler.start(now=now)
        order.append(exchange.task.id)
        scheduler.finish(exchange, exchange.task, now=now + 10)
    assert order == ["0", "1", "2"] * 3


def test_when_requests_are_short_a_hint_comes_before_all_that_was_due() -> None:
    """What it tells of has surely happened."""
    scheduler = Scheduler({"akool": make_queue(1)}, wants_polls=lambda: False)
    for n in range(3):
        task = Task(provider="akool", id=str(n), state=State.QUEUED)
        poll = Poll(task, PollPolicy(), gap=GAP, now=n, rng=random.Random(0))
        scheduler.add(Wait(n, poll, lambda event: None), now=n)
    (first,) = scheduler.start(now=50)
    scheduler.notify("akool", "2", has_ended=True, now=51)
    scheduler.finish(first, first.task, now=60)
    (second,) = scheduler.start(now=60)
    assert (first.task.id, second.task.id) == ("0", "2")


def test_waits_that_are_held_up_time_out_all_the_same() -> None:
    """The only slot is taken by an exchange that hangs."""
    scheduler = Scheduler({"akool": make_queue(1)}, wants_polls=lambda: False)
    told = []
    for n in range(3):
        task = Task(provider="akool", id=str(n), state=State.QUEUED)
        poll = Poll(
            task, PollPolicy(), gap=GAP, now=0, rng=random.Random(0), timeout=10
        )
        scheduler.add(Wait(n, poll, lambda event: told.append(event)), now=0)
    assert len(scheduler.start(now=0)) == 1
    now = scheduler.wake_at(now=0)
    assert now == 9
    assert not scheduler.start(now=now)
    for news in scheduler.take_news():
        news.tell(Observer(None))
    assert sorted(event.n for event in told) == [1, 2]


@pytest.mark.soak
def test_of_twenty_thousand_tasks_with_faults_none_is_lost() -> None:
    rng = random.Random(1)
    lives = [
        Life(rng.uniform(0, 60), rng.lognormvariate(3.4, 0.5)) for _ in range(20_000)
    ]
    world = World({"akool": lives}, slots=64, faults=0.1, round_trip=0.01)
    world.run()
    ends = [e for told in world.told.values() for _, e in told if e.is_last]
    assert len(ends) == 20_000
