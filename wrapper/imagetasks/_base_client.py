"""What both clients know and decide, without sending anything."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Generic, TypeVar

from ._access import Access, check_access, key_variable
from ._call import Call
from ._errors import AuthenticationError, ImageTasksError
from ._fleet import Fleet, OnUpdate, Outcome, outcome
from ._poll import Gap, Poll, PollPolicy
from ._submit import Submission
from ._task import ImageRequest, Task
from ._transport import AsyncSender, Connection, Sender
from .providers import PROVIDERS, Provider, check_provider

S = TypeVar("S", Sender, AsyncSender)

USER_AGENT = f"imagetasks/{version('imagetasks')}"


class BaseClient(Generic[S]):
    """What both clients do without sending anything."""

    def __init__(
        self,
        access: Mapping[str, Access | str],
        policy: PollPolicy,
        make_sender: Callable[[Connection], S],
        clock: Callable[[], float],
        rng: random.Random | None,
    ) -> None:
        self._access = check_access(access)
        self._policy = policy
        self._clock = clock
        self._rng = rng or random.Random()
        self._senders: dict[str, S] = {
            name: make_sender(_connection(PROVIDERS[name], held))
            for name, held in self._access.items()
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._access)})"

    def _provider(self, name: str) -> Provider:
        check_provider(name)
        if name not in self._access:
            raise AuthenticationError(
                f"{name}: this client has no key for it; set {key_variable(name)}, or pass one",
                provider=name,
            )
        return PROVIDERS[name]

    def _gap(self, provider: Provider) -> Gap:
        return self._policy.gap(provider.spec.poll_gap)

    def _begin_submit(
        self, name: str, request: ImageRequest, timeout: float | None
    ) -> Submission:
        provider = self._provider(name)
        if not isinstance(request, ImageRequest):
            raise TypeError(
                f"a request is an ImageRequest, not {type(request).__name__}"
            )
        key = provider.idempotency_key(request)
        keyed = request if key is None else replace(request, idempotency_key=key)
        return Submission(
            name,
            keyed,
            provider.submit(keyed),
            self._policy,
            gap=self._gap(provider),
            deduplicates=key is not None,
            now=self._clock(),
            rng=self._rng,
            timeout=timeout,
        )

    def _accepted(self, task: Task) -> Task:
        """The task of a submit that got through. Raises TaskFailed when the vendor refused it in its answer."""
        return replace(unless_failed(task), _submitted=self._clock())

    def _begin_wait(self, task: Task, timeout: float | None) -> Poll:
        try:
            provider = self._provider(task.provider)
        except AuthenticationError as error:
            error.task = task
            raise
        return Poll(
            task,
            self._policy,
            gap=self._gap(provider),
            now=self._clock(),
            rng=self._rng,
            timeout=timeout,
        )

    def _begin_waits(
        self,
        tasks: Iterable[Task],
        timeout: float | None,
        slots: int,
        on_update: OnUpdate | None,
    ) -> Fleet:
        polls = [self._try_to_begin(task, timeout) for task in tasks]
        return Fleet(polls, slots=slots, now=self._clock(), on_update=on_update)

    def _try_to_begin(
        self, task: Task, timeout: float | None
    ) -> Poll | ImageTasksError:
        try:
            return self._begin_wait(task, timeout)
        except AuthenticationError as error:  # one provider without a key, among others
            return error

    def _fetch_call(self, provider: str, task_id: str) -> Call[Task]:
        if not isinstance(task_id, str) or not task_id:
            raise ValueError(
                f"{provider}: a task id is a text of at least one character"
            )
        if task_id in (".", ".."):  # no escape keeps these from being another path
            raise ValueError(f"{provider}: {task_id!r} is no task id")
        return self._provider(provider).fetch(task_id)


def _connection(provider: Provider, access: Access) -> Connection:
    return Connection(
        provider.name,
        access.base_url or provider.spec.server_url,
        {**provider.auth(access.api_key), "User-Agent": USER_AGENT},
        access.api_key,
    )


def address(task: Task | str, task_id: str) -> tuple[str, str]:
    return (task.provider, task.id) if isinstance(task, Task) else (task, task_id)


def unless_failed(task: Task) -> Task:
    """The task itself. Raises TaskFailed where it ended without a result."""
    ended = outcome(task)
    if isinstance(ended, ImageTasksError):
        raise ended
    return task


def raised_unless(return_errors: bool, ended: Outcome) -> Outcome:
    if isinstance(ended, ImageTasksError) and not return_errors:
        raise ended
    return ended
