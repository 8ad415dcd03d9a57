"""All waits of one client: what to send now, when to look again, what became of each. No clock, no sleep, no socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .._errors import ImageTasksError, ProviderError, TaskFailed
from .._task import State, Task
from .events import Event, Observer, Polled, Slowed, Transition
from .poll import Poll
from .queue import ProviderQueue
from .wait import Wait

FetchResult = Task | ProviderError
Outcome = Task | ImageTasksError
OnUpdate = Callable[[Task], object]


class Exchange(NamedTuple):
    """To be sent now: a fetch of `task`, over within `timeout` seconds."""

    wait: Wait
    task: Task
    timeout: float


class News(NamedTuple):
    """For observers, and for whoever waits with `wait`. An exception that is no event is for the latter only."""

    what: Event | Exception
    wait: Wait | None = None

    def tell(self, observer: Observer) -> None:
        if not isinstance(self.what, Exception):
            observer.tell(self.what)
        if self.wait is not None and isinstance(self.what, Transition | Exception):
            self.wait.deliver(self.what)


class Scheduler:
    """
    The scheduler behind every wait, for any driver.

        scheduler.add(wait, now=clock())
        for exchange in scheduler.start(now=clock()): send it
        scheduler.finish(exchange, answer, now=clock())
        sleep until scheduler.wake_at(now=clock()), or until an exchange ends

    After each of these calls the driver takes out the `news`, and tells everyone.
    """

    def __init__(
        self, queues: Mapping[str, ProviderQueue], *, wants_polls: Callable[[], bool]
    ) -> None:
        self._news: list[News] = []
        self._queues = queues
        self._wants_polls = wants_polls
        # By provider and task id. Mostly one for a task, and ten thousand tasks are memory: so it is no set.
        self._waits: dict[str, dict[str, tuple[Wait, ...]]] = {
            provider: {} for provider in queues
        }

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not any(self._waits.values())

    @property
    def slots(self) -> int:
        """Exchanges at once, with all providers together."""
        return sum(queue.slots for queue in self._queues.values())

    @property
    def in_flight(self) -> int:
        return sum(queue.in_flight for queue in self._queues.values())

    def add(self, wait: Wait, *, now: float) -> None:
        task = wait.poll.target
        waits = self._waits[task.provider]
        waits[task.id] = (*waits.get(task.id, ()), wait)
        wait.poll.is_hinted = self._queues[task.provider].webhooks.know_of(task.id)
        self._put(wait, now)

    def discard(self, waits: Iterable[Wait]) -> None:
        """Nobody waits for these any more. An exchange that is under way still has to be finished."""
        for wait in waits:
            self._forget(wait)

    def notify(
        self, provider: str, task_id: str, *, has_ended: bool, now: float
    ) -> None:
        """
        Somebody says that there is news of a task, or even its end: whoever waits for it looks at once.

        What is said decides nothing, the look does. One that is under way may be too old: another one follows it.
        """
        queue = self._queues.get(provider)
        if queue is None:
            return
        queue.webhooks.receive(task_id, has_ended=has_ended)
        for wait in self._waits[provider].get(task_id, ()):
            wait.poll.is_hinted = True
            if wait.is_queued:
                self._put(wait, now)

    def start(self, *, now: float, at_most: float = float("inf")) -> list[Exchange]:
        """
        What may be sent now. Each exchange has to be finished.

        `at_most` so many at each provider, last looks aside; the others are due at once, as `wake_at` says.
        """
        started: list[Exchange] = []
        for provider, queue in self._queues.items():
            if queue.webhooks.get_lost(now=now):
                self._take_over(provider, now)
            most = len(started) + at_most
            while len(started) < most and (wait := queue.take(now=now)) is not None:
                started.append(_begin(wait, now))
            for late in queue.take_late(now=now):
                if queue.take_last_look(late, now=now) is not None:
                    started.append(_begin(late, now))
                else:
                    self._end(late, late.poll.too_late(now=now), now)
        return started

    def finish(
        self, exchange: Exchange, answer: FetchResult | Exception | None, *, now: float
    ) -> None:
        """Take in what came of an exchange: None when it was broken off, another exception when something is wrong."""
        wait = exchange.wait
        queue = self._queues[exchange.task.provider]
        queue.give_back()
        if isinstance(answer, ProviderError):
            self._heed(queue, answer, wait.poll, now)
        if wait.is_over:
            return
        match answer:
            case Task() | ProviderError():
                self._take_in(wait, answer, queue, now)
            case None:
                self._put(wait, now)
            case ImageTasksError():
                self._end(wait, answer, now)
            case _:
                self._forget(wait)
                self._news.append(News(answer, wait))

    def wake_at(self, *, now: float) -> float | None:
        """When to call `start` again, unless an exchange ends before; None while only that can change anything."""
        wake_at = min(queue.wake_at(now=now) for queue in self._queues.values())
        return None if self.is_idle or wake_at == float("inf") else wake_at

    def take_news(self) -> list[News]:
        news, self._news = self._news, []
        return news

    def abandon(self, why: Exception) -> None:
        """Everyone who waits is told why, at once."""
        for provider in self._queues:
            for wait in self._all_of(provider):
                self._forget(wait)
                self._news.append(News(why, wait))

    def _all_of(self, provider: str) -> list[Wait]:
        return [wait for waits in self._waits[provider].values() for wait in waits]

    def _put(self, wait: Wait, now: float, *, before: State | None = None) -> None:
        """Into its queue, or out of the scheduler."""
        poll = wait.poll
        try:
            after = poll.schedule(now=now)
        except ImageTasksError as error:
            self._end(wait, error, now)
            return
        if after is None:
            self._end(wait, failure(poll.task), now, before=before)
        else:
            self._queues[poll.target.provider].put(wait)

    def _take_over(self, provider: str, now: float) -> None:
        """Tasks that were left to webhooks are polled as usual from now on."""
        for wait in self._all_of(provider):
            if wait.is_queued:
                wait.poll.look_sooner(now=now)
                self._put(wait, now)

    def _take_in(
        self, wait: Wait, answer: FetchResult, queue: ProviderQueue, now: float
    ) -> None:
        poll, before = wait.poll, wait.poll.task.state
        lag = None
        if isinstance(answer, Task) and answer.state.is_terminal:
            lag = poll.lag(answer, now=now)
            if poll.has_webhook:
                queue.webhooks.found_end(poll.target.id, now=now)
        changed, end = False, None
        try:
            if isinstance(answer, Task):
                changed = poll.record(answer, now=now)
            else:
                poll.record_failure(answer, now=now)
        except ImageTasksError as error:
            end = error
        if self._wants_polls():
            polled = Polled(
                task=poll.task,
                took=now - poll.exchange_began,
                changed=changed,
                lag=lag,
                error=answer if isinstance(answer, ProviderError) else None,
                in_flight=queue.in_flight,
            )
            self._news.append(News(polled))
        if end is not None:
            self._end(wait, end, now, before=before)
            return
        if changed and not poll.task.state.is_terminal:
            self._tell(wait, before, None, now)
        self._put(wait, now, before=before)

    def _heed(
        self, queue: ProviderQueue, error: ProviderError, poll: Poll, now: float
    ) -> None:
        """A 429 or a Retry-After is about the key, so it holds for all its tasks."""
        seconds = queue.limits.heed(
            error, at_least=poll.min_gap, sent_at=poll.exchange_began, now=now
        )
        if seconds is not None:
            provider = poll.target.provider
            slowed = Slowed(provider=provider, seconds=seconds, error=error)
            self._news.append(News(slowed))

    def _end(
        self,
        wait: Wait,
        error: ImageTasksError | None,
        now: float,
        *,
        before: State | None = None,
    ) -> None:
        self._forget(wait)
        self._tell(wait, before or wait.poll.task.state, error, now)

    def _tell(
        self, wait: Wait, before: State, error: ImageTasksError | None, now: float
    ) -> None:
        transition = Transition(
            n=wait.n,
            task=wait.poll.task,
            before=before,
            waited=wait.poll.waited(now=now),
            error=error,
        )
        self._news.append(News(transition, wait))

    def _forget(self, wait: Wait) -> None:
        if wait.is_over:
            return
        wait.is_over = True
        task = wait.poll.target
        waits = self._waits[task.provider]
        # One that breaks off early may never have been added.
        held = waits.pop(task.id, ())
        others = tuple(other for other in held if other is not wait)
        if others:
            waits[task.id] = others


def _begin(wait: Wait, now: float) -> Exchange:
    return Exchange(wait, wait.poll.target, wait.poll.begin(now=now))


def failure(task: Task) -> TaskFailed | None:
    """The error that stands for a task which ended without a result."""
    if task.state not in (State.FAILED, State.CANCELLED):
        return None
    reason = (
        " ".join(filter(None, (task.error.code, task.error.message)))
        if task.error
        else ""
    )
    return TaskFailed(f"{task}: {reason or 'the vendor gives no reason'}", task=task)
