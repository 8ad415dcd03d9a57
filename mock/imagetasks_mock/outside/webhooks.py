"""Webhooks: the URL that came with a task is told what becomes of it, and a test can look at that."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator
from itertools import count
from threading import Lock

from ..specs.lifecycle import WireState
from ..specs.places import Json, value_at
from ..specs.spec import Operation, Spec
from ..specs.times import iso
from ..state.clock import Clock
from ..state.tasks import Task
from .reports import Report, Webhook, WebhookFormat
from .sender import Sender

KEPT = 10_000
"""Webhooks; the oldest make room."""


class Webhooks:
    """
    What was told since the start or `reset`, by the time at which the task changed.

    All goes by the virtual clock: `clock.advance(30)` sends what comes due in these 30 seconds,
    the repeats of what is not answered with 200 included. That takes a moment of real time;
    `settle` waits for it. Tasks are told side by side: only what is told of one has an order.

        mock.clock.advance(30)
        mock.webhooks.settle()
        assert [webhook.content["status"] for webhook in mock.webhooks] == [2, 3]
    """

    def __init__(self, clock: Clock, hosts: Collection[str]) -> None:
        """`hosts` are told too, beside this machine."""
        self._clock = clock
        self.hosts = hosts
        self._kept: list[Webhook] = []
        self._numbers = count()
        self._sender: Sender | None = None
        self._lock = Lock()
        """Held where `_sender` changes."""
        clock.watch(self._look_again)

    def __iter__(self) -> Iterator[Webhook]:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, n: int) -> Webhook:
        return self._kept[n]

    def settle(self, timeout: float = 5.0) -> None:
        """
        Until nothing that is due is unsent; a repeat is not due before its time. Raises MockError
        after so many real seconds.
        """
        if sender := self._sender:
            sender.settle(timeout)

    def add(
        self,
        task: Task,
        url: str,
        webhook_format: WebhookFormat,
        states: Collection[WireState] | None = None,
    ) -> None:
        """Tell a URL of the task from now on, each time that it comes into one of the states; None: into any."""
        with self._lock:
            if self._sender is None:
                self._sender = Sender(self._clock, self.hosts, self._keep)
            number = next(self._numbers)
            self._sender.start(Report(number, task, url, webhook_format, states))

    def stop(self) -> None:
        """Tell nothing more. What was told is kept."""
        with self._lock:
            sender, self._sender = self._sender, None
        if sender:
            sender.stop()

    def reset(self) -> None:
        self.stop()
        self._kept.clear()
        self._numbers = count()

    def _keep(self, webhook: Webhook) -> None:
        insort(self._kept, webhook, key=lambda kept: kept.order)
        del self._kept[:-KEPT]

    def _look_again(self) -> None:
        with self._lock:
            if self._sender:
                self._sender.look_again()


def webhook_urls(
    spec: Spec, operation: Operation, body: Json
) -> Iterator[tuple[str, Collection[WireState] | None]]:
    """
    Where a request wants to be told, and of which states, None for all: the `callbacks` of its operation say in which
    field, the webhook's own operation which states.
    """
    for callback in operation.raw.get("callbacks", {}).values():
        for expression, item in callback.items():
            pointer = expression.removeprefix("{$request.body#").removesuffix("}")
            if url := value_at(body, pointer):  # AKOOL's own example has an empty one
                yield url, spec.resolve(item)["post"].get("x-told-states")


def describe(webhook: Webhook) -> Json:
    return {
        "provider": webhook.provider,
        "task": webhook.task_id,
        "url": webhook.url,
        "at": iso(webhook.at.timestamp()),
        "content": webhook.content,
        "delivered": webhook.delivered,
        "not_sent": webhook.not_sent,
        "attempts": [
            {
                "at": iso(attempt.at.timestamp()),
                "status": attempt.status,
                "error": attempt.error,
            }
            for attempt in webhook.attempts
        ],
    }
