"""What both clients know and decide. Nothing here sends, sleeps or waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import TypeVar

from ._access import Access
from ._drift.drift import Drift
from ._drift.recorder import DriftRecorder
from ._errors import (
    AuthenticationError,
    ImageTasksError,
    ProviderError,
    UnsupportedRequest,
    logger,
)
from ._http.answer import Answer
from ._http.call import Call, about_task, of_a_gateway, read_answer
from ._http.endpoint import Endpoint
from ._http.servers import Servers, keep_address
from ._journal.journal import Journal
from ._request import (
    Action,
    FollowUp,
    Intent,
    Request,
    RequestPreview,
    check_request,
)
from ._results.batch import Settings
from ._results.hosts import Hosts
from ._scheduling.events import Observer, OnEvent, Transition
from ._scheduling.learning import Learning
from ._scheduling.limits import Limits, RateLimiter
from ._scheduling.policy import Gap, PollPolicy, check_timeout
from ._scheduling.poll import Poll
from ._scheduling.queue import ProviderQueue
from ._scheduling.scheduler import Outcome, Scheduler
from ._scheduling.wait import Deliver, Wait
from ._scheduling.webhooks import Webhooks
from ._submitting.batch import Batch
from ._submitting.bookkeeper import Bookkeeper
from ._submitting.pressed import PressedButtons
from ._submitting.submission import Submission
from ._task import Task, check_id, check_label
from ._version import __version__
from .providers import PROVIDERS, Provider, check_provider
from .providers._capabilities import Capabilities
from .providers._keys import check_access, key_variable

T = TypeVar("T")

USER_AGENT = f"imagetasks/{__version__}"


class Core:
    """
    The decisions behind a client: which calls to make, what their answers mean, what to keep.

    A client owns one, and carries out what it says.
    """

    def __init__(
        self,
        access: Mapping[str, Access | str],
        policy: PollPolicy,
        clock: Callable[[], float],
        rng: random.Random | None,
        on_event: OnEvent | None,
        slots: int,
        journal: str | PathLike[str] | None,
        journal_prompts: bool,
    ) -> None:
        self._access = check_access(access)
        self.policy = policy
        self.clock = clock
        self._given_rng = rng
        self._servers = {
            name: Servers(PROVIDERS[name].spec.servers, held.base_url)
            for name, held in self._access.items()
        }
        self.endpoints = {
            name: self._endpoint(PROVIDERS[name], held)
            for name, held in self._access.items()
        }
        self.books = Bookkeeper(
            None if journal is None else Journal(journal, prompts=journal_prompts)
        )
        self.observer = Observer(
            on_event, self.books.write_file if self.books.keeps else None
        )
        self._pressed = PressedButtons()
        self.start_anew(slots)

    def start_anew(self, slots: int) -> None:
        """Without waits, and without what other processes were told. The journal stays with the process that opened it."""
        # Forked workers that drew alike would poll in step.
        self._rng = self._given_rng or random.Random()
        self._drift = DriftRecorder()
        self._slots = slots
        self._limiters = {
            name: RateLimiter(_limits(PROVIDERS[name], held, PROVIDERS[name].images.id))
            for name, held in self._access.items()
        }
        self._learning = {name: Learning() for name in self._access}
        self._webhooks = {name: Webhooks(name) for name in self._access}
        queues = {
            name: ProviderQueue(
                slots,
                _limits(PROVIDERS[name], held, PROVIDERS[name].status.id),
                self._webhooks[name],
            )
            for name, held in self._access.items()
        }
        self.scheduler = Scheduler(
            queues, wants_polls=lambda: self.observer.wants_polls
        )

    @property
    def providers(self) -> Iterable[str]:
        return self._access.keys()

    @property
    def drift(self) -> tuple[Drift, ...]:
        return self._drift.seen

    def capabilities(self, provider: str) -> Capabilities:
        check_provider(provider)
        return deepcopy(PROVIDERS[provider].capabilities)

    def preview(self, provider: str, request: Request) -> RequestPreview:
        """The request that `submit` would send first."""
        adapter = self._provider(provider)
        check_request(request)
        first_of = _with_key(adapter, adapter.split(request)[0])
        call = adapter.submit_batch(first_of)
        masked = self._endpoint(adapter, replace(self._access[provider], api_key="***"))
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

    def _endpoint(self, provider: Provider, access: Access) -> Endpoint:
        return Endpoint(
            provider.name,
            self._servers[provider.name].url,
            {**provider.auth(access.api_key), "User-Agent": USER_AGENT},
            access.api_key,
            provider.at.headers,
        )

    def _gap(self, provider: Provider) -> Gap:
        return self.policy.gap(provider.poll_gap)

    def begin_submit(
        self,
        name: str,
        request: Request,
        timeout: float | None = None,
        *,
        again: Intent | None = None,
        label: str | None = None,
    ) -> Submission:
        """`again`: the entry in the journal of the attempt that this one repeats."""
        check_label(label)
        with _labelled(label):
            provider = self._provider(name)
            check_request(request)
            keyed = _with_key(provider, request)
            return self._submission(
                provider,
                keyed,
                provider.submit(keyed).map(_alone),
                timeout=timeout,
                sent_before=again.sent_at if again else None,
                intent=again,
                label=label,
            )

    def begin_batch(
        self,
        name: str,
        requests: Iterable[Request],
        timeout: float | None,
        label: str | Iterable[str | None] | None,
    ) -> Batch:
        provider = self._provider(name)
        requests = list(requests)
        for request in requests:
            check_request(request)
        labels = _one_each(label, len(requests))
        deadline = self.clock() + check_timeout(
            self.policy.deadline if timeout is None else timeout
        )

        def begin(request: Request, label: str | None) -> Submission:
            keyed = _with_key(provider, request)
            call = provider.submit_batch(keyed)
            return self._submission(
                provider, keyed, call, timeout=deadline - self.clock(), label=label
            )

        return Batch(
            requests,
            labels=labels,
            split=provider.split,
            begin=begin,
            slots=self._slots,
        )

    def button(self, task: Task, action: Action, n: int) -> str:
        return self._provider(task.provider).button(action, n)

    @contextmanager
    def begin_follow_up(
        self,
        task: Task,
        seen: Task,
        button: str,
        webhook_url: str | None,
        label: str | None,
    ) -> Iterator[Submission]:
        """
        The submit of a button that this client has not pressed yet, to be carried out inside of the `with` block.

        `seen` is the snapshot with the buttons.
        """
        check_label(label)
        with _labelled(label):
            provider = self._provider(task.provider)
            request = FollowUp(task.id, button, webhook_url)
            call = provider.follow_up(request, seen)
            submission = self._submission(
                provider, request, call.map(_alone), label=label
            )
            with self._pressed.pressing(task, request, submission):
                yield submission

    def _submission(
        self,
        provider: Provider,
        request: Request | FollowUp,
        call: Call[list[Task]],
        *,
        timeout: float | None = None,
        sent_before: datetime | None = None,
        intent: Intent | None = None,
        replaces: Intent | None = None,
        label: str | None = None,
    ) -> Submission:
        return Submission(
            provider.name,
            request,
            call,
            self.policy,
            limiter=self._limiters[provider.name],
            gap=self._gap(provider),
            now=self.clock(),
            rng=self._rng,
            timeout=timeout,
            sent_before=sent_before,
            intent=intent,
            replaces=replaces,
            label=label,
        )

    def begin_resubmit(self, intent: Intent, request: Request | None) -> Submission:
        asked = request or intent.request
        if asked is None:
            raise ValueError(
                f"{intent}: the journal leaves out prompts, so pass the request once more"
            )
        provider = self._provider(intent.provider)
        if isinstance(asked, FollowUp):
            call = provider.follow_up(asked, None).map(_alone)
            return self._submission(
                provider, asked, call, replaces=intent, label=intent.label
            )
        if intent.idempotency_key is None:
            call = provider.submit_batch(asked)
            return self._submission(
                provider, asked, call, replaces=intent, label=intent.label
            )
        # The same submit once more: a refusal of it does not prove that nothing was made of the first.
        same = replace(asked, idempotency_key=intent.idempotency_key)
        return self.begin_submit(
            intent.provider, same, again=intent, label=intent.label
        )

    def accepted(
        self, submission: Submission, tasks: list[Task], sent_at: datetime
    ) -> list[Outcome]:
        """What an answer that was accepted means for each task."""
        if extra := tasks[submission.count :]:
            logger.warning(
                "more tasks than the %d that were asked for: %s",
                submission.count,
                ", ".join(map(str, extra)),
            )
        return submission.record(tasks, now=self.clock(), sent_at=sent_at)

    def begin_waits(
        self, tasks: Iterable[Task], timeout: float | None, deliver: Deliver
    ) -> list[Wait]:
        """
        What to give to the engine. A task that cannot be asked for has ended before it began: of a provider that nobody
        knows, or for which there is no key, or under an id that no vendor gives.
        """
        budget = check_timeout(self.policy.deadline if timeout is None else timeout)
        waits: list[Wait] = []
        for n, task in enumerate(tasks):
            try:
                poll = self._poll(task, budget)
            except (ImageTasksError, ValueError) as cause:
                error = (
                    cause
                    if isinstance(cause, ImageTasksError)
                    else UnsupportedRequest(str(cause))
                )
                error.task = task
                deliver(
                    Transition(
                        n=n, task=task, before=task.state, waited=0.0, error=error
                    )
                )
            else:
                waits.append(Wait(n, poll, self.books.writing(task, deliver)))
        return waits

    def _poll(self, task: Task, timeout: float) -> Poll:
        provider = self._provider(task.provider)
        self.fetch_call(task.provider, task.id)
        refresh = provider.refresh
        follows = self.policy.follow_refresh and refresh is not None
        learns = self.policy.learn and not follows
        return Poll(
            task,
            self.policy,
            gap=self.policy.gap(provider.poll_gap, refresh=refresh),
            now=self.clock(),
            rng=self._rng,
            timeout=timeout,
            learning=self._learning[provider.name] if learns else None,
            webhooks=self._webhooks[provider.name],
        )

    def downloads(self, allow_hosts: Collection[str]) -> Settings:
        return Settings(
            Hosts.of(allow_hosts, self._access),
            USER_AGENT,
            self.observer,
            self.policy.attempt,
            self.clock,
            self._rng,
        )

    def call_again(self, task: Task) -> Call[Task] | None:
        """To read a task once more, where the client can."""
        try:
            return self.fetch_call(task.provider, task.id, task)
        except (AuthenticationError, ValueError):
            return None

    def fetch_call(
        self, provider: str, task_id: str, known: Task | None = None
    ) -> Call[Task]:
        """`known`: an earlier snapshot of it, for what no answer tells."""
        check_id(provider, task_id)
        call = about_task(provider, task_id, self._provider(provider).fetch(task_id))
        if known is None:
            return call
        if (label := known.label) is not None:
            call = call.map(lambda seen: replace(seen, label=label))
        if (status_url := known._status_url) is not None:
            call = self._servers[provider].follow(call, status_url)
        return call

    def balance_call(self, provider: str) -> Call[float]:
        return self._provider(provider).balance()

    def cancel_call(self, task: Task) -> Call[Task]:
        check_id(task.provider, task.id)
        call = self._provider(task.provider).cancel(task.id)
        call = about_task(task.provider, task.id, call)
        return call.map(
            lambda seen: keep_address(replace(seen, label=task.label), task._status_url)
        )

    def read(self, provider: str, call: Call[T], response: Answer) -> T:
        """The value of an answer, which is held against the spec before."""
        answers = PROVIDERS[provider].answers
        self._drift.look(provider, answers, call.kwargs, response)
        return read_answer(provider, call, response)

    def read_polled(self, provider: str, call: Call[T], response: Answer) -> T:
        """`read` for a wait: what the vendor does not document as its refusal is no reason to give up a paid task."""
        try:
            return self.read(provider, call, response)
        except ProviderError as error:
            is_refused = response.status_code != 200 and not error.retryable
            refusals = PROVIDERS[provider].refusals
            if is_refused and not refusals.documents(
                response.status_code, response.json
            ):
                raise of_a_gateway(provider, response) from error
            raise


@contextmanager
def _labelled(label: str | None) -> Iterator[None]:
    """Errors from inside know what they are about."""
    try:
        yield
    except ImageTasksError as error:
        error.label = label
        raise


def _one_each(label: str | Iterable[str | None] | None, count: int) -> list[str | None]:
    labels = (
        [label] * count if isinstance(label, str | None) else list[str | None](label)
    )
    if len(labels) != count:
        raise ValueError(f"label is one text, or one for each of {count} requests")
    for each in labels:
        check_label(each)
    return labels


def _with_key(provider: Provider, request: Request) -> Request:
    """The request with the key that makes its repetition safe, where the vendor documents one."""
    key = provider.idempotency_key(request)
    return request if key is None else replace(request, idempotency_key=key)


def _alone(task: Task) -> list[Task]:
    return [task]


def _limits(provider: Provider, access: Access, operation_id: str) -> Limits:
    return Limits(provider.spec.limits(operation_id, access.tier))
