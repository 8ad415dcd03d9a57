"""Spans and metrics of a client's events, as the real SDK of OpenTelemetry collects them."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple

import imagetasks.otel
import imagetasks_mock
import pytest
from imagetasks import (
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    Reason,
    Slowed,
    State,
    Submitted,
    Task,
    TaskError,
    TaskFailed,
    Transition,
    WaitTimeout,
)
from imagetasks.otel import Telemetry
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from support.drivers import Script
from support.tasks import STEADY, XING, body, created

GPT = "gptimage2api"
SECRETS = ("very secret", "secret-key", "cdn.example", "https://", "row 7")
REQUEST = ImageRequest("a very secret lighthouse", model="gpt-image-2")
NO_CLOCK = PollPolicy(min_gap=0.01, max_gap=0.01, jitter=0)


class Collected:
    """What a telemetry made of events."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracing = TracerProvider()
        self.tracing.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.metering = MeterProvider([self._reader])

    def telemetry(self, **options: Any) -> Telemetry:
        return Telemetry(self.tracing, self.metering, **options)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name.startswith(name)]

    def points(self, name: str) -> list[Any]:
        data = self._reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def sums(self, name: str, by: str) -> dict[Any, float]:
        sums: Counter[Any] = Counter()
        for point in self.points(name):
            sums[point.attributes.get(by)] += point.value
        return dict(sums)

    def everything(self) -> str:
        names = ("submits", "polls", "credits", "task.duration")
        points = [self.points(f"imagetasks.{name}") for name in names]
        return " ".join([span.to_json() for span in self.spans] + [repr(points)])


@pytest.fixture
def collected() -> Collected:
    return Collected()


def test_a_picture_is_a_trace(connect, collected: Collected, tmp_path) -> None:
    """From the span of whoever calls, over submit and wait, to the file."""
    client = connect(
        Script(created(), body("processing"), body("completed")),
        on_event=collected.telemetry(),
        policy=STEADY,
    )
    with collected.tracing.get_tracer("program").start_as_current_span("job"):
        task = client.submit(XING, REQUEST, label="row 7")
    client.wait(task)
    (submit,) = collected.named("generate_content gpt-image-2")
    (wait,) = collected.named("imagetasks.wait")
    (job,) = collected.named("job")
    assert submit.parent == job.context
    assert wait.parent is not None
    assert wait.parent.span_id == submit.context.span_id
    assert wait.context.trace_id == job.context.trace_id
    assert submit.attributes == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": XING,
        "gen_ai.request.model": "gpt-image-2",
        "gen_ai.response.id": "image_1",
        "gen_ai.output.type": "image",
        "imagetasks.outcome": "accepted",
    }
    assert wait.attributes == {
        "gen_ai.provider.name": XING,
        "gen_ai.request.model": "gpt-image-2",
        "gen_ai.response.id": "image_1",
        "gen_ai.output.type": "image",
        "imagetasks.state": "succeeded",
    }
    assert {span.status.status_code for span in (submit, wait)} == {StatusCode.UNSET}


def test_a_span_is_as_long_as_what_it_is_about(
    connect, collected: Collected, clock
) -> None:
    client = connect(
        Script(created(), body("processing"), body("completed"), clock=clock, takes=2),
        on_event=collected.telemetry(),
        policy=STEADY,
    )
    began = clock()
    task = client.submit(XING, REQUEST)
    submitted = clock()
    client.wait(task)
    (submit,) = collected.named("generate_content")
    (wait,) = collected.named("imagetasks.wait")
    assert seconds(submit) == pytest.approx(submitted - began) == pytest.approx(2)
    assert seconds(wait) == pytest.approx(clock() - submitted)


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


class Case(NamedTuple):
    answers: tuple[Any, ...]
    outcomes: dict[str, int]
    error: str | None


@pytest.mark.parametrize(
    "case",
    [
        Case((created(),), {"accepted": 1}, None),
        Case((400,), {"refused": 1}, "InvalidRequest"),
        Case((500,), {"unknown": 1}, "SubmitOutcomeUnknown"),
        Case((429, created()), {"retried": 1, "accepted": 1}, None),
    ],
    ids=["accepted", "refused", "unknown", "retried"],
)
def test_submits_are_counted_by_outcome(
    connect, collected: Collected, case: Case
) -> None:
    client = connect(
        Script(*case.answers), on_event=collected.telemetry(), policy=STEADY
    )
    with suppress(ImageTasksError):
        client.submit(XING, REQUEST)
    assert collected.sums("imagetasks.submits", "imagetasks.outcome") == case.outcomes
    last = collected.named("generate_content")[-1]
    assert last.attributes is not None
    assert last.attributes.get("error.type") == case.error
    is_error = last.status.status_code is StatusCode.ERROR
    assert is_error is (case.error is not None)
    assert last.status.description is None
    assert last.events == ()


def test_polls_are_counted_with_what_they_were_good_for(
    connect, collected: Collected
) -> None:
    client = connect(
        Script(
            created(), body("processing"), body("processing"), 503, body("completed")
        ),
        on_event=collected.telemetry(),
        policy=STEADY,
    )
    client.run(XING, REQUEST)
    changed = collected.sums("imagetasks.polls", "imagetasks.poll.changed")
    assert changed == {True: 2, False: 2}
    errors = collected.sums("imagetasks.polls", "error.type")
    assert errors == {None: 3, "ServerError": 1}
    statuses = collected.sums("imagetasks.polls", "http.response.status_code")
    assert statuses == {None: 3, 503: 1}


def test_a_failed_task_has_its_reason_and_none_of_the_vendors_words(
    connect, collected: Collected
) -> None:
    client = connect(
        Script(created(), body("failed")), on_event=collected.telemetry(), policy=STEADY
    )
    with pytest.raises(TaskFailed):
        client.run(XING, REQUEST)
    (wait,) = collected.named("imagetasks.wait")
    assert wait.attributes is not None
    assert wait.attributes["imagetasks.state"] == "failed"
    assert wait.attributes["error.type"] == "TaskFailed"
    assert wait.attributes["imagetasks.reason"] in {reason.value for reason in Reason}
    assert wait.status.status_code is StatusCode.ERROR
    assert "violation" not in collected.everything()
    (point,) = collected.points("imagetasks.task.duration")
    assert point.attributes["imagetasks.state"] == "failed"


def test_a_wait_whose_time_is_up_ends_no_task(connect, collected: Collected) -> None:
    vendor = Script(created(), body("processing"))
    telemetry = collected.telemetry()
    client = connect(vendor, on_event=telemetry, policy=STEADY)
    task = client.submit(XING, REQUEST)
    with pytest.raises(WaitTimeout):
        client.wait(task, timeout=5)
    vendor.answers = [body("completed")]
    assert collected.points("imagetasks.task.duration") == []
    client.wait(task)
    client.wait(task)  # once more, which ends nothing
    types = [
        (span.attributes or {}).get("error.type")
        for span in collected.named("imagetasks.wait")
    ]
    assert types[0] == "WaitTimeout"
    assert set(types[1:]) == {None}
    (point,) = collected.points("imagetasks.task.duration")
    assert point.count == 1
    assert point.explicit_bounds[-1] == 3600


def test_many_submits_are_children_of_whoever_calls(
    connect, collected: Collected
) -> None:
    """Also those that leave in other threads."""
    client = connect(
        Script(created("a"), created("b"), created("c")),
        on_event=collected.telemetry(),
        policy=STEADY,
    )
    with collected.tracing.get_tracer("program").start_as_current_span("job"):
        client.submit_many(XING, [REQUEST] * 3)
    (job,) = collected.named("job")
    parents = [span.parent for span in collected.named("generate_content")]
    assert parents == [job.context] * 3


# ---- Credits ---------------------------------------------------------------------------------------------------------


def test_credits_are_those_of_spent_with_refunds_and_faults(
    collected: Collected,
) -> None:
    with imagetasks_mock.serve(speed=200, seed=3) as mock:
        mock.outcomes.add("failed", prompt="doomed")
        mock.faults.add("lost_answer", provider="akool", count=1)
        access = {name: mock.access(name) for name in ("akool", "aigptimage", GPT)}
        with imagetasks.Client(
            access, policy=NO_CLOCK, on_event=collected.telemetry()
        ) as client:
            for name in access:
                requests = [
                    ImageRequest("x"),
                    ImageRequest("doomed"),
                    ImageRequest("y"),
                ]
                made = client.submit_many(name, requests)
                tasks = [one for one in made if isinstance(one, Task)]
                client.wait_all(tasks, return_errors=True)
            spent: Counter[str] = Counter()
            for row in client.spent():
                spent[row.provider] += row.credits
    assert sum(spent.values()) > 0
    counted = collected.sums("imagetasks.credits", "gen_ai.provider.name")
    assert {name: counted.get(name, 0) for name in spent} == dict(spent)


def submitted(task: Task, **fields: Any) -> Submitted:
    return Submitted(
        **{
            "provider": task.provider,
            "label": None,
            "model": "gpt-image-2",
            "outcome": "accepted",
            "tasks": (task,),
            "error": None,
            "took": 1.0,
            "estimated": None,
        }
        | fields
    )


def ended(task: Task, **fields: Any) -> Transition:
    return Transition(n=0, task=task, before=State.RUNNING, waited=3.0, **fields)


def made(n: int = 1, **fields: Any) -> Task:
    return Task(**{"provider": GPT, "id": f"t{n}", "state": State.QUEUED} | fields)


def test_what_a_task_cost_is_corrected_once_the_vendor_tells(
    collected: Collected,
) -> None:
    telemetry = collected.telemetry()
    telemetry(submitted(made(), estimated=20))
    assert collected.sums("imagetasks.credits", "gen_ai.request.model") == {
        "gpt-image-2": 20
    }
    for _ in range(2):
        telemetry(ended(made(state=State.SUCCEEDED, credits_used=12)))
    assert collected.sums("imagetasks.credits", "gen_ai.request.model") == {
        "gpt-image-2": 12
    }


def test_a_refund_takes_it_all_off(collected: Collected) -> None:
    telemetry = collected.telemetry()
    telemetry(submitted(made(), estimated=20))
    failed = made(state=State.FAILED, refunded=True, error=TaskError("1", "no"))
    telemetry(ended(failed, error=TaskFailed("no", task=failed)))
    assert collected.sums("imagetasks.credits", "gen_ai.provider.name") == {GPT: 0}


# ---- What is kept, and what is not -----------------------------------------------------------------------------------


def test_nothing_secret_is_in_any_of_it(collected: Collected, tmp_path) -> None:
    with imagetasks_mock.serve(speed=200, fail="doomed") as mock:
        with imagetasks.Client(
            {XING: mock.access(XING)}, policy=NO_CLOCK, on_event=collected.telemetry()
        ) as client:
            task = client.run(XING, REQUEST, label="row 7")
            client.download(task, tmp_path)
            with pytest.raises(TaskFailed):
                client.run(
                    XING, ImageRequest("a very secret doomed one"), label="row 7"
                )
            with pytest.raises(ImageTasksError):
                client.fetch(XING, "unknown")
        key, url = mock.accounts.first_key, mock.url
    (download,) = collected.named("imagetasks.download")
    (submit, _) = collected.named("generate_content")
    assert download.parent is not None
    assert download.parent.span_id == submit.context.span_id
    assert download.attributes is not None
    assert download.attributes["file.size"] == next(tmp_path.iterdir()).stat().st_size
    told = collected.everything()
    for secret in (*SECRETS, key, url, str(tmp_path)):
        assert secret not in told


def test_labels_are_told_where_they_are_asked_for(
    connect, collected: Collected
) -> None:
    client = connect(
        Script(created(), body("completed")),
        on_event=collected.telemetry(labels=True),
        policy=STEADY,
    )
    client.run(XING, REQUEST, label="row 7")
    labels = [
        (span.attributes or {}).get("imagetasks.label") for span in collected.spans
    ]
    assert labels == ["row 7", "row 7"]
    points = collected.points("imagetasks.submits") + collected.points(
        "imagetasks.polls"
    )
    assert not any("imagetasks.label" in point.attributes for point in points)


def test_tasks_that_never_end_are_forgotten_one_day(
    collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagetasks.otel, "REMEMBERED", 3)
    telemetry = collected.telemetry()
    for n in range(10):
        telemetry(submitted(made(n), estimated=3))
    assert len(telemetry._known) == 3
    telemetry(ended(made(0, state=State.SUCCEEDED, credits_used=1)))
    telemetry(ended(made(9, state=State.SUCCEEDED, credits_used=1)))
    old, new = collected.named("imagetasks.wait")
    assert old.parent is None
    assert new.parent is not None
    assert collected.sums("imagetasks.credits", "gen_ai.provider.name") == {GPT: 28}
    (point,) = collected.points("imagetasks.task.duration")
    assert point.count == 1


def test_a_wait_for_another_process_task_is_a_trace_of_its_own(
    connect, collected: Collected
) -> None:
    client = connect(
        Script(body("completed")), on_event=collected.telemetry(), policy=STEADY
    )
    task = Task(provider=XING, id="image_1", state=State.PENDING)
    with collected.tracing.get_tracer("program").start_as_current_span("job"):
        client.wait(task)
    (wait,) = collected.named("imagetasks.wait")
    assert wait.parent is None
    assert collected.points("imagetasks.credits") == []


# ---- As an on_event --------------------------------------------------------------------------------------------------


def test_another_watcher_is_told_after_it(connect, collected: Collected) -> None:
    events: list[object] = []
    client = connect(
        Script(created()), on_event=collected.telemetry(on_event=events.append)
    )
    client.submit(XING, REQUEST)
    assert [type(event).__name__ for event in events] == ["Submitting", "Submitted"]


class Broken(TracerProvider):
    def get_tracer(self, *args: Any, **options: Any) -> Any:
        class Tracer:
            def start_span(self, *args: Any, **options: Any) -> Any:
                raise RuntimeError("no spans today")

        return Tracer()


def test_a_telemetry_that_fails_breaks_nothing(
    connect, collected: Collected, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[object] = []
    telemetry = Telemetry(Broken(), collected.metering, on_event=events.append)
    client = connect(
        Script(created(), body("completed")), on_event=telemetry, policy=STEADY
    )
    assert client.run(XING, REQUEST).state is State.SUCCEEDED
    assert len(events) >= 4
    assert "no spans today" in caplog.text


def test_without_an_sdk_it_does_nothing(connect) -> None:
    client = connect(
        Script(created(), body("completed")), on_event=Telemetry(), policy=STEADY
    )
    assert client.run(XING, REQUEST).state is State.SUCCEEDED


def test_events_may_come_from_many_threads_and_in_any_order(
    collected: Collected,
) -> None:
    telemetry = collected.telemetry()

    def work(start: int) -> None:
        for n in range(start, start + 100):
            # The end of one comes before its submit is told.
            done = ended(made(n, state=State.SUCCEEDED))
            events = [submitted(made(n), estimated=3), done]
            for event in events[:: -1 if n % 10 == 0 else 1]:
                telemetry(event)
            telemetry(Slowed(provider=GPT, seconds=1, error=ImageTasksError("x")))  # type: ignore[arg-type]

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collected.sums("imagetasks.submits", "imagetasks.outcome") == {
        "accepted": 800
    }
    assert collected.sums("imagetasks.credits", "gen_ai.provider.name") == {GPT: 2400}
    assert len(collected.named("imagetasks.wait")) == 800
    (point,) = collected.points("imagetasks.task.duration")
    assert point.count == 720


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks nothing")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_starts_anew(collected: Collected) -> None:
    telemetry = collected.telemetry()
    telemetry(submitted(made(), estimated=3))
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with telemetry._lock:
            held.set()
            over.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    if (child := os.fork()) == 0:
        signal.alarm(30)  # where it waits for the parent's thread
        is_anew = not telemetry._known
        telemetry(submitted(made(2)))
        os._exit(0 if is_anew and len(telemetry._known) == 1 else 1)
    over.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(telemetry._known) == 1
