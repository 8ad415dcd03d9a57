"""WebhookEvent: what a vendor says of a task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .._task import State


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """
    What a vendor says of a task. It is a hint: `client.notify(event)` makes the client look the task up.

        event = receiver.parse(body)
        client.notify(event)

    provider: the vendor.
    task_id: the task.
    state: as a `State`; UNKNOWN where the vendor says what it does not document.
    type: the vendor's own word for what was made, where it says one; "image" at AKOOL.
    url: the result, where it is named.
    sent_at: when the delivery was signed, by the vendor's clock.
    """

    provider: str
    task_id: str
    state: State
    type: str | None = None
    url: str | None = None
    sent_at: datetime

    def __str__(self) -> str:
        return f"{self.provider} webhook, task {self.task_id}: {self.state.name}"
