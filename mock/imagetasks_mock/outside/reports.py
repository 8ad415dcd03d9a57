"""What the URL of a task is to be told, and when. The caller brings time and answers: no I/O here."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple, Protocol

from ..specs.lifecycle import TERMINAL, WireState
from ..specs.places import Json
from ..state.tasks import Task

ATTEMPTS = 20
"""For one state of a task, then it is given up. The mock's own choice: no page has a number."""
PAUSE, MAX_PAUSE = 1.0, 60.0
"""
Virtual seconds from one attempt to the next, doubled each time up to the maximum. The mock's own
choice too.
"""


class WebhookFormat(Protocol):
    """How a vendor writes its webhooks."""

    def webhook_content(self, task: Task, wire_state: WireState) -> Json:
        """What it tells of a task that has come into this state."""
        ...

    def webhook_body(self, task: Task, content: Json, at: float, rng: Random) -> bytes:
        """What is posted, at this virtual time; each attempt has its own."""
        ...


class Attempt(NamedTuple):
    at: datetime
    """On the virtual clock: when it was due."""
    status: int | None
    """The HTTP status of the answer; None where there was none."""
    error: str | None = None
    """Why there was none."""


@dataclass(eq=False, slots=True)
class Webhook:
    """One state of a task, told to the URL that came with its submit."""

    provider: str
    task_id: str
    url: str
    at: datetime
    """When the task came into the state, on the virtual clock."""
    content: Json
    """As it was before it was encrypted."""
    not_sent: str | None
    """Why there is no attempt: the mock sends nothing to such a URL."""
    order: tuple[float, int] = field(repr=False)
    attempts: tuple[Attempt, ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether the receiver answered 200, the one status that ends the attempts."""
        return any(attempt.status == 200 for attempt in self.attempts)


class Report:
    """
    All that one task tells: of its states those that a vendor tells, but for the one it starts in, in order, each
    when the receiver has taken the one before, or that was given up.

    Attempts happen at the virtual time at which they are due, also where `advance` goes past
    several of them in one step: so the same steps give the same attempts, however busy the machine.
    """

    def __init__(
        self,
        number: int,
        task: Task,
        url: str,
        webhook_format: WebhookFormat,
        states: Collection[WireState] | None = None,
    ) -> None:
        """`states`: those that are told, None for all."""
        self.url = url
        self.webhook: Webhook | None = None
        """The one that is being told."""
        self._number = number
        self._task = task
        self._format = webhook_format
        self._states = states
        self._rng = Random(f"webhooks {task.id}")
        self._ahead = task.lifecycle.changes(task.created, task.ends)
        self._has_ended = False
        self._at = task.created
        """The next attempt is not before this virtual time."""

    @property
    def due(self) -> float:
        """
        The virtual time at which there is something to do, infinite when all is told. A task that
        is ended by hand brings it forward.
        """
        if self.webhook:
            return self._at
        if self._has_ended:
            return math.inf
        return max(self._at, self._next_change()[0])

    def begin(self, objection: str | None) -> Webhook | None:
        """The task has come into its next state: None where nobody tells of it. With an objection, it is not sent."""
        self._at = self.due
        at, wire_state = self._next_change()
        self._ahead = self._ahead[1:]
        self._has_ended = self._task.lifecycle.states[wire_state] in TERMINAL
        if self._states is not None and wire_state not in self._states:
            return None
        webhook = Webhook(
            provider=self._task.provider,
            task_id=self._task.id,
            url=self.url,
            at=datetime.fromtimestamp(at, UTC),
            content=self._format.webhook_content(self._task, wire_state),
            not_sent=objection,
            order=(at, self._number),
        )
        self.webhook = None if objection else webhook
        return webhook

    def body(self, webhook: Webhook) -> bytes:
        """For the attempt that is due."""
        return self._format.webhook_body(
            self._task, webhook.content, self._at, self._rng
        )

    def record(
        self, webhook: Webhook, status: int | None, error: str | None, took: float
    ) -> None:
        """What became of the attempt, after so many virtual seconds."""
        moment = datetime.fromtimestamp(self._at, UTC)
        webhook.attempts += (Attempt(moment, status, error),)
        tried = len(webhook.attempts)
        self._at += took
        if webhook.delivered or tried == ATTEMPTS:
            self.webhook = None
        else:
            self._at += min(PAUSE * 2 ** (tried - 1), MAX_PAUSE)

    def _next_change(self) -> tuple[float, WireState]:
        # The end, when the task is ended by hand before the states that were ahead of it.
        fate = self._task.fate
        end = fate.at, fate.wire_state
        return min([*self._ahead[:1], end], key=lambda change: change[0])
