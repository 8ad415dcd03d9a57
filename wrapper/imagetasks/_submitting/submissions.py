"""Beginning submits: of one request, of many, of a button, and of what was sent before."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from .._errors import ImageTasksError, logger
from .._http.call import Call
from .._request import (
    Action,
    FollowUp,
    Intent,
    Request,
    RequestPreview,
    check_request,
    count_of,
)
from .._scheduling.limits import Limits, RateLimiter
from .._scheduling.policy import PollPolicy, check_timeout
from .._scheduling.scheduler import Outcome
from .._spending.ledger import CallLimit
from .._task import Task, check_label
from ..providers import Provider
from ..providers._accounts import Accounts
from .batch import Batch
from .pressed import PressedButtons
from .submission import Submission


class Submissions:
    """Begins the submits of one client. They share its limits; `slots` of a batch are under way at once."""

    def __init__(
        self,
        accounts: Accounts,
        policy: PollPolicy,
        clock: Callable[[], float],
        rng: random.Random,
        slots: int,
        pressed: PressedButtons,
    ) -> None:
        self._accounts = accounts
        self._policy = policy
        self._clock = clock
        self._rng = rng
        self._slots = slots
        self._pressed = pressed
        self._limiters = {
            name: RateLimiter(Limits(accounts.submit_limits(name)))
            for name in accounts.names
        }

    def preview(self, provider: str, request: Request) -> RequestPreview:
        """The request that would be sent first."""
        adapter = self._accounts.provider(provider)
        check_request(request)
        first_of = _with_key(adapter, adapter.split(request)[0])
        call = adapter.submit_batch(first_of)
        masked = self._accounts.masked_endpoint(provider)
        body = call.kwargs["json"]
        return RequestPreview(
            provider,
            method=call.kwargs["method"].upper(),
            url=masked.base_url.rstrip("/") + call.kwargs["url"],
            headers={**masked.headers, **call.kwargs["headers"]},
            body=body,
            credits=adapter.price(first_of, body),
        )

    def begin(
        self,
        name: str,
        request: Request,
        timeout: float | None = None,
        *,
        again: Intent | None = None,
        label: str | None = None,
        call_limit: CallLimit | None = None,
        is_patient: bool = True,
    ) -> Submission:
        """`again`: the entry in the journal of the attempt that this one repeats."""
        check_label(label)
        with _labelled(label):
            provider = self._accounts.provider(name)
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
                call_limit=call_limit,
                is_patient=is_patient,
            )

    def begin_batch(
        self,
        name: str,
        requests: Iterable[Request],
        timeout: float | None,
        label: str | Iterable[str | None] | None,
        max_credits: float | None = None,
    ) -> Batch:
        provider = self._accounts.provider(name)
        requests = list(requests)
        for request in requests:
            check_request(request)
        labels = _one_each(label, len(requests))
        call_limit = None
        if max_credits is not None:
            call_limit = CallLimit(max_credits, tasks=sum(map(count_of, requests)))
        deadline = self._clock() + check_timeout(
            self._policy.deadline if timeout is None else timeout
        )

        def begin(request: Request, label: str | None) -> Submission:
            keyed = _with_key(provider, request)
            call = provider.submit_batch(keyed)
            return self._submission(
                provider,
                keyed,
                call,
                timeout=deadline - self._clock(),
                label=label,
                call_limit=call_limit,
            )

        return Batch(
            requests,
            labels=labels,
            split=provider.split,
            begin=begin,
            slots=self._slots,
        )

    def button(self, task: Task, action: Action, n: int) -> str:
        return self._accounts.provider(task.provider).button(action, n)

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
            provider = self._accounts.provider(task.provider)
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
        call_limit: CallLimit | None = None,
        is_patient: bool = True,
    ) -> Submission:
        return Submission(
            provider.name,
            request,
            call,
            self._policy,
            limiter=self._limiters[provider.name],
            gap=self._policy.gap(provider.poll_gap),
            now=self._clock(),
            rng=self._rng,
            timeout=timeout,
            sent_before=sent_before,
            intent=intent,
            replaces=replaces,
            label=label,
            highest_price=provider.highest_price(request, call.kwargs.get("json")),
            call_limit=call_limit,
            is_patient=is_patient,
        )

    def begin_resubmit(self, intent: Intent, request: Request | None) -> Submission:
        asked = request or intent.request
        if asked is None:
            raise ValueError(
                f"{intent}: the journal leaves out prompts, so pass the request once more"
            )
        provider = self._accounts.provider(intent.provider)
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
        return self.begin(intent.provider, same, again=intent, label=intent.label)

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
        return submission.record(tasks, now=self._clock(), sent_at=sent_at)


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
