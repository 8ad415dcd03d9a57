"""A paid picture is not over until it is saved: what is open, what comes back, and by which label."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    ArtifactExpired,
    AsyncClient,
    Client,
    ImageRequest,
    JournalError,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks._journal.writer import Writer
from support.drivers import Script
from support.journals import LOST, Keep, caught, lost_submit, rows
from support.tasks import REQUEST, XING, body, created

EARLIER = Path(__file__).parent / "earlier"
OPEN = "SELECT id FROM tasks WHERE is_open"

# What is open


def test_download_ends_a_task_and_nothing_before_does(
    driver: Keep, journal_file: Path, tmp_path: Path
) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        access, policy = {XING: mock.access(XING)}, PollPolicy(min_gap=0.01)
        client = driver(access, policy=policy, journal=journal_file)
        task = client.run(XING, REQUEST)
        client.close()
        again = driver(access, policy=policy, journal=journal_file)
        (found,) = again.resume_all()
        assert found.id == task.id
        assert rows(journal_file, OPEN) == [(task.id,)]
        again.download(found, tmp_path / "out")
        assert rows(journal_file, OPEN) == []
        assert again.resume_all() == []


def test_a_failed_task_is_over(keep: Keep, journal_file: Path) -> None:
    client = keep(created(), body("failed"))
    assert isinstance(caught(client.run, XING, REQUEST), TaskFailed)
    client.close()
    assert rows(journal_file, OPEN) == []


def test_release_lets_a_task_go_and_twice_is_as_good_as_once(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(created())
    task = client.submit(XING, REQUEST)
    client.release(task)
    client.release(task)
    assert rows(journal_file, OPEN) == []
    other = Task(provider=XING, id="other", state=State.QUEUED)
    assert isinstance(caught(client.release, other), JournalError)


def test_resume_gives_finished_tasks_first_and_expired_ones_as_what_they_are(
    journal_file: Path,
) -> None:
    ends = {"a": "processing", "b": "completed"}

    def vendor(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=created(next(ids)))
        id = request.url.path[-1]
        return httpx.Response(200, json=body(ends[id], id))

    ids = iter("ab")
    options: dict[str, Any] = {
        "transport": httpx.MockTransport(vendor),
        "journal": journal_file,
        "policy": PollPolicy(min_gap=0.01),
    }
    with Client({XING: "key"}, **options) as client:
        client.submit(XING, REQUEST)
        client.wait(client.submit(XING, REQUEST))
        coming = client.resume(timeout=30)
        expired = next(coming)  # the documented day was over in March
        assert isinstance(expired, ArtifactExpired)
        assert expired.task is not None
        assert expired.task.id == "b"
        ends["a"] = "completed"
        done = next(coming)
        assert isinstance(done, Task)
        assert done.id == "a"
        assert next(coming, None) is None


def test_the_async_resume_iterates_too(journal_file: Path) -> None:
    async def scenario() -> list[Any]:
        transport = httpx.MockTransport(Script(created(), body("completed")))
        async with AsyncClient(
            {XING: "key"}, transport=transport, journal=journal_file
        ) as client:
            await client.submit(XING, REQUEST, label="row 7")
            assert [t.id for t in await client.journal.open()] == ["image_1"]
            assert await client.journal.unsaved() == []
            return [one async for one in client.resume()]

    (done,) = asyncio.run(scenario())
    assert (done.state, done.label) == (State.SUCCEEDED, "row 7")


def test_a_timeout_around_run_has_the_paid_task(journal_file: Path) -> None:
    async def vendor(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            await asyncio.Event().wait()
        return httpx.Response(200, json=created())

    async def scenario() -> None:
        async with AsyncClient(
            {XING: "key"},
            transport=httpx.MockTransport(vendor),
            policy=PollPolicy(min_gap=0.01),
        ) as client:
            async with asyncio.timeout(0.5):
                await client.run(XING, REQUEST, label="row 7")

    with pytest.raises(TimeoutError) as caught:
        asyncio.run(scenario())
    cancelled: Any = caught.value.__cause__
    assert type(cancelled) is asyncio.CancelledError
    assert (cancelled.task.id, cancelled.task.label) == ("image_1", "row 7")
    assert "image_1" in cancelled.__notes__[0]


# Labels


def test_a_label_goes_along_wherever_the_task_goes(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(created(), body("processing"), body("completed"), LOST, 402)
    task = client.submit(XING, REQUEST, label="row 7")
    assert client.fetch(task).label == "row 7"
    seen = [event.task.label for event in client.events([task])]
    assert seen == ["row 7"]
    assert Task.from_token(task.to_token()).label == "row 7"
    lost = caught(client.submit, XING, REQUEST, label="row 8")
    assert (lost.label, lost.intent.label) == ("row 8", "row 8")
    assert caught(client.submit, XING, REQUEST, label="row 9").label == "row 9"
    client.close()
    again = keep(body("completed"))
    by_label = {one.label: type(one) for one in again.resume_all()}
    assert by_label == {"row 7": ArtifactExpired, "row 8": SubmitOutcomeUnknown}


def test_submit_many_takes_a_label_for_each_request(keep: Keep) -> None:
    client = keep(created("a"), created("b"), created("c"))
    requests = [ImageRequest("x"), ImageRequest("y", count=2)]
    made = client.submit_many(XING, requests, label=["one", "two"])
    assert [task.label for task in made] == ["one", "two", "two"]
    assert isinstance(
        caught(client.submit_many, XING, requests, label=["one"]), ValueError
    )


def test_a_refusal_before_sending_has_its_label(keep: Keep) -> None:
    request = ImageRequest("x", negative_prompt="y")
    client = keep(created())
    error = caught(client.submit, XING, request, label="row 7")
    assert isinstance(error, UnsupportedRequest)
    assert error.label == "row 7"
    (error,) = client.submit_many(XING, [request], label="row 8")
    assert error.label == "row 8"


@pytest.mark.parametrize("label", [7, b"x", "x" * 1001, "\ud800"])
def test_what_is_no_short_text_is_no_label(keep: Keep, label: Any) -> None:
    client = keep(created())
    assert isinstance(
        caught(client.submit, XING, REQUEST, label=label), TypeError | ValueError
    )
    assert client.vendor.sent == 0


def test_the_journal_lists_what_is_in_it(journal_file: Path) -> None:
    script = Script(created("a"), created("b"), body("completed", "b"), LOST)
    with Client(
        {XING: "key"}, transport=httpx.MockTransport(script), journal=journal_file
    ) as client:
        client.submit(XING, REQUEST, label="one")
        client.fetch(client.submit(XING, REQUEST, label="two"))
        lost_submit(client)  # type: ignore[arg-type]
        assert [task.id for task in client.journal.open()] == ["a", "b"]
        assert [task.id for task in client.journal.unsaved()] == ["b"]
        (unknown,) = client.journal.unknown()
        assert unknown.request == REQUEST
        (one,) = client.journal.by_label("one")
        client.release(one)
        assert client.journal.by_label("one") == [one]
        assert client.journal.open(label="one") == []


def test_without_a_journal_there_is_no_listing() -> None:
    with Client({XING: "key"}) as client, pytest.raises(JournalError):
        client.journal.open()


# Earlier versions


def test_a_file_of_format_1_is_read_and_its_unsaved_tasks_are_open_again(
    keep: Keep, journal_file: Path
) -> None:
    shutil.copy(EARLIER / "format-1.db", journal_file)
    journal_file.chmod(0o644)
    keep(created()).close()
    assert rows(journal_file, OPEN) == [
        ("queued-open",),
        ("processing-open",),
        ("completed-unsaved",),
    ]
    assert journal_file.stat().st_mode & 0o777 == 0o600
    with Client({XING: "key"}, journal=journal_file) as client:
        (unknown,) = client.journal.unknown()
        assert unknown.request == ImageRequest("lost")
        (unsaved,) = client.journal.unsaved()
        assert unsaved.artifacts[0].url.endswith("completed-unsaved.png")


def test_a_migrated_file_is_like_a_new_one(keep: Keep, journal_file: Path) -> None:
    def columns(file: Path) -> list[Any]:
        query = (
            "SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p"
            " UNION SELECT name, type, '' FROM sqlite_master ORDER BY 1, 2"
        )
        return [*rows(file, query), *rows(file, "PRAGMA user_version")]

    shutil.copy(EARLIER / "format-1.db", journal_file)
    keep(created()).close()
    new = journal_file.with_name("new.db")
    keep(created(), journal=new).close()
    assert columns(journal_file) == columns(new)


def test_tokens_of_version_1_are_read_without_what_is_no_number() -> None:
    texts = (EARLIER / "format-1.tokens").read_text().split()
    tasks = [Task.from_token(text) for text in texts]
    assert {task.label for task in tasks} == {None}
    assert {task.credits_used for task in tasks} == {None}
    assert tasks[0].id == "queued-open"
    for task in tasks:
        assert Task.from_token(task.to_token()) == task


# What cannot be written


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_none_and_drift(
    keep: Keep, journal_file: Path, number: str
) -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        text = f'{{"taskId":"t1","status":0,"creditsUsed":{number}}}'
        return httpx.Response(200, content=text.encode())

    client = keep(vendor)
    task = client.submit("gptimage2api", REQUEST)
    assert task.credits_used is None
    json.dumps(task.raw, allow_nan=False)
    assert "/creditsUsed" in {one.pointer for one in client.drift()}
    assert rows(journal_file, "SELECT json_extract(snapshot, '$.id') FROM tasks") == [
        ("t1",)
    ]


class Odd(BaseException):
    """What nobody thinks of."""


FAILURES = (
    ValueError("x"),
    JournalError("refused"),
    MemoryError(),
    SystemExit(),
    Odd(),
    sqlite3.OperationalError("x"),
    UnicodeEncodeError("utf-8", "x", 0, 1, "x"),
)
ENTRIES = st.lists(
    st.none()
    | st.tuples(
        st.sampled_from(FAILURES), st.sampled_from(["before", "after", "undone"])
    ),
    max_size=8,
)


@given(entries=ENTRIES)
def test_whatever_goes_wrong_with_an_entry_goes_wrong_with_it_alone(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any]
) -> None:
    file = tmp_path_factory.mktemp("law") / "tasks.db"
    writer = Writer(file)
    held: Future[None] = Future()
    first = writer.do(lambda _: held.result(10))  # all others come in meanwhile

    def work(n: int, failure: Any) -> Any:
        def write(connection: sqlite3.Connection) -> int:
            how = failure and failure[1]
            if how != "before":
                connection.execute(
                    "INSERT INTO intents (id, provider, request, sent_at) VALUES (?, '', '', '')",
                    (n,),
                )
            if how == "undone":  # as SQLite does by itself when a disk is full
                connection.rollback()
            if failure:
                raise failure[0]
            return n

        return write

    futures = [writer.do(work(n, entry)) for n, entry in enumerate(entries)]
    held.set_result(None)
    first.result(10)
    for n, (entry, future) in enumerate(zip(entries, futures, strict=True)):
        if entry is None:
            assert future.result(10) == n
        else:
            assert isinstance(future.exception(10), JournalError)
    writer.close()
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT id FROM intents ORDER BY rowid").fetchall()
    assert [int(id) for (id,) in found] == [
        n for n, entry in enumerate(entries) if entry is None
    ]


# Requests as text

EXTRA = st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=2)
REQUESTS = st.builds(
    ImageRequest,
    prompt=st.text(),
    model=st.none() | st.text(),
    reference_images=st.lists(st.text(), max_size=2),
    count=st.integers(1, 9),
    extra=EXTRA,
) | st.builds(
    VideoRequest, prompt=st.text(), duration=st.none() | st.floats(0, 99), extra=EXTRA
)


@given(request=REQUESTS)
def test_a_request_comes_back_from_its_json(request: Any) -> None:
    assert json.loads(request.to_json())["version"] == 1
    assert type(request).from_json(request.to_json()) == request


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "type": "ImageRequest", "prompt": "x"}',
        '{"version": 1, "type": "VideoRequest", "prompt": "x"}',
        '{"version": 1, "type": "ImageRequest", "prompt": 7}',
        '{"version": 1, "type": "ImageRequest", "prompt": "x", "count": true}',
        '{"version": 1, "type": "ImageRequest", "prompt": "x", "key": "y"}',
        '{"version": 1, "type": "ImageRequest", "prompt": "x", "reference_images": [7]}',
    ],
)
def test_what_is_no_request_as_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a ImageRequest as JSON"):
        ImageRequest.from_json(text)
