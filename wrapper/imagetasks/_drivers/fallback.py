# Made of async_fallback.py by `make generate`. Edit that file.
"""One provider after the other, until one has taken the request, or made the picture."""

from __future__ import annotations

from .._core import Core
from .._errors import ImageTasksError, TaskFailed, carry
from .._request import Request
from .._scheduling.policy import check_timeout
from .._scheduling.scheduler import OnUpdate
from .._submitting.choices import Choice, Choices, Providers
from .._task import Task
from .submitter import Submitter
from .waiter import Waiter


class Fallback:
    """Submits to each provider in turn, for as long as `Choices` says that the next one may be asked."""

    def __init__(self, core: Core, submitter: Submitter, waiter: Waiter) -> None:
        self._core = core
        self._submitter = submitter
        self._waiter = waiter

    def submit(
        self,
        provider: Providers,
        request: Request | None,
        label: str | None,
        max_credits: float | None,
    ) -> Task:
        choices = Choices(provider, request, max_credits=max_credits)
        for choice in choices:
            try:
                return choices.chosen(self._submit(choices, choice, label))
            except ImageTasksError as error:
                choices.refused(choice, error)
        raise AssertionError("the last one either succeeds or raises")

    def run(
        self,
        provider: Providers,
        request: Request | None,
        timeout: float | None,
        label: str | None,
        max_credits: float | None,
        on_update: OnUpdate | None,
    ) -> Task:
        began = self._core.clock()
        budget = check_timeout(
            self._core.policy.deadline if timeout is None else timeout
        )
        choices = Choices(provider, request, max_credits=max_credits)
        for choice in choices:
            left = max(budget - (self._core.clock() - began), 0.0)
            try:
                task = self._submit(choices, choice, label, left)
            except TaskFailed as error:
                choices.ended(choice, error)
                continue
            except ImageTasksError as error:
                choices.refused(choice, error)
                continue
            left = max(budget - (self._core.clock() - began), 0.0)
            try:
                return choices.chosen(self._wait_on(task, left, on_update))
            except ImageTasksError as error:
                choices.ended(choice, error)
        raise AssertionError("the last one either succeeds or raises")

    def _submit(
        self,
        choices: Choices,
        choice: Choice,
        label: str | None,
        timeout: float | None = None,
    ) -> Task:
        submission = self._core.submissions.begin(
            choice.provider,
            choice.request,
            timeout,
            label=label,
            call_limit=choices.call_limit,
            is_patient=choice.is_last,
        )
        return self._submitter.submit(submission)

    def _wait_on(self, task: Task, timeout: float, on_update: OnUpdate | None) -> Task:
        """For a task that was just accepted: whatever breaks off the wait carries it."""
        try:
            if on_update is not None:
                on_update(task)
            return self._waiter.wait(task, timeout, on_update)
        except BaseException as error:
            carry(error, [task])
            raise
