"""What both clients know and decide, without sending anything."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import Generic, TypeVar

import httpx

from ._access import Access, check_access, key_variable
from ._drift.drift import Drift
from ._drift.watch import Watch
from ._errors import (
    AuthenticationError,
    ImageTasksError,
    JournalError,
    NetworkError,
    ProviderError,
    UnsupportedRequest,
)
from ._http.call import Call, read_answer
from ._http.connection import Connection
from ._http.sender import AsyncSender, Sender
from ._http.servers import Servers, keep_address
from ._polling.budget import Budget
from ._polling.events import Observer, OnEvent, Transition, logger
from ._polling.fleet import Fleet, OnUpdate, Outcome
from ._polling.lane import Deliver, Lane, Wait
from ._polling.poll import Gap, Poll, PollPolicy, check_timeout
from ._polling.schedule import Schedule
from ._polling.webhooks import Webhooks
from ._request import Request
from ._results.batch import Settings
from ._results.hosts import Hosts
from ._submitting.batch import Batch
from ._submitting.capabilities import Capabilities
from ._submitting.follow_up import Action, FollowUp
from ._submitting.gate import Gate
from ._submitting.intent import Ending, Intent, new_intent
from ._submitting.journal import Journal
from ._submitting.preview import RequestPreview
from ._submitting.submission import Submission
from ._task import Task
from ._version import __version__
from .providers import PROVIDERS, Provider, check_provider

S = TypeVar("S", Sender, AsyncSender)
T = TypeVar("T")

USER_AGENT = f"imagetasks/{__version__}"


class BaseClient(Generic[S]):
    """What both clients do without sending anything."""

    def __init__(
        self,
        access: Mapping[str, Access | str],
        policy: PollPolicy,
        make_sender: Callable[[Connection], S],
        clock: Callable[[], float],
        rng: random.Random | None,
        on_event: OnEvent | None,
        slots: int,
        journal: str | PathLike[str] | None,
        journal_prompts: bool,
    ) -> None:
        self._access = check_access(access)
        self._policy = policy
        self._clock = clock
        self._rng = rng or random.Random()
        self._servers = {
            name: Servers(PROVIDERS[name].spec.servers, held.base_url)
            for name, held in self._access.items()
        }
        self._senders: dict[str, S] = {
            name: make_sender(self._connection(PROVIDERS[name], held))
            for name, held in self._access.items()
        }
        self._drift = Watch()
        self._journal = (
            None if journal is None else Journal(journal, prompts=journal_prompts)
        )
        self._observer = Observer(on_event, self._journal)
        self._slots = slots
        self._gates = {
            name: Gate(_budget(PROVIDERS[name], held, PROVIDERS[name].submit_operation))
            for name, held in self._access.items()
        }
        self._follow_ups: dict[tuple[str, str, str], FollowUp] = {}
        self._schedules = {name: Schedule() for name in self._access}
        self._webhooks = {name: Webhooks(name) for name in self._access}
        lanes = {
            name: Lane(
                slots,
                _budget(PROVIDERS[name], held, PROVIDERS[name].spec.status_operation),
                self._webhooks[name],
            )
            for name, held in self._access.items()
        }
        self._fleet = Fleet(lanes, wants_polls=lambda: self._observer.wants_polls)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._access)})"

    def drift(self) -> tuple[Drift, ...]:
        """Where the answers so far differ from the specs, in the order in which it came up; at most 1000."""
        return self._drift.seen

    def capabilities(self, provider: str) -> Capabilities:
        """What its API can express: which field of a request goes where, and the values that it takes."""
        check_provider(provider)
        return deepcopy(PROVIDERS[provider].capabilities)

    def check(self, provider: str, request: Request) -> RequestPreview:
        """
        The HTTP request that `submit` would send, without sending it; with a `count`, the first of `submit_many`.

        Raises UnsupportedRequest and InvalidRequest, as `submit` does.
        """
        adapter = self._provider(provider)
        _check_request(request)
        first_of = _with_key(adapter, adapter.split(request)[0])
        call = adapter.submit_batch(first_of)
        masked = self._connection(
            adapter, replace(self._access[provider], api_key="***")
        )
        body = call.kwargs["json"]
        return RequestPreview(
            provider,
            method=call.kwargs["method"].upper(),
            url=masked.base_url.rstrip("/") + call.kwargs["url"],
            headers={**masked.headers, **call.kwargs["headers"]},
            body=body,
            credits=adapter.price(first_of, body),
        )

    def _provider(self, name: str) -> Provider:
        check_provider(name)
        if name not in self._access:
            raise AuthenticationError(
                f"{name}: this client has no key for it; set {key_variable(name)}, or pass one",
                provider=name,
            )
        return PROVIDERS[name]

    def _connection(self, provider: Provider, access: Access) -> Connection:
        return Connection(
            provider.name,
            self._servers[provider.name].url,
            {**provider.auth(access.api_key), "User-Agent": USER_AGENT},
            access.api_key,
            provider.spec.telling_headers,
        )

    def _gap(self, provider: Provider) -> Gap:
        return self._policy.gap(provider.spec.poll_gap)

    def _begin_submit(
        self,
        name: str,
        request: Request,
        timeout: float | None = None,
        *,
        sent_before: datetime | None = None,
    ) -> Submission:
        provider = self._provider(name)
        _check_request(request)
        keyed = _with_key(provider, request)
        call = provider.submit(keyed).map(_alone)
        return self._submission(
            provider, keyed, call, timeout=timeout, sent_before=sent_before
        )

    def _begin_batch(
        self, name: str, requests: Iterable[Request], timeout: float | None
    ) -> Batch:
        provider = self._provider(name)
        requests = list(requests)
        for request in requests:
            _check_request(request)
        deadline = self._clock() + check_timeout(
            self._policy.deadline if timeout is None else timeout
        )

        def begin(request: Request) -> Submission:
            keyed = _with_key(provider, request)
            call = provider.submit_batch(keyed)
            return self._submission(
                provider, keyed, call, timeout=deadline - self._clock()
            )

        return Batch(requests, split=provider.split, begin=begin, slots=self._slots)

    def _button(self, task: Task, action: Action, n: int) -> str:
        return self._provider(task.provider).button(action, n)

    @contextmanager
    def _begin_follow_up(
        self, task: Task, seen: Task, button: str, webhook_url: str | None
    ) -> Iterator[Submission]:
        """
        The submit of a button that this client has not pressed yet, to be carried out inside of the `with` block.

        `seen` is the snapshot with the buttons.
        """
        provider = self._provider(task.provider)
        request = FollowUp(task.id, button, webhook_url)
        call = provider.follow_up(request, seen)
        submission = self._submission(provider, request, call.map(_alone))
        place = (task.provider, task.id, button)
        if self._follow_ups.setdefault(place, request) is not request:
            raise UnsupportedRequest(
                f"{task}, this client has used its button {button} already"
            )
        try:
            yield submission
        except ImageTasksError:
            # Refused, or never sent: it may be pressed again.
            if not submission.may_have_arrived:
                del self._follow_ups[place]
            raise

    def _submission(
        self,
        provider: Provider,
        request: Request | FollowUp,
        call: Call[list[Task]],
        *,
        timeout: float | None = None,
        sent_before: datetime | None = None,
    ) -> Submission:
        return Submission(
            provider.name,
            request,
            call,
            self._policy,
            gate=self._gates[provider.name],
            gap=self._gap(provider),
            now=self._clock(),
            rng=self._rng,
            timeout=timeout,
            sent_before=sent_before,
        )

    def _begin_resubmit(self, intent: Intent, request: Request | None) -> Submission:
        asked = request or intent.request
        if asked is None:
            raise ValueError(
                f"{intent}: the journal leaves out prompts, so pass the request once more"
            )
        provider = self._provider(intent.provider)
        if isinstance(asked, FollowUp):
            pressed = provider.follow_up(asked, None).map(_alone)
            submission = self._submission(provider, asked, pressed)
            submission.replaces = intent
            return submission
        if intent.idempotency_key is None:
            submission = self._submission(provider, asked, provider.submit_batch(asked))
            submission.replaces = intent
            return submission
        # The same submit once more: a refusal of it does not prove that nothing was made of the first.
        submission = self._begin_submit(
            intent.provider,
            replace(asked, idempotency_key=intent.idempotency_key),
            sent_before=intent.sent_at,
        )
        submission.intent = intent
        return submission

    def _accepted(
        self, submission: Submission, tasks: list[Task], sent_at: datetime
    ) -> list[Outcome]:
        """What an answer that was accepted means for each task."""
        if extra := tasks[submission.count :]:
            logger.warning(
                "more tasks than the %d that were asked for: %s",
                submission.count,
                ", ".join(map(str, extra)),
            )
        return submission.record(tasks, now=self._clock(), sent_at=sent_at)

    def _kept_journal(self) -> Journal:
        if self._journal is None:
            raise JournalError(
                "this client keeps no journal: make one with journal='tasks.db'"
            )
        return self._journal

    def _write_intent(self, submission: Submission) -> Future[None] | None:
        """Before an attempt leaves: it may not until this is done."""
        if self._journal is None:
            return None
        if submission.intent is None:
            submission.intent = new_intent(
                submission.provider, submission.request, submission.idempotency_key
            )
        return self._journal.open(submission.intent)

    def _write_outcome(
        self, submission: Submission, came: list[Outcome] | BaseException
    ) -> Future[None] | None:
        """
        After an attempt: an outcome for each task, none where it goes out again, or what was raised.

        No future where nobody should wait: what is broken off has no time to.
        """
        if self._journal is None or (intent := submission.intent) is None:
            return None
        outcomes = came if isinstance(came, list) else [came]
        # A task that was refused in its answer comes as an error.
        found = [getattr(one, "task", one) for one in outcomes]
        if tasks := [task for task in found if isinstance(task, Task)]:
            return self._journal.accept(intent, tasks, instead_of=submission.replaces)
        if submission.may_have_arrived:
            self._journal.release(intent)
        elif isinstance(came, NetworkError):
            return self._journal.settle(intent, Ending.NOT_SENT)
        elif isinstance(came, ProviderError):
            return self._journal.settle(intent, Ending.REFUSED)
        else:
            self._journal.withdraw(intent)
        return None

    def _note(self, provider: str, task_id: str, seen: Task) -> None:
        """For the journal, which knows a task by the id that is asked for: an answer may spell it in another way."""
        if self._journal is not None:
            self._journal.record_state(provider, task_id, seen)

    def _begin_waits(
        self, tasks: Iterable[Task], timeout: float | None, deliver: Deliver
    ) -> list[Wait]:
        """What to give to the engine. A task of a provider without a key has ended before it began."""
        waits: list[Wait] = []
        for n, task in enumerate(tasks):
            try:
                poll = self._poll(task, timeout)
            except AuthenticationError as error:
                error.task = task
                deliver(
                    Transition(
                        n=n, task=task, before=task.state, waited=0.0, error=error
                    )
                )
            else:
                waits.append(Wait(n, poll, self._noting(task, deliver)))
        return waits

    def _noting(self, task: Task, deliver: Deliver) -> Deliver:
        """The same, and each new state goes into the journal."""
        if self._journal is None:
            return deliver

        def note(news: Transition | Exception) -> None:
            if isinstance(news, Transition) and (
                news.is_change or news.task.state.is_terminal
            ):
                self._note(task.provider, task.id, news.task)
            deliver(news)

        return note

    def _poll(self, task: Task, timeout: float | None) -> Poll:
        provider = self._provider(task.provider)
        self._fetch_call(task.provider, task.id)
        refresh = provider.spec.upstream_refresh
        follows = self._policy.follow_refresh and refresh is not None
        learns = self._policy.learn and not follows
        return Poll(
            task,
            self._policy,
            gap=self._policy.gap(provider.spec.poll_gap, refresh=refresh),
            now=self._clock(),
            rng=self._rng,
            timeout=timeout,
            schedule=self._schedules[provider.name] if learns else None,
            webhooks=self._webhooks[provider.name],
        )

    def _downloads(self, allow_hosts: Collection[str]) -> Settings:
        return Settings(
            Hosts.of(allow_hosts, self._access),
            USER_AGENT,
            self._observer,
            self._policy.attempt,
            self._clock,
            self._rng,
        )

    def _call_again(self, task: Task) -> Call[Task] | None:
        """To read a task once more, where the client can."""
        try:
            return self._fetch_call(task.provider, task.id, task._status_url)
        except (AuthenticationError, ValueError):
            return None

    def _fetch_call(
        self, provider: str, task_id: str, status_url: str | None = None
    ) -> Call[Task]:
        _check_id(provider, task_id)
        call = self._provider(provider).fetch(task_id)
        if status_url is None:
            return call
        return self._servers[provider].follow(call, status_url)

    def _balance_call(self, provider: str) -> Call[float]:
        return self._provider(provider).balance()

    def _cancel_call(self, task: Task) -> Call[Task]:
        _check_id(task.provider, task.id)
        call = self._provider(task.provider).cancel(task.id)
        return call.map(lambda seen: keep_address(seen, task._status_url))

    def _read(self, provider: str, call: Call[T], response: httpx.Response) -> T:
        """The value of an answer, which is held against the spec before."""
        answers = PROVIDERS[provider].answers
        self._drift.look(provider, answers, call.kwargs, response)
        return read_answer(provider, call, response)


def _check_id(provider: str, task_id: str) -> None:
    if not isinstance(task_id, str) or not task_id:
        raise ValueError(f"{provider}: a task id is a text of at least one character")
    if task_id in (".", ".."):  # no escape keeps these from being another path
        raise ValueError(f"{provider}: {task_id!r} is no task id")


def _check_request(request: object) -> None:
    if not isinstance(request, Request):
        raise TypeError(
            f"a request is an ImageRequest or a VideoRequest, not {type(request).__name__}"
        )


def _with_key(provider: Provider, request: Request) -> Request:
    """The request with the key that makes its repetition safe, where the vendor documents one."""
    key = provider.idempotency_key(request)
    return request if key is None else replace(request, idempotency_key=key)


def _alone(task: Task) -> list[Task]:
    return [task]


def _budget(provider: Provider, access: Access, operation_id: str) -> Budget:
    if access.tier is None:
        return Budget()
    return Budget(provider.spec.limits(operation_id)[access.tier])


def address(task: Task | str, task_id: str) -> tuple[str, str, str | None]:
    """Provider, id, and the address that the vendor answered."""
    if isinstance(task, Task):
        return task.provider, task.id, task._status_url
    return task, task_id, None


def first(outcomes: list[Outcome]) -> Task:
    """The task of a submit that asked for one. Raises what became of it instead."""
    if isinstance(outcomes[0], ImageTasksError):
        raise outcomes[0]
    return outcomes[0]


def news(delivered: Transition | Exception) -> Transition:
    """What was delivered to somebody who waits. Raises what is no news of a task."""
    if isinstance(delivered, Exception):
        raise delivered
    return delivered


def report(event: Transition, on_update: OnUpdate | None) -> None:
    """Tell the user of a new state."""
    if event.is_change and on_update is not None:
        on_update(event.task)


def outcome(event: Transition, *, return_errors: bool) -> Outcome:
    """How a task ended. Raises the error unless errors are to take the tasks' places."""
    if event.error is None:
        return event.task
    if not return_errors:
        raise event.error
    return event.error
