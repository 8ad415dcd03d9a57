"""Events of submits, waits and downloads, as values: for progress views, logs and metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from .._errors import ImageTasksError, ProviderError, logger
from .._task import State, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """
    A task changed its state, or its wait ended.

        for event in client.events(tasks):
            print(event.task, event.before, event.waited, event.error)

    n: the task's index among the tasks of the call, from 0.
    task: the new snapshot.
    before: the state in the snapshot before.
    waited: seconds since the wait began.
    error: the error that `wait` would raise, if the wait ended without a result.
    """

    n: int
    task: Task
    before: State
    waited: float
    error: ImageTasksError | None = None

    @property
    def is_change(self) -> bool:
        """Whether the state changed. It is False if time ran out, or if the task had ended before the wait."""
        unknown_again = self.task.state is State.UNKNOWN and self.error is None
        return self.task.state is not self.before or unknown_again

    @property
    def is_last(self) -> bool:
        """Whether this is the last event of the task's wait."""
        return self.error is not None or self.task.state.is_terminal

    @property
    def at(self) -> datetime | None:
        """When the task ended, by the vendor's clock. None before the end, and if the vendor documents no such time."""
        return self.task.finished_at if self.task.state.is_terminal else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """
    One exchange of a wait is over.

        def on_event(event):
            if isinstance(event, Polled) and event.lag is not None:
                print(event.task, "had ended", event.lag, "s before")

    task: the latest snapshot.
    took: seconds of the exchange.
    changed: whether the answer held anything new. If not, the poll was wasted.
    lag: at the end of a task, the seconds since it ended: by the vendor's times if it sends them, else half the time since the poll
        before. None before the end.
    error: the error of the exchange.
    in_flight: exchanges with this provider that are under way now.
    """

    task: Task
    took: float
    changed: bool
    lag: float | None
    error: ProviderError | None
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """
    A provider asks for fewer requests.

    provider: its name.
    seconds: how long the client sends it no polls, except the last poll before a deadline.
    error: the error that the provider answered.
    """

    provider: str
    seconds: float
    error: ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """
    A result is saved completely under its final name, or an equal file was already there.

    task: the task of the result.
    n: the result's number among the task's artifacts, from 1.
    path: the file; in a store, its key.
    size: bytes.
    sha256: of these bytes, in hex.
    took: seconds, retries included; until it was here, where it went on into a store.
    store: the folder or URL that `download(store=)` put it into. None for a file in a folder.
    """

    task: Task
    n: int
    path: Path
    size: int
    sha256: str
    took: float
    store: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitting:
    """
    The client is about to send the POST of a submit. The provider's rate limit allows it, and the journal has its intent. Each
    attempt is an event.

    provider: where it goes.
    label: your label from the submit.
    idempotency_key: makes a repeated submit safe, at vendors that document one.
    """

    provider: str
    label: str | None
    idempotency_key: str | None


SubmitOutcome = Literal["accepted", "refused", "not_sent", "unknown", "retried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """
    The POST of a `Submitting` is over, and the journal has recorded its outcome. Each attempt is an event.

    provider: where it went.
    label: your label from the submit.
    model: the model of the request.
    outcome: "accepted", the vendor made tasks; "refused"; "not_sent", no byte was sent; "unknown", a task may exist; "retried", the
        client sends it again, because that is safe.
    tasks: the new tasks, including a task that has already failed.
    error: why the submit, or a part of it, was not accepted.
    took: seconds of the exchange.
    estimated: credits for `tasks` by the documented price; the highest, if a page states several. None if no page states one. Each
        task's `credits_used` has what the vendor charged, if the vendor says so.
    """

    provider: str
    label: str | None
    model: str | None
    outcome: SubmitOutcome
    tasks: tuple[Task, ...]
    error: ImageTasksError | None
    took: float
    estimated: float | None


Event = Submitting | Submitted | Transition | Polled | Slowed | Downloaded
OnEvent = Callable[[Event], object]


class Observer:
    """
    Passes each event to the log `imagetasks` and to the user's function.

    `on_downloaded` is called before them, so that the journal records a file first.
    """

    def __init__(
        self,
        on_event: OnEvent | None,
        on_downloaded: Callable[[Downloaded], object] | None = None,
    ) -> None:
        self._on_event = on_event
        self._on_downloaded = on_downloaded

    @property
    def wants_polls(self) -> bool:
        return self._on_event is not None or logger.isEnabledFor(logging.DEBUG)

    def tell(self, event: Event) -> None:
        _log(event)
        if isinstance(event, Downloaded) and self._on_downloaded is not None:
            self._on_downloaded(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                # An error in the user's function must not stop the client.
                logger.exception("on_event failed")


def _log(event: Event) -> None:
    match event:
        case Transition(error=None):
            logger.info("%s, it was %s", event.task, event.before.name)
        case Transition():
            logger.info("%s", event.error)
        case Slowed():
            logger.warning("no polls for %.3g s: %s", event.seconds, event.error)
        case Submitting():
            logger.debug("%s: a submit leaves", event.provider)
        case Submitted():
            logger.debug("%s: the submit is %s", event.provider, event.outcome)
        case Downloaded():
            logger.info("%s, result %s is in %s", event.task, event.n, event.path)
        case Polled():
            logger.debug(
                "%s after %.3g s", event.error or f"polled {event.task}", event.took
            )
