"""What whoever waits makes of the news of a wait."""

from __future__ import annotations

from .._errors import ImageTasksError
from .._task import Task
from .events import Transition
from .scheduler import OnUpdate, Outcome


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


def first(outcomes: list[Outcome]) -> Task:
    """The task of a submit that asked for one. Raises what became of it instead."""
    if isinstance(outcomes[0], ImageTasksError):
        raise outcomes[0]
    return outcomes[0]
