"""What is told of a POST: that it leaves, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from .._errors import ImageTasksError, NetworkError, SubmitOutcomeUnknown, TaskFailed
from .._scheduling.events import Observer, SubmitOutcome, Submitted, Submitting
from .._scheduling.scheduler import Outcome
from .._task import Task
from .submission import Submission

PostResult = list[Outcome] | BaseException
"""An outcome for each task, none where it is sent again, or what was raised."""


class Telling:
    """
    One attempt, for whoever watches.

        with Telling(observer, submission, clock) as telling:
            telling.begin()
            telling.end(what came of the POST)

    The end is told when the block is left, with or without an error: after what the block writes down. Without a beginning
    nothing is told.
    """

    def __init__(
        self, observer: Observer, submission: Submission, clock: Callable[[], float]
    ) -> None:
        self._observer = observer
        self._submission = submission
        self._clock = clock
        self._began: float | None = None
        self._took = 0.0
        self._result: PostResult = []

    def begin(self) -> None:
        submission = self._submission
        self._observer.tell(
            Submitting(
                provider=submission.provider,
                label=submission.label,
                idempotency_key=submission.idempotency_key,
            )
        )
        self._began = self._clock()

    def end(self, result: PostResult) -> None:
        self._result = result
        if self._began is not None:
            self._took = self._clock() - self._began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._began is not None:
            self._observer.tell(_submitted(self._submission, self._result, self._took))


def _submitted(submission: Submission, result: PostResult, took: float) -> Submitted:
    ends = result if isinstance(result, list) else [result]
    # A task that has failed already comes as an error.
    found = [end.task if isinstance(end, TaskFailed) else end for end in ends]
    tasks = tuple(end for end in found if isinstance(end, Task))
    errors = [end for end in ends if isinstance(end, ImageTasksError)]
    if not ends and submission.last_failure is not None:
        errors = [submission.last_failure]
    price = submission.highest_price
    return Submitted(
        provider=submission.provider,
        label=submission.label,
        model=submission.model,
        outcome=_outcome(submission, ends, tasks),
        tasks=tasks,
        error=errors[0] if errors else None,
        took=took,
        estimated=None if price is None else price / submission.count * len(tasks),
    )


def _outcome(
    submission: Submission,
    ends: list[Outcome] | list[BaseException],
    tasks: tuple[Task, ...],
) -> SubmitOutcome:
    if not ends:
        return "retried"
    if tasks:
        return "accepted"
    first = ends[0]
    if isinstance(first, SubmitOutcomeUnknown) or submission.may_have_arrived:
        return "unknown"
    if isinstance(first, NetworkError) or not isinstance(first, ImageTasksError):
        return "not_sent"
    return "refused"
