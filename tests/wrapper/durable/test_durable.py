"""Runner and Tasks, on both databases."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
import sqlalchemy as sa
from imagetasks import ImageRequest, InvalidRequest, UnsupportedRequest, WaitTimeout
from imagetasks.durable import (
    AsyncTasks,
    Backlogged,
    DurableError,
    KeyConflict,
    Queue,
    Record,
    RecordState,
    Runner,
    Tasks,
)

from .conftest import access_to

Run = Callable[..., Runner]
# One database shows what is not about databases.
ONE = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True
)
OTHER = pytest.mark.parametrize(
    "url", [pytest.param("sqlite", marks=pytest.mark.long), "postgres"], indirect=True
)
LIGHTHOUSE = ImageRequest("a lighthouse")


def until(done: Callable[[], Any], seconds: float = 60) -> Any:
    """What it says once it says something: workers are other threads."""
    end = time.monotonic() + seconds
    while not (said := done()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
    return said


def in_state(tasks: Tasks, key: str, state: str) -> Callable[[], bool]:
    return lambda: tasks.get(key).state == state


def test_what_is_submitted_ends_as_a_file(
    tasks: Tasks, run: Run, tmp_path: Path
) -> None:
    handle = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="order-17", label="shop")
    assert tasks.get("order-17").state is RecordState.QUEUED
    run()
    record = handle.wait(timeout=30)
    assert (record.state, record.label, record.attempt) == ("succeeded", "shop", 1)
    (file,) = record.files
    content = (tmp_path / "store" / file.key).read_bytes()
    assert (file.size, file.sha256) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert record.keys == (file.key,)
    assert record.task is not None
    assert record.task.label == "shop"
    assert [p.name for p in (tmp_path / "store").iterdir()] == [file.key]
    assert tasks.list(label="shop") == tasks.list(state="succeeded") == [record]
    assert tasks.list(label="other") == tasks.list(state="failed") == []
    assert tasks.counts().total("succeeded") == 1
    assert tasks.counts().workers == ("w0",)


@ONE
def test_a_key_is_of_one_request(tasks: Tasks) -> None:
    first = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k")
    assert tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k").key == first.key
    for provider, request, label in [
        ("xingchaoyiqing", ImageRequest("another"), None),
        ("aigptimage", LIGHTHOUSE, None),
        ("xingchaoyiqing", LIGHTHOUSE, "labelled"),
    ]:
        with pytest.raises(KeyConflict) as caught:
            tasks.submit(provider, request, key="k", label=label)
        assert caught.value.key == "k"
    assert tasks.counts().total("queued") == 1


@ONE
def test_a_request_is_checked_before_it_is_written(tasks: Tasks) -> None:
    for request, error in [
        (ImageRequest("x", size="7x7"), InvalidRequest),
        (ImageRequest("x", seed=1), UnsupportedRequest),
        (ImageRequest("x", count=2), UnsupportedRequest),
    ]:
        with pytest.raises(error):
            tasks.submit("xingchaoyiqing", request, key="k")
    for key in ("", "a~2", "x" * 201, "a\nb"):
        with pytest.raises(ValueError, match="key"):
            tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=key)
    with pytest.raises(DurableError, match="no task has the key"):
        tasks.get("k")


@ONE
def test_a_backlog_turns_new_tasks_away_and_known_ones_not(
    url: str, mock: imagetasks_mock.Mock
) -> None:
    with Tasks(url, access_to(mock), backlog=2) as tasks:
        for n in range(2):
            tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=f"k{n}")
        with pytest.raises(Backlogged) as caught:
            tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="one-more")
        assert caught.value.waiting == 2
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k0")
        tasks.submit("aigptimage", LIGHTHOUSE, key="elsewhere")


@pytest.mark.long
def test_ends_that_are_no_success(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.outcomes.add("failed", prompt="doomed")
    doomed = tasks.submit("xingchaoyiqing", ImageRequest("doomed"), key="doomed")
    mock.faults.add("status", provider="aigptimage", status=402, count=1)
    broke = tasks.submit("aigptimage", LIGHTHOUSE, key="broke")
    run()
    failed = doomed.wait(timeout=30)
    assert failed.state is RecordState.FAILED
    assert failed.error is not None
    assert failed.task is not None
    assert failed.error.type == "TaskFailed"
    refused = broke.wait(timeout=30)
    assert (refused.state, refused.task) == ("refused", None)
    assert refused.error is not None
    assert (refused.error.type, refused.error.status_code) == (
        "InsufficientCredits",
        402,
    )


@OTHER
def test_what_nobody_knows_is_settled_by_hand(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("lost_answer", provider="xingchaoyiqing", count=3)
    keys = ["resolved", "resubmitted", "abandoned"]
    handles = [
        tasks.submit("xingchaoyiqing", ImageRequest(key), key=key) for key in keys
    ]
    run()
    for handle in handles:
        record = handle.wait(timeout=30)
        assert record.state is RecordState.UNKNOWN
        assert record.error is not None
        assert record.error.type == "SubmitOutcomeUnknown"
    made = {task.prompt: task.id for task in mock.tasks}
    tasks.resolve("resolved", made["resolved"])
    tasks.resubmit("resubmitted")
    tasks.abandon("abandoned")
    resolved, resubmitted, abandoned = (one.wait(timeout=30) for one in handles)
    assert (resolved.state, resolved.attempt) == ("succeeded", 2)
    assert resolved.task is not None
    assert resolved.task.id == made["resolved"]
    assert (resubmitted.state, resubmitted.attempt) == ("succeeded", 2)
    assert abandoned.state is RecordState.ABANDONED
    assert [task.prompt for task in mock.tasks].count("resubmitted") == 2
    counts = tasks.counts()
    assert counts.states["xingchaoyiqing"] == {"succeeded": 2, "abandoned": 1}
    for settle in (tasks.resubmit, lambda key: tasks.resolve(key, "x")):
        with pytest.raises(DurableError, match="not unknown"):
            settle("resolved")
    assert len(tasks.list()) == 3


@pytest.mark.long
def test_a_task_of_another_key_resolves_nothing(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    run()
    known = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="known").wait(timeout=30)
    mock.faults.add("lost_answer", provider="xingchaoyiqing", count=1)
    tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="lost").wait(timeout=30)
    assert known.task is not None
    with pytest.raises(DurableError, match="belongs to known"):
        tasks.resolve("lost", known.task.id)


@ONE
def test_a_task_that_settled_one_submit_settles_no_other(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("lost_answer", provider="xingchaoyiqing", count=2)
    handles = [
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=key) for key in ("a", "b")
    ]
    run()
    for handle in handles:
        assert handle.wait(timeout=30).state is RecordState.UNKNOWN
    first, second = (task.id for task in mock.tasks)
    tasks.resolve("a", first)
    with pytest.raises(DurableError, match="belongs to a"):
        tasks.resolve("b", first)
    tasks.resolve("b", second)
    assert {handle.wait(timeout=30).state for handle in handles} == {"succeeded"}


@ONE
def test_what_broke_while_it_was_sent_is_unknown(url: str, tasks: Tasks) -> None:
    """It may have been accepted: "failed" could be pruned, and nobody could settle it."""
    for key in ("sent", "not sent"):
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=key)
    schema = "" if tasks._database.is_sqlite else "dbos."
    with tasks._database.engine.begin() as connection:
        step = f"INSERT INTO {schema}operation_outputs (workflow_uuid, function_id, function_name) VALUES ('sent', 1, 'intent')"
        connection.execute(sa.text(step))
        ended = f"UPDATE {schema}workflow_status SET status = 'ERROR'"
        connection.execute(sa.text(ended))
    assert tasks.get("sent").state is RecordState.UNKNOWN
    assert tasks.get("not sent").state is RecordState.FAILED


@pytest.mark.long
def test_only_one_of_two_settles_the_same(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("lost_answer", provider="xingchaoyiqing", count=1)
    run()
    tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k").wait(timeout=30)
    record = tasks.get("k")
    tasks._settle(record, kind="abandon")
    with pytest.raises(DurableError, match="another caller"):
        tasks._settle(record, kind="submit")
    assert tasks.get("k").state is RecordState.ABANDONED


@ONE
def test_cancelling_before_and_after_the_submit(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    handle = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="early")
    assert tasks.cancel("early").state is RecordState.CANCELLED
    mock.clock.speed = 0
    run()
    tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="late")
    until(in_state(tasks, "late", "running"))
    late = tasks.cancel("late")
    assert late.state is RecordState.CANCELLED
    assert late.task is not None  # it is paid for
    assert len(list(mock.tasks)) == 1
    assert handle.wait(timeout=1).state is RecordState.CANCELLED
    assert tasks.abandon("late").wait(timeout=30).state is RecordState.ABANDONED


@ONE
def test_a_wait_that_takes_too_long_leaves_the_task(tasks: Tasks) -> None:
    handle = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k")
    with pytest.raises(WaitTimeout, match="k: xingchaoyiqing, queued"):
        handle.wait(timeout=0.2)
    assert handle.record().state is RecordState.QUEUED


@pytest.mark.long
def test_an_outage_ends_no_task_that_is_paid_for(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.clock.speed = 0
    run()
    handle = tasks.submit("aigptimage", LIGHTHOUSE, key="k")
    until(in_state(tasks, "k", "running"))
    for status, reason in [(503, "PollOutage"), (401, "AuthenticationError")]:
        fault = mock.faults.add(
            "status", provider="aigptimage", operation="getTask", status=status
        )
        until(lambda why=reason: [a.reason for a in tasks.counts().alarms] == [why])
        (alarm,) = tasks.counts().alarms
        assert (alarm.provider, alarm.executor, alarm.tasks) == ("aigptimage", "w0", 1)
        assert tasks.get("k").state is RecordState.RUNNING
        mock.faults.remove(fault)
    mock.clock.advance(60)
    assert handle.wait(timeout=30).state is RecordState.SUCCEEDED
    until(lambda: tasks.counts().alarms == ())


@pytest.mark.long
def test_a_vendor_that_cannot_be_reached_refuses_nothing(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    fault = mock.faults.add("status", provider="xingchaoyiqing", status=429)
    run()
    handle = tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k")
    # Only once the client's own repetitions are over, about twenty seconds.
    until(lambda: tasks.counts().alarms, seconds=90)
    assert [alarm.reason for alarm in tasks.counts().alarms] == ["RateLimited"]
    mock.faults.remove(fault)
    assert handle.wait(timeout=30).state is RecordState.SUCCEEDED
    assert len(list(mock.tasks)) == 1


@pytest.mark.long
def test_leaving_leaves_waits_to_the_next_run(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.clock.speed = 0
    handles = [
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=f"k{n}") for n in range(6)
    ]
    runner = run()
    until(lambda: tasks.counts().total("running") == 6)
    runner.stop()
    assert tasks.counts().total("running") == 6
    assert tasks.counts().workers == ()
    mock.clock.advance(60)
    run()
    assert {one.wait(timeout=30).state for one in handles} == {"succeeded"}
    assert len(list(mock.tasks)) == 6


@pytest.mark.long
def test_leaving_lets_submits_finish_and_begins_none(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("latency", provider="xingchaoyiqing", seconds=0.5)
    for n in range(6):
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key=f"k{n}")
    runner = run(queues={"xingchaoyiqing": Queue(submitting=2)})
    until(lambda: tasks.counts().total("submitting") == 2)
    runner.stop()
    counts = tasks.counts()
    assert (counts.total("running"), counts.total("queued")) == (2, 4)
    assert len(list(mock.tasks)) == 2


@pytest.mark.long
def test_a_second_runner_of_a_process_is_refused(run: Run) -> None:
    run()
    with pytest.raises(DurableError, match="has a Runner already"):
        run(executor="w1")


def test_what_a_runner_is_not_given(tmp_path: Path) -> None:
    access = {"xingchaoyiqing": "KEY"}
    file = f"sqlite:///{tmp_path / 'x.db'}"
    with pytest.raises(ValueError, match="takes no journal"):
        Runner(file, access, store=tmp_path, journal="tasks.db")
    with pytest.raises(ValueError, match="needs an executor"):
        Runner("postgresql://host/tasks", access, store=tmp_path)
    with pytest.raises(ValueError, match="without a key: gptimage2api"):
        Runner(file, access, store=tmp_path, queues={"gptimage2api": Queue()})
    for url in ("mysql://host/tasks", "tasks.db", "sqlite://"):
        with pytest.raises(ValueError, match="database"):
            Runner(url, access, store=tmp_path)
    for options in ({"in_flight": 0}, {"submitting": True}, {"rate": (0, 1)}):
        with pytest.raises(ValueError, match=next(iter(options))):
            Queue(**options)


def test_the_password_of_a_database_is_in_no_message(tmp_path: Path) -> None:
    url = "postgresql://me:pa55word@127.0.0.1:1/tasks"
    runner = Runner(url, {"xingchaoyiqing": "KEY"}, executor="w0", store=tmp_path)
    assert "pa55word" not in repr(runner)
    with pytest.raises(DurableError) as caught:
        runner.start()
    assert "pa55word" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.long
def test_pruning_deletes_what_is_over_and_its_prompts(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    run()
    tasks.submit("xingchaoyiqing", ImageRequest("secret words"), key="over").wait(
        timeout=30
    )
    mock.faults.add("lost_answer", provider="xingchaoyiqing", count=2)
    for key in ("unknown", "settled"):
        tasks.submit("xingchaoyiqing", ImageRequest("secret words"), key=key).wait(
            timeout=30
        )
    tasks.abandon("settled").wait(timeout=30)
    until(lambda: tasks.get("settled").ended_at)
    assert tasks.prune(older_than=3600) == 0
    assert tasks.prune(older_than=0) == 2
    assert [record.key for record in tasks.list()] == ["unknown"]
    assert tasks.counts().states["xingchaoyiqing"] == {"unknown": 1}


@ONE
def test_nothing_in_the_database_is_pickled_and_no_key_is_in_it(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    run()
    tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k").wait(timeout=30)
    texts = []
    with tasks._database.engine.connect() as connection:
        schema = None if tasks._database.is_sqlite else "dbos"
        tables = sa.MetaData()
        tables.reflect(connection, schema=schema)
        for name in ("workflow_input", "workflow_output", "operation_outputs"):
            table = tables.tables[f"{schema}.{name}" if schema else name]
            for row in connection.execute(sa.select(table)).mappings():
                texts += [row[c] for c in ("inputs", "output") if row.get(c)]
    assert len(texts) == 5  # given, three steps, outcome
    for text in texts:
        json.loads(text)
        assert mock.access("xingchaoyiqing").api_key not in text


@pytest.mark.long
def test_asyncio_has_the_same(
    url: str, mock: imagetasks_mock.Mock, tmp_path: Path
) -> None:
    async def use() -> Record:
        runner = Runner(url, access_to(mock), executor="w0", store=tmp_path / "s")
        async with AsyncTasks(url, access_to(mock)) as tasks, runner:
            handle = await tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k")
            record = await handle.wait(timeout=30)
            assert await tasks.get("k") == record
            assert await tasks.list() == [record]
            assert (await tasks.counts()).total("succeeded") == 1
            assert (await tasks.handle("k")).key == "k"
            with pytest.raises(DurableError):
                await tasks.resubmit("k")
            assert await tasks.prune(older_than=0) == 1
            return record

    assert asyncio.run(use()).state is RecordState.SUCCEEDED


def test_the_names_of_both_are_the_same() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert names(Tasks) - {"close"} == names(AsyncTasks) - {"aclose"}


@pytest.mark.long
def test_the_one_with_the_highest_priority_goes_first(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    for key, priority in [("low", -1), ("high", 5), ("middle", 0)]:
        tasks.submit("xingchaoyiqing", ImageRequest(key), key=key, priority=priority)
    run(queues={"xingchaoyiqing": Queue(in_flight=1, submitting=1)})
    tasks.handle("low").wait(timeout=30)
    assert [task.prompt for task in mock.tasks] == ["high", "middle", "low"]
    with pytest.raises(ValueError, match="priority"):
        tasks.submit("xingchaoyiqing", LIGHTHOUSE, key="k", priority=10**7)
