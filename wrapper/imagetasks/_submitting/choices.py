"""Several vendors for one picture: which is asked next, and when none may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from .._errors import (
    AuthenticationError,
    BudgetExceeded,
    ImageTasksError,
    InsufficientCredits,
    NetworkError,
    RateLimited,
    TaskFailed,
    UnsupportedRequest,
)
from .._request import Request, check_request
from .._spending.ledger import CallLimit
from .._task import Reason, Task, Tried
from ..providers import check_provider

Providers: TypeAlias = str | Iterable[str] | Mapping[str, Request]
"""One vendor, several for the same request, or each with a request of its own, in the order of trying."""

NOT_TAKEN = (
    AuthenticationError,
    BudgetExceeded,
    InsufficientCredits,
    RateLimited,
    UnsupportedRequest,
)
"""Beside a connection that was not made: the vendor has certainly made no task."""
ELSEWHERE = frozenset({Reason.STORAGE, Reason.NO_RESULT, Reason.TIMEOUT})
"""Documented reasons of a failed task that another vendor may not have."""


class Choice(NamedTuple):
    provider: str
    request: Request
    is_last: bool


class Choices:
    """
    The vendors of one `run` or `submit`, in order.

        for choice in choices:
            try: submit
            except ImageTasksError as error: choices.refused(choice, error)     # raises unless another may be asked
            try: wait
            except ImageTasksError as error: choices.ended(choice, error)       # the same
            return choices.chosen(task)

    Another vendor is asked only when the one before certainly did not take the submit, or when its task failed for a
    documented reason that another may not have. After an unknown outcome that could make two pictures; after a refusal
    for content it would walk around moderation.
    """

    def __init__(
        self,
        providers: Providers,
        request: Request | None,
        *,
        max_credits: float | None = None,
    ) -> None:
        """`max_credits` holds for all together. Raises UnsupportedRequest, and TypeError for what is no request."""
        self._choices = _checked(providers, request)
        self._tried: list[Tried] = []
        self.call_limit = (
            None if max_credits is None else CallLimit(max_credits, tasks=1)
        )

    def __iter__(self) -> Iterator[Choice]:
        last = len(self._choices) - 1
        for n, (provider, request) in enumerate(self._choices):
            yield Choice(provider, request, is_last=n == last)

    def refused(self, choice: Choice, error: ImageTasksError) -> None:
        """The submit came to this. Raises the error unless the next one may be asked."""
        self._go_on(choice, error, may_go_on=was_not_taken(error))

    def ended(self, choice: Choice, error: ImageTasksError) -> None:
        """The task came to this. Raises the error unless the next one may be asked."""
        self._go_on(choice, error, may_go_on=failed_there_only(error))

    def _go_on(
        self, choice: Choice, error: ImageTasksError, *, may_go_on: bool
    ) -> None:
        if choice.is_last or not may_go_on:
            error.tried = tuple(self._tried)
            raise error
        tried = Tried(choice.provider, type(error).__name__, str(error), error.task)
        self._tried.append(tried)

    def chosen(self, task: Task) -> Task:
        """The task, with what was tried before."""
        return replace(task, tried=tuple(self._tried)) if self._tried else task


def was_not_taken(error: ImageTasksError) -> bool:
    """Whether this failure of a submit proves that no task was made, for a cause that another vendor may not have."""
    if isinstance(error, NetworkError):
        return not error.sent
    return isinstance(error, NOT_TAKEN)


def failed_there_only(error: ImageTasksError) -> bool:
    """Whether the task has failed for a documented reason that another vendor may not have."""
    if not isinstance(error, TaskFailed) or error.task is None:
        return False
    return error.task.error is not None and error.task.error.reason in ELSEWHERE


def _checked(
    providers: Providers, request: Request | None
) -> list[tuple[str, Request]]:
    if isinstance(providers, Mapping):
        if request is not None:
            raise TypeError("with a request for each provider there is no other one")
        pairs = list(providers.items())
    else:
        if request is None:
            raise TypeError("there is no request: pass an ImageRequest or VideoRequest")
        names = [providers] if isinstance(providers, str) else list(providers)
        pairs = [(name, request) for name in names]
    if not pairs:
        raise UnsupportedRequest("no provider is named: pass one name, or several")
    seen: set[str] = set()
    for name, each in pairs:
        check_request(each)
        if len(pairs) > 1:
            check_provider(name)
        if name in seen:
            raise UnsupportedRequest(f"{name} is named twice")
        seen.add(name)
    return pairs
