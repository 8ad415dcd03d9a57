"""The journal: what is in it when, what comes back after a restart, and how what nobody knows is settled."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import pytest
from drivers import Driver, FakeClock, Script
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    AsyncClient,
    AuthenticationError,
    Client,
    FollowUp,
    ImageRequest,
    InsufficientCredits,
    Intent,
    InvalidRequest,
    JournalError,
    NetworkError,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    TaskFailed,
    TaskNotFound,
    VideoRequest,
    WaitTimeout,
)
from imagetasks._request import Request
from imagetasks._submitting.intent import request_from_json, request_to_json
from tasks import REQUEST, STEADY, XING, body, created

AIG = "aigptimage"
ACCEPTED = {"code": 200, "msg": "success", "data": {"taskId": "task_1"}}
LOST = httpx.ReadTimeout("slow")
Keep = Callable[..., Driver]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


@pytest.fixture
def keep(connect: Keep, file: Path) -> Keep:
    """A client with a journal, whose vendor answers from a list."""

    def make(*answers: Any, **options: Any) -> Driver:
        options = {"journal": file, "policy": STEADY} | options
        vendor = answers[0] if callable(answers[0]) else Script(*answers)
        client = connect(vendor, **options)
        client.vendor = vendor
        return client

    return make


def rows(file: Path, question: str) -> list[Any]:
    """As any other program reads it, at any time."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def outcomes(file: Path) -> list[str | None]:
    return [outcome for (outcome,) in rows(file, "SELECT outcome FROM intents")]


def caught(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        call(*arguments, **options)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def lost_submit(client: Driver, provider: str = XING) -> Intent:
    error = caught(client.submit, provider, REQUEST)
    assert isinstance(error, SubmitOutcomeUnknown)
    assert isinstance(error.intent, Intent)
    return error.intent


# What is written


def test_the_intent_is_on_the_disk_before_the_request_leaves(
    keep: Keep, file: Path
) -> None:
    seen = []

    def vendor(request: httpx.Request) -> httpx.Response:
        seen.extend(rows(file, "SELECT provider, request, outcome FROM intents"))
        return httpx.Response(200, json=created())

    keep(vendor).submit(XING, REQUEST)
    ((provider, request, outcome),) = seen
    assert (provider, outcome) == (XING, None)
    assert json.loads(request)["ImageRequest"]["prompt"] == "a lighthouse"


def test_the_id_is_on_the_disk_before_submit_returns(keep: Keep, file: Path) -> None:
    task = keep(created("image_7")).submit(XING, REQUEST)
    assert rows(file, "SELECT provider, id, state, is_open FROM tasks") == [
        (XING, task.id, "queued", 1)
    ]
    assert outcomes(file) == ["accepted"]


@pytest.mark.parametrize(
    ("answer", "error", "outcome"),
    [
        (402, InsufficientCredits, "refused"),
        (httpx.ConnectError("refused"), NetworkError, "not sent"),
        (LOST, SubmitOutcomeUnknown, None),
        (500, SubmitOutcomeUnknown, None),
        (created() | {"status": "failed", "error": "no"}, TaskFailed, "accepted"),
        (RuntimeError("a bug of somebody"), RuntimeError, None),
    ],
    ids=str,
)
def test_the_outcome_of_a_submit_is_written_down(
    keep: Keep, file: Path, answer: Any, error: type[Exception], outcome: str | None
) -> None:
    client = keep(answer)
    assert type(caught(client.submit, XING, REQUEST)) is error
    client.close()
    assert outcomes(file) == [outcome]


def test_what_is_refused_before_sending_is_not_in_it(keep: Keep, file: Path) -> None:
    request = ImageRequest("x", resolution="4k", aspect_ratio="4:3")
    assert isinstance(caught(keep(created()).submit, XING, request), InvalidRequest)
    assert outcomes(file) == []


def test_states_are_written_when_they_change_and_not_at_each_poll(
    keep: Keep, file: Path
) -> None:
    versions = []
    # The vendor is asked in threads of the client.
    watching = sqlite3.connect(file, check_same_thread=False)
    answers = [created(), *[body("queued")] * 9, *[body("processing")] * 9]
    script = Script(*answers, body("completed"))

    def vendor(request: httpx.Request) -> httpx.Response:
        versions.extend(watching.execute("PRAGMA data_version").fetchone())
        return script(request)

    client = keep(vendor)
    client.run(XING, REQUEST)
    client.close()
    watching.close()
    assert script.sent == 20
    assert len(set(versions)) <= 4, "made, intent, accepted, running"
    ((state, is_open, snapshot),) = rows(
        file, "SELECT state, is_open, snapshot FROM tasks"
    )
    assert (state, is_open) == ("succeeded", 0)
    (artifact,) = json.loads(snapshot)["artifacts"]
    assert artifact[0] == "https://cdn.example.com/image_1.png"


def test_a_fetch_is_written_down_too(keep: Keep, file: Path) -> None:
    client = keep(created(), body("completed"))
    client.fetch(client.submit(XING, REQUEST))
    client.close()
    assert rows(file, "SELECT state, is_open FROM tasks") == [("succeeded", 0)]


def test_a_task_is_known_by_the_id_that_was_asked_for(keep: Keep, file: Path) -> None:
    """An answer may spell the id in another way: the pages themselves show two forms."""
    client = keep(created(), body("completed", id="IMAGE-1"))
    client.wait(client.submit(XING, REQUEST))
    client.close()
    assert rows(file, "SELECT id, is_open FROM tasks") == [("image_1", 0)]


def test_no_api_key_gets_into_it_and_the_file_is_its_owners(
    keep: Keep, file: Path
) -> None:
    client = keep(created(), body("completed"), LOST)
    client.run(XING, REQUEST)
    lost_submit(client)
    for part in file.parent.glob("tasks.db*"):
        assert part.stat().st_mode & 0o777 == 0o600, part
        assert b"secret-key" not in part.read_bytes()


def test_prompts_can_be_left_out(keep: Keep, file: Path) -> None:
    request = ImageRequest("a secret lighthouse", extra={"note": "a secret note"})
    echo = body("failed") | {"error": "not allowed: a secret lighthouse"}
    client = keep(created(), echo, LOST, journal_prompts=False)
    assert isinstance(caught(client.run, XING, request), TaskFailed)
    assert isinstance(caught(client.submit, XING, request), SubmitOutcomeUnknown)
    client.close()
    for part in file.parent.glob("tasks.db*"):
        assert b"secret" not in part.read_bytes()
    error = keep(created(), journal_prompts=False).resume_all()[0]
    assert error.request is error.intent.request is None


def test_threads_share_a_journal(file: Path) -> None:
    numbers = iter(range(1000))

    def vendor(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=created(f"image_{next(numbers)}"))

    with Client(
        {XING: "key"}, transport=httpx.MockTransport(vendor), journal=file
    ) as client:
        with ThreadPoolExecutor(16) as pool:
            made = set(pool.map(lambda _: client.submit(XING, REQUEST).id, range(320)))
    assert {id for (id,) in rows(file, "SELECT id FROM tasks")} == made
    assert outcomes(file) == ["accepted"] * 320


EXTRA = st.dictionaries(st.text(), st.none() | st.integers() | st.text())
REQUESTS = st.builds(
    ImageRequest,
    prompt=st.text(),
    model=st.none() | st.text(),
    reference_images=st.lists(st.text(), max_size=3),
    count=st.integers(1, 9),
    idempotency_key=st.none() | st.text(),
    extra=EXTRA,
) | st.builds(
    VideoRequest,
    prompt=st.text(),
    duration=st.none() | st.integers(1, 9),
    first_image=st.none() | st.text(),
    extra=EXTRA,
)
REQUESTS |= st.builds(FollowUp, task_id=st.text(), button=st.text())


@given(REQUESTS)
def test_a_request_is_read_back_as_it_was_written(
    request: Request | FollowUp,
) -> None:
    assert request_from_json(request_to_json(request, prompts=True)) == request
    # A follow-up has no prompt that could be left out.
    without = request if isinstance(request, FollowUp) else None
    assert request_from_json(request_to_json(request, prompts=False)) == without


# What comes back


def test_resume_all_goes_on_with_what_is_open(
    keep: Keep, file: Path, clock: FakeClock
) -> None:
    first = keep(created("a"), created("b"), body("completed", "a"))
    a, _b = (first.submit(XING, REQUEST) for _ in "ab")
    first.wait(a)
    first.close()
    seen: list[State] = []
    again = keep(body("processing", "b"), body("completed", "b"))
    (done,) = again.resume_all(on_update=lambda task: seen.append(task.state))
    assert (done.id, done.state) == ("b", State.SUCCEEDED)
    assert seen == [State.RUNNING, State.SUCCEEDED]
    assert again.resume_all() == []


def test_what_does_not_end_well_is_an_error_in_its_place(keep: Keep) -> None:
    first = keep(created("a"), created("b"))
    for _ in "ab":
        first.submit(XING, REQUEST)
    first.close()

    def vendor(request: httpx.Request) -> httpx.Response:
        state = "failed" if request.url.path.endswith("a") else "processing"
        return httpx.Response(200, json=body(state, request.url.path[-1]))

    failed, late = keep(vendor).resume_all(timeout=10)
    assert isinstance(failed, TaskFailed)
    assert isinstance(late, WaitTimeout)
    assert late.task.id == "b"


def test_an_unknown_submit_comes_back_until_it_is_settled(keep: Keep) -> None:
    first = keep(LOST)
    intent = lost_submit(first)
    first.close()
    for _ in range(2):
        client = keep(created())
        (error,) = client.resume_all()
        assert isinstance(error, SubmitOutcomeUnknown)
        assert error.intent == intent
        assert (error.provider, error.request) == (XING, REQUEST)
        assert error.sent_at.utcoffset().total_seconds() == 0
        client.close()


def test_a_submit_that_is_under_way_is_not_unknown(file: Path) -> None:
    arrived, may_answer = threading.Event(), threading.Event()

    def vendor(request: httpx.Request) -> httpx.Response:
        arrived.set()
        assert may_answer.wait(10)
        return httpx.Response(200, json=created())

    transport = httpx.MockTransport(vendor)
    with Client({XING: "key"}, transport=transport, journal=file) as client:
        with ThreadPoolExecutor(1) as pool:
            submit = pool.submit(client.submit, XING, REQUEST)
            assert arrived.wait(10)
            assert client.resume_all() == []
            may_answer.set()
            assert submit.result().id == "image_1"


def test_a_task_of_a_provider_without_a_key_is_not_passed_over(
    keep: Keep, file: Path
) -> None:
    client = keep(ACCEPTED)
    client.submit(AIG, REQUEST)
    client.close()
    with Client({XING: "key"}, journal=file) as other:
        (error,) = other.resume_all()
    assert isinstance(error, AuthenticationError)
    assert "AIGPTIMAGE_API_KEY" in str(error)
    assert error.task.id == "task_1"


# How it is settled


def test_resolve_fetches_the_task_and_goes_on_with_it(keep: Keep, file: Path) -> None:
    client = keep(LOST, body("processing"), body("completed"))
    intent = lost_submit(client)
    task = client.resolve(intent, "image_1")
    assert task.state is State.RUNNING
    assert outcomes(file) == ["resolved"]
    (done,) = client.resume_all()
    assert done.state is State.SUCCEEDED


def test_resolve_takes_no_task_that_is_not_there(keep: Keep, file: Path) -> None:
    client = keep(LOST, 404, body("queued"))
    intent = lost_submit(client)
    assert isinstance(caught(client.resolve, intent, "image_2"), TaskNotFound)
    assert outcomes(file) == [None]
    assert client.resolve(intent, "image_1").id == "image_1"


def test_resolve_takes_no_task_of_another_submit(keep: Keep, file: Path) -> None:
    client = keep(created(), LOST, body("queued"))
    client.submit(XING, REQUEST)
    error = caught(client.resolve, lost_submit(client), "image_1")
    assert isinstance(error, JournalError)
    assert "another submit" in str(error)
    assert outcomes(file) == ["accepted", None]


def test_resubmit_is_a_new_submit(keep: Keep, file: Path) -> None:
    client = keep(LOST, created())
    task = client.resubmit(lost_submit(client))
    assert task.id == "image_1"
    assert outcomes(file) == ["resubmitted", "accepted"]
    first, second = client.vendor.requests
    assert first.content == second.content


def test_a_vendor_that_deduplicates_gets_the_same_id_again(
    keep: Keep, file: Path
) -> None:
    """aigptimage: a repeated X-Request-ID "can return the existing task"."""
    first = keep(LOST, policy=PollPolicy(outage=0))
    intent = lost_submit(first, AIG)
    first.close()
    again = keep(ACCEPTED)
    assert again.resubmit(intent).id == "task_1"
    ids = {
        request.headers["X-Request-ID"]
        for client in (first, again)
        for request in client.vendor.requests
    }
    assert ids == {intent.idempotency_key}
    assert outcomes(file) == ["accepted"]


@pytest.mark.parametrize(
    ("provider", "answer", "error", "left"),
    [
        (XING, 402, InsufficientCredits, [None, "refused"]),
        (XING, LOST, SubmitOutcomeUnknown, [None, None]),
        # Here a refusal does not prove that the first one did not arrive.
        (AIG, 402, SubmitOutcomeUnknown, [None]),
        (AIG, LOST, SubmitOutcomeUnknown, [None]),
    ],
    ids=str,
)
def test_a_resubmit_that_is_not_accepted_leaves_the_intent_open(
    keep: Keep,
    file: Path,
    provider: str,
    answer: Any,
    error: type[Exception],
    left: list[str | None],
) -> None:
    client = keep(LOST, answer, policy=PollPolicy(jitter=0, outage=0))
    intent = lost_submit(client, provider)
    assert type(caught(client.resubmit, intent)) is error
    assert outcomes(file) == left
    client.abandon(intent)


def test_where_prompts_are_left_out_resubmit_asks_for_the_request(
    keep: Keep, file: Path
) -> None:
    first = keep(LOST, journal_prompts=False)
    lost_submit(first)
    first.close()
    client = keep(created(), journal_prompts=False)
    (unknown,) = client.resume_all()
    error = caught(client.resubmit, unknown.intent)
    assert isinstance(error, ValueError)
    assert "pass the request" in str(error)
    assert client.resubmit(unknown.intent, request=REQUEST).id == "image_1"
    assert outcomes(file) == ["resubmitted", "accepted"]


def test_what_is_settled_cannot_be_settled_again(keep: Keep) -> None:
    client = keep(LOST, created(), body("queued"))
    intent = lost_submit(client)
    client.resubmit(intent)
    for settle in (
        lambda: client.resubmit(intent),
        lambda: client.resolve(intent, "image_1"),
        lambda: client.abandon(intent),
    ):
        error = caught(settle)
        assert isinstance(error, JournalError)
        assert "is settled: resubmitted" in str(error)
    assert client.vendor.sent == 2


def test_two_who_resubmit_at_once_send_it_once(file: Path) -> None:
    sent = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if len(sent) == 1:
            raise LOST
        return httpx.Response(200, json=created())

    transport = httpx.MockTransport(vendor)
    with Client({XING: "key"}, transport=transport, journal=file) as client:
        intent = caught(client.submit, XING, REQUEST).intent
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(client.resubmit, intent) for _ in range(8)]
            ends = [one.exception() for one in tries]
    assert sum(end is None for end in ends) == 1
    assert all(isinstance(end, JournalError) for end in ends if end)
    assert len(sent) == 2


def test_what_is_abandoned_does_not_come_back(keep: Keep, file: Path) -> None:
    client = keep(created(), LOST)
    task = client.submit(XING, REQUEST)
    client.abandon(task)
    client.abandon(lost_submit(client))
    assert client.resume_all() == []
    assert outcomes(file) == ["accepted", "abandoned"]
    assert isinstance(caught(client.abandon, task), JournalError)


def test_an_intent_of_another_journal_is_none_of_this_one(
    keep: Keep, tmp_path: Path
) -> None:
    intent = lost_submit(keep(LOST))
    error = caught(keep(created(), journal=tmp_path / "b.db").resubmit, intent)
    assert isinstance(error, JournalError)
    assert "is not in it" in str(error)


def test_without_a_journal_its_methods_say_so(connect: Keep) -> None:
    client = connect(Script(created()))
    error = caught(client.resume_all)
    assert isinstance(error, JournalError)
    assert "journal=" in str(error)


# What can be wrong with the file


def test_one_client_at_a_time_holds_it(keep: Keep, file: Path) -> None:
    first = keep(created())
    error = caught(keep, created())
    assert isinstance(error, JournalError)
    assert "has it open" in str(error)
    assert str(file) in str(error)
    assert first.submit(XING, REQUEST).id == "image_1"
    first.close()
    assert len(keep(body("completed")).resume_all()) == 1


def test_another_name_for_it_does_not_help(keep: Keep, file: Path) -> None:
    keep(created())
    link = file.with_name("link.db")
    link.symlink_to(file)
    assert isinstance(caught(keep, created(), journal=link), JournalError)


def test_another_process_is_kept_out_too(keep: Keep, file: Path) -> None:
    client = keep(created())
    caught(keep, created())  # a failed try must not take the lock off
    code = f"import imagetasks; imagetasks.Client({{'akool': 'key'}}, journal={str(file)!r})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "JournalError" in other.stderr
    assert "has it open" in other.stderr
    assert client.submit(XING, REQUEST).id == "image_1"


def not_a_database(file: Path) -> None:
    file.write_bytes(b"once upon a time " * 99)


def damaged(file: Path) -> None:
    with Client({XING: "key"}, journal=file, transport=vendor_of(200)) as client:
        for _ in range(200):
            client.submit(XING, REQUEST)
    content = bytearray(file.read_bytes())
    content[8192:16384] = bytes(8192)
    file.write_bytes(content)


def of_another_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE friends (name)")


def of_a_newer_version(file: Path) -> None:
    Client({XING: "key"}, journal=file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 2")


def a_folder(file: Path) -> None:
    file.mkdir()


def vendor_of(tasks: int) -> httpx.MockTransport:
    return httpx.MockTransport(Script(*(created(f"image_{n}") for n in range(tasks))))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (not_a_database, "not an SQLite database"),
        (damaged, "it is damaged"),
        (of_another_program, "a database of something else"),
        (of_a_newer_version, "format 2"),
        (a_folder, "unable to open"),
    ],
)
def test_a_file_that_will_not_do_is_an_error_before_anything_is_sent(
    keep: Keep, file: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""
    error = caught(keep, created())
    assert isinstance(error, JournalError)
    assert words in str(error)
    assert not file.is_file() or file.read_bytes() == before


@pytest.mark.parametrize("folder", ["missing", "/proc"])
def test_a_folder_that_takes_no_file_is_an_error(
    keep: Keep, tmp_path: Path, folder: str
) -> None:
    error = caught(keep, created(), journal=tmp_path / folder / "tasks.db")
    assert isinstance(error, JournalError)
    assert "No such file or directory" in str(error)


@pytest.fixture
def fill_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, the disk is as full as the file is large."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remember(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*arguments, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", remember)
    return lambda: connections[1].execute("PRAGMA max_page_count = 1") and None


def test_nothing_is_sent_once_the_disk_is_full(
    keep: Keep, fill_disk: Callable[[], None]
) -> None:
    client = keep(created())
    fill_disk()
    request = ImageRequest("a lighthouse " * 2000)
    error = caught(client.submit, XING, request)
    assert isinstance(error, JournalError)
    assert "no space left" in str(error)
    assert error.task is None
    assert client.vendor.sent == 0


def test_a_task_whose_id_finds_no_space_is_not_lost(
    keep: Keep, fill_disk: Callable[[], None]
) -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        fill_disk()
        return httpx.Response(200, json=created("image_" + "x" * 20_000))

    client = keep(vendor)
    error = caught(client.submit, XING, REQUEST)
    assert isinstance(error, JournalError)
    assert error.task.id.startswith("image_xxx")
    (unknown,) = client.resume_all()
    assert isinstance(unknown, SubmitOutcomeUnknown)


def test_a_closed_client_writes_no_more(file: Path) -> None:
    client = Client({XING: "key"}, journal=file)
    client.close()
    client.close()
    with pytest.raises(JournalError, match="closed"):
        client.submit(XING, REQUEST)


FORKS = """
import os, signal, sys, httpx, imagetasks
answers = iter("ab")
vendor = lambda request: httpx.Response(200, json={
    "id": next(answers), "created": 1774836724, "status": "queued", "object": "image", "model": "gpt-image-2", "error": None})
client = imagetasks.Client({"xingchaoyiqing": "key"}, transport=httpx.MockTransport(vendor), journal=sys.argv[1])
request = imagetasks.ImageRequest("a lighthouse")
client.submit("xingchaoyiqing", request)
if (child := os.fork()) == 0:
    try:
        client.submit("xingchaoyiqing", request)
    except imagetasks.JournalError as error:
        print(error, flush=True)
    client.close()
    del client
    sys.exit()
os.waitpid(child, 0)
client.submit("xingchaoyiqing", request)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
def test_a_forked_child_takes_nothing_from_its_parent(file: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS, str(file)],
        capture_output=True,
        text=True,
    )
    assert "the process that this one forked from" in ran.stdout
    with Client({XING: "key"}, journal=file):
        assert rows(file, "SELECT id FROM tasks") == [("a",), ("b",)]


# What is broken off


@pytest.mark.parametrize(("sent", "outcome"), [(True, None), (False, "not sent")])
def test_a_cancelled_submit_is_unknown_unless_nothing_can_have_arrived(
    file: Path, sent: bool, outcome: str | None
) -> None:
    async def vendor(request: httpx.Request) -> httpx.Response:
        if not sent:
            return httpx.Response(429)
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        transport = httpx.MockTransport(vendor)
        async with AsyncClient({XING: "key"}, transport=transport, journal=file) as c:
            submit = asyncio.create_task(c.submit(XING, REQUEST))
            while not outcomes(file):
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)
            submit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await submit

    asyncio.run(scenario())
    assert outcomes(file) == [outcome]


def test_wherever_a_submit_is_cancelled_its_task_is_written_down_or_its_outcome_unknown(
    file: Path,
) -> None:
    """Also while the id is on its way to the disk: then it gets there, though nobody waits for it any more."""

    async def scenario(journal: Path, turns: int) -> bool:
        answered = asyncio.Event()

        async def vendor(request: httpx.Request) -> httpx.Response:
            answered.set()
            return httpx.Response(200, json=created())

        transport = httpx.MockTransport(vendor)
        async with AsyncClient(
            {XING: "key"}, transport=transport, journal=journal
        ) as client:
            submit = asyncio.create_task(client.submit(XING, REQUEST))
            await answered.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            submit.cancel()
            await asyncio.wait([submit])
            return submit.cancelled()

    ends = set()
    for turns in range(30):
        journal = file.with_name(f"{turns}.db")
        cancelled = asyncio.run(scenario(journal, turns))
        known = rows(journal, "SELECT id FROM tasks") == [("image_1",)]
        assert outcomes(journal) == ["accepted" if known else None]
        assert known or cancelled
        ends.add((cancelled, known))
    assert (True, True) in ends, "cancelled while the id was being written"


def test_the_environment_gives_a_client_with_a_journal(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", "key")
    with Client.from_env(journal=str(file), journal_prompts=False) as client:
        assert client.resume_all() == []


def test_a_result_that_is_saved_is_in_it(
    driver: Keep, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    with imagetasks_mock.serve(duration=0) as mock:
        policy = PollPolicy(min_gap=0.01)
        client = driver({XING: mock.access(XING)}, policy=policy, journal=file)
        task = client.run(XING, REQUEST)
        (path,) = client.download(task, "out")
        client.close()
    content = path.read_bytes()
    assert rows(file, "SELECT provider, task, path, size, sha256 FROM files") == [
        (
            XING,
            task.id,
            str(path.absolute()),
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
    ]


# Batches and follow-ups are submits too


def test_a_batch_of_unknown_outcome_can_be_sent_once_more(
    driver: Callable[..., Driver], file: Path
) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        client = driver(
            {"akool": mock.access("akool")}, journal=file, policy=PollPolicy(outage=0)
        )
        mock.faults.add("lost_answer", count=1)
        lost, *others = client.submit_many("akool", [ImageRequest("x", count=4)])
        assert isinstance(lost, SubmitOutcomeUnknown)
        assert [*others] == [lost] * 3
        assert lost.intent.request == ImageRequest("x", count=4)
        client.resubmit(lost.intent)
        assert len(mock.tasks) == 8
        done = client.resume_all()
        assert [task.state for task in done] == [State.SUCCEEDED] * 4
        assert outcomes(file) == ["resubmitted", "accepted"]


def test_a_follow_up_is_in_the_journal_like_any_submit(
    driver: Callable[..., Driver], file: Path
) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        client = driver(
            {"akool": mock.access("akool")}, journal=file, policy=PollPolicy(outage=0)
        )
        picture = client.run("akool", REQUEST)
        mock.faults.add("lost_answer", count=1)
        error = caught(client.upscale, picture, 2)
        assert isinstance(error, SubmitOutcomeUnknown)
        assert error.intent.request == FollowUp(picture.id, "U2")
        (again,) = client.resume_all()
        assert again.intent == error.intent
        made = list(mock.tasks)[-1].id
        assert client.resolve(error.intent, made).id == made
        assert outcomes(file) == ["accepted", "resolved"]
