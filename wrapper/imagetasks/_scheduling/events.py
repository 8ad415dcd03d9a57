"""What happens while tasks are submitted, waited for and collected, as values: for progress views, logs and metrics."""

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

    n: the task's place among those that are waited for, from 0.
    task: the snapshot that shows it.
    before: the state in which the task was last seen.
    waited: seconds since the wait began.
    error: why the wait ended without a result: what `wait` would raise.
    """

    n: int
    task: Task
    before: State
    waited: float
    error: ImageTasksError | None = None

    @property
    def is_change(self) -> bool:
        """Whether the state changed. It did not when time ran out, or when the task had ended before the wait."""
        unknown_again = self.task.state is State.UNKNOWN and self.error is None
        return self.task.state is not self.before or unknown_again

    @property
    def is_last(self) -> bool:
        """Whether this is the last event of the task's wait."""
        return self.error is not None or self.task.state.is_terminal

    @property
    def at(self) -> datetime | None:
        """When the task ended by the vendor's clock. None before the end, and at vendors that document no such time."""
        return self.task.finished_at if self.task.state.is_terminal else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """
    One exchange of a wait is over.

        def on_event(event):
            if isinstance(event, Polled) and event.lag is not None:
                print(event.task, "was over for", event.lag, "s")

    task: the snapshot as it is known now.
    took: seconds of the exchange.
    changed: whether it told anything new. A poll that did not was wasted.
    lag: at the end of a task, seconds for which it had been over already: by the vendor's times where it gives them, else half the
        time since the look before. None before the end.
    error: what went wrong.
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
    seconds: for so long it gets none, except last looks before a deadline.
    error: the answer that asked for it.
    """

    provider: str
    seconds: float
    error: ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """
    A result is in its file, whole and under its name; also where an equal file was there before.

    task: whose result it is.
    n: its place among the task's artifacts, from 1.
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
    The POST of a submit is about to leave. It has waited for the provider's rate, and the journal has its intent. Each attempt is
    an event.

    provider: where it goes.
    label: what you gave to the submit.
    idempotency_key: what makes a repetition safe, at vendors that document one.
    """

    provider: str
    label: str | None
    idempotency_key: str | None


SubmitOutcome = Literal["accepted", "refused", "not_sent", "unknown", "retried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """
    The POST of a `Submitting` is over, and the journal knows what became of it. Each attempt is an event.

    provider: where it went.
    label: what you gave to the submit.
    model: as it was asked for.
    outcome: "accepted", the vendor made tasks; "refused"; "not_sent", no byte has left; "unknown", a task may exist; "retried", it
        is sent again, because that is safe.
    tasks: what was made, also a task that has failed already.
    error: why it was not accepted, or not for all tasks that were asked for.
    took: seconds of the exchange.
    estimated: credits for `tasks` by the documented price, the highest where a page gives several. None where none states one. What
        the vendor charged is in each task's `credits_used`, where it tells.
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
    Tells of events: to the log `imagetasks`, and to the user's own function.

    `on_downloaded` hears of each file first: the journal does.
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
            except Exception:  # who watches must not stop what is watched
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
