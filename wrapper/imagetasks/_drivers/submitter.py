# Made of async_submitter.py by `make generate`. Edit that file.
"""Carrying out submits: each POST between two entries in the journal, and again where that is safe."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from datetime import UTC, datetime

from .._core import Core
from .._errors import ImageTasksError, ProviderError, carry
from .._request import Action, Request
from .._scheduling.outcomes import first
from .._scheduling.scheduler import OnUpdate, Outcome
from .._submitting.dispatch import Dispatcher
from .._submitting.submission import Attempt, Pause, Submission
from .._submitting.telling import Telling
from .._task import Task
from .exchanges import Exchanges
from .shim import Lifetime, Sleep, default_sleep, result_of


class Submitter:
    """Does what a `Submission` says, and has the books and the observer know of it."""

    def __init__(
        self,
        core: Core,
        lifetime: Lifetime,
        exchanges: Exchanges,
        sleep: Sleep | None,
    ) -> None:
        self._core = core
        self._lifetime = lifetime
        self._exchanges = exchanges
        self._sleep = sleep or default_sleep
        self._dispatcher = Dispatcher(self._attempt, clock=core.clock, sleep=sleep)

    def submit(self, submission: Submission) -> Task:
        self._lifetime.check_usable()
        while True:
            step = submission.next_step(now=self._core.clock())
            if isinstance(step, Pause):
                self._sleep(step.seconds)
            elif outcomes := self._attempt(submission, step):
                return first(outcomes)

    def submit_many(
        self,
        provider: str,
        requests: Iterable[Request],
        timeout: float | None,
        label: str | Iterable[str | None] | None,
        max_credits: float | None,
        on_update: OnUpdate | None,
    ) -> list[Outcome]:
        self._lifetime.check_usable()
        batch = self._core.submissions.begin_batch(
            provider, requests, timeout, label, max_credits
        )
        self._dispatcher.run(batch, on_update)
        return batch.outcomes

    def follow_up(
        self,
        task: Task,
        action: Action,
        n: int,
        webhook_url: str | None,
        label: str | None,
    ) -> Task:
        self._lifetime.check_usable()
        button = self._core.submissions.button(task, action, n)
        seen = task
        if task.raw is None:
            seen = self._exchanges.fetch(task.provider, task.id, task)
        with self._core.submissions.begin_follow_up(
            task, seen, button, webhook_url, label
        ) as submission:
            return self.submit(submission)

    def _attempt(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        """One POST, between two entries in the journal. Returns nothing where it may be sent again."""
        self._lifetime.check_usable()
        books = self._core.books
        with Telling(self._core.observer, submission, self._core.clock) as telling:
            try:
                _written(books.write_intent(submission))
                telling.begin()
                outcomes = self._post(submission, attempt)
                telling.end(outcomes)
            except BaseException as error:
                telling.end(error)
                if isinstance(error, ImageTasksError):
                    error.label = submission.label
                _written(books.write_outcome(submission, error))
                raise
            try:
                _written(books.write_outcome(submission, outcomes))
            except BaseException as error:
                carry(error, (task for task in outcomes if isinstance(task, Task)))
                raise
            return outcomes

    def _post(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        sent_at = datetime.now(UTC)
        try:
            tasks = self._exchanges.send(
                submission.provider,
                submission.call,
                timeout=attempt.timeout,
                on_leave=submission.begin_attempt,
            )
        except ProviderError as error:
            submission.record_failure(error, now=self._core.clock(), sent_at=sent_at)
            return []
        return self._core.submissions.accepted(submission, tasks, sent_at)


def _written(done: Future[None] | None) -> None:
    if done is not None:
        result_of(done)
