"""
Spans and metrics for OpenTelemetry, made of a client's events. Needs the extra `[otel]`, which brings OpenTelemetry's API only.
The SDK that your program sets up decides where they go.

    client = imagetasks.Client.from_env(on_event=imagetasks.otel.Telemetry())

Names follow OpenTelemetry's conventions where there are any (`gen_ai.*`, `error.type`, `http.response.status_code`).

| span                                  | from, to                                                                       |
|---------------------------------------|--------------------------------------------------------------------------------|
| `generate_content MODEL`              | one POST of a submit                                                           |
| `imagetasks.wait`                     | one wait for a task, until it ends with or without a result                    |
| `imagetasks.download`                 | one result, until it is in its file                                            |

The spans of a task are children of that of its submit, as far as this object has seen it.

| metric                     | counts                                                                                    |
|----------------------------|-------------------------------------------------------------------------------------------|
| `imagetasks.submits`       | POSTs of submits, by `imagetasks.outcome`                                                 |
| `imagetasks.polls`         | exchanges of waits; `imagetasks.poll.changed`: whether they told anything new             |
| `imagetasks.credits`       | what the submitted tasks cost, as `client.spent()` has it: refunds are taken off          |
| `imagetasks.task.duration` | histogram: seconds from the accepted submit to the end of the task, by `imagetasks.state` |

No prompt, key, URL or path is in any of them, and no words of a vendor. An error is told by its type, a failed task by its
`Reason`. A task's id is in spans only. Its label is too, if you ask for it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeAlias

from ._errors import ImageTasksError, ProviderError, logger
from ._extras import require
from ._forking import start_anew_in_children
from ._scheduling.events import (
    Downloaded,
    Event,
    OnEvent,
    Polled,
    Submitted,
    Transition,
)
from ._spending.ledger import charged_of
from ._task import Task
from ._version import __version__

require("otel", by=__name__)

from opentelemetry.context import Context  # noqa: E402
from opentelemetry.metrics import MeterProvider, get_meter  # noqa: E402
from opentelemetry.trace import (  # noqa: E402
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    get_tracer,
    set_span_in_context,
)

__all__ = ["Telemetry"]

Attributes: TypeAlias = dict[str, str | bool | int | float]

BOUNDARIES = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600)
"""Seconds: pictures take from a few of them to minutes."""

OPERATION = "generate_content"
"""`gen_ai.operation.name`: of the values that are defined it is the one for pictures."""

REMEMBERED = 10_000
"""Tasks whose submit is remembered."""


@dataclass(slots=True)
class _Known:
    """A task that was submitted here."""

    submit: SpanContext
    submitted_at: float
    model: str | None
    credits: float = 0.0
    """As counted so far."""
    is_over: bool = False


class Telemetry:
    """
    An `on_event` that makes OpenTelemetry spans and metrics. It works in any thread, for any number of clients.

        client = Client.from_env(on_event=Telemetry())

    Args:
        tracer_provider, meter_provider: None takes the program's global ones.
        labels: whether spans have the label of their task.
        on_event: a function of yours that gets each event afterwards.

    No span is open between two events, so a wait that is broken off, or never ends, has none. The submits of the newest 10,000 tasks
    are remembered. A later event of an older task, or of one that another process submitted, has no parent span and no duration, and
    does not correct the credits. An error of OpenTelemetry's reaches no client; it is logged.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        *,
        labels: bool = False,
        on_event: OnEvent | None = None,
    ) -> None:
        self._tracer = get_tracer("imagetasks", __version__, tracer_provider)
        meter = get_meter("imagetasks", __version__, meter_provider)
        self._submits = meter.create_counter(
            "imagetasks.submits", "{submit}", "POSTs of submits, by outcome"
        )
        self._polls = meter.create_counter(
            "imagetasks.polls", "{poll}", "Exchanges of waits"
        )
        self._credits = meter.create_up_down_counter(
            "imagetasks.credits",
            "{credit}",
            "What submitted tasks cost: as charged, where the vendor tells, else as documented; refunds are taken off",
        )
        self._durations = meter.create_histogram(
            "imagetasks.task.duration",
            "s",
            "From the accepted submit to the end of the task",
            explicit_bucket_boundaries_advisory=BOUNDARIES,
        )
        self._labels = labels
        self._on_event = on_event
        self._start_anew()
        start_anew_in_children(self)

    def _start_anew(self) -> None:
        """In a child that was forked too: a thread of the parent may have held the lock, and the tasks are the parent's."""
        self._lock = threading.RLock()
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    def __call__(self, event: Event) -> None:
        try:
            self._take_in(event)
        except Exception:  # neither the client nor the other watcher pays for it
            logger.exception("telemetry failed")
        if self._on_event is not None:
            self._on_event(event)

    def _take_in(self, event: Event) -> None:
        match event:
            case Submitted():
                self._submitted(event)
            case Polled():
                self._polled(event)
            case Transition() if event.is_last:
                self._ended(event)
            case Downloaded():
                self._downloaded(event)

    def _submitted(self, event: Submitted) -> None:
        tasks = event.tasks
        model = event.model or (tasks[0].model if tasks else None)
        about = _about(event.provider, model) | _failed(event.error)
        about["imagetasks.outcome"] = event.outcome
        self._submits.add(1, about)
        more = self._labelled(event.label)
        if len(tasks) == 1:
            more |= _named(tasks[0])
        submit = self._span(
            f"{OPERATION} {model or event.provider}",
            {"gen_ai.operation.name": OPERATION} | about | more,
            seconds=event.took,
            error=event.error,
        )
        price = (
            None if event.estimated is None else event.estimated / max(len(tasks), 1)
        )
        for task in tasks:
            self._remember(task, _Known(submit, time.monotonic(), model))
            self._count_credits(task, price)

    def _remember(self, task: Task, known: _Known) -> None:
        with self._lock:
            # Where the vendor deduplicates, a repeated submit gives the task that is known.
            self._known.setdefault((task.provider, task.id), known)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _count_credits(self, task: Task, price: float | None = None) -> None:
        """What is known now of its cost, in place of what was counted before."""
        charged = charged_of(task)
        with self._lock:
            if (known := self._known_of(task)) is None:
                return
            cost = (known.credits or price or 0.0) if charged is None else charged
            more = (0.0 if task.refunded else cost) - known.credits
            known.credits += more
        if more:
            self._credits.add(more, _about(task.provider, known.model))

    def _polled(self, event: Polled) -> None:
        task = event.task
        about = _about(task.provider, self._model(task)) | _failed(event.error)
        about["imagetasks.poll.changed"] = event.changed
        self._polls.add(1, about)

    def _ended(self, event: Transition) -> None:
        """Of a wait, which is not always that of its task."""
        task = event.task
        about = _about(task.provider, self._model(task)) | _failed(event.error)
        about["imagetasks.state"] = task.state.value
        if task.error is not None:
            about["imagetasks.reason"] = task.error.reason.value
        known = self._known_of(task)
        self._span(
            "imagetasks.wait",
            about | _named(task) | self._labelled(task.label),
            seconds=event.waited,
            error=event.error,
            # Without a parent: what is current in the thread that polls is anybody's.
            parent=Context() if known is None else _child_of(known.submit),
        )
        if known is None or not task.state.is_terminal:
            return
        self._count_credits(task)
        with self._lock:
            is_news, known.is_over = not known.is_over, True
        if is_news:
            self._durations.record(time.monotonic() - known.submitted_at, about)

    def _downloaded(self, event: Downloaded) -> None:
        task = event.task
        known = self._known_of(task)
        about = _about(task.provider, self._model(task)) | _named(task)
        about |= {"imagetasks.artifact": event.n, "file.size": event.size}
        self._span(
            "imagetasks.download",
            about | self._labelled(task.label),
            seconds=event.took,
            parent=None if known is None else _child_of(known.submit),
        )

    def _known_of(self, task: Task) -> _Known | None:
        with self._lock:
            return self._known.get((task.provider, task.id))

    def _model(self, task: Task) -> str | None:
        """As it was asked for, where that is known."""
        known = self._known_of(task)
        return (known.model if known else None) or task.model

    def _labelled(self, label: str | None) -> Attributes:
        return {"imagetasks.label": label} if self._labels and label else {}

    def _span(
        self,
        name: str,
        attributes: Attributes,
        *,
        seconds: float,
        error: ImageTasksError | None = None,
        parent: Context | None = None,
    ) -> SpanContext:
        """
        A span that ends now, inside of what is current unless it has a `parent`. Its status has no words: a vendor's could
        repeat the prompt.
        """
        now = time.time_ns()
        span = self._tracer.start_span(
            name,
            parent,
            SpanKind.CLIENT,
            attributes,
            start_time=now - int(seconds * 1e9),
        )
        if error is not None:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now)
        return span.get_span_context()


def _about(provider: str, model: str | None) -> Attributes:
    about: Attributes = {"gen_ai.provider.name": provider}
    return about | {"gen_ai.request.model": model} if model else about


def _named(task: Task) -> Attributes:
    return {"gen_ai.response.id": task.id, "gen_ai.output.type": task.kind}


def _failed(error: ImageTasksError | None) -> Attributes:
    if error is None:
        return {}
    failed: Attributes = {"error.type": type(error).__name__}
    if isinstance(error, ProviderError) and error.status_code is not None:
        failed["http.response.status_code"] = error.status_code
    return failed


def _child_of(submit: SpanContext) -> Context:
    return set_span_in_context(NonRecordingSpan(submit), Context())
