"""The journal: what is in it when, and what comes back after a restart."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    AsyncClient,
    AuthenticationError,
    Client,
    FollowUp,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    NetworkError,
    PollPolicy,
    Reason,
    State,
    SubmitOutcomeUnknown,
    TaskError,
    TaskFailed,
    VideoRequest,
    WaitTimeout,
)
from imagetasks._journal.intent import request_from_json, request_to_json
from imagetasks._request import Request
from imagetasks._task import task_from_json
from support.drivers import Driver, FakeClock, Script
from support.journals import (
    ACCEPTED,
    AIG,
    LOST,
    Keep,
    caught,
    lost_submit,
    outcomes,
    rows,
)
from support.tasks import REQUEST, XING, body, created

# What is written


def test_the_intent_is_on_the_disk_before_the_request_leaves(
    keep: Keep, journal_file: Path
) -> None:
    seen = []

    def vendor(request: httpx.Request) -> httpx.Response:
        seen.extend(
            rows(journal_file, "SELECT provider, request, outcome FROM intents")
        )
        return httpx.Response(200, json=created())

    keep(vendor).submit(XING, REQUEST)
    ((provider, request, outcome),) = seen
    assert (provider, outcome) == (XING, None)
    assert json.loads(request)["ImageRequest"]["prompt"] == "a lighthouse"


def test_the_id_is_on_the_disk_before_submit_returns(
    keep: Keep, journal_file: Path
) -> None:
    task = keep(created("image_7")).submit(XING, REQUEST)
    assert rows(journal_file, "SELECT provider, id, state, is_open FROM tasks") == [
        (XING, task.id, "queued", 1)
    ]
    assert outcomes(journal_file) == ["accepted"]


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
    keep: Keep,
    journal_file: Path,
    answer: Any,
    error: type[Exception],
    outcome: str | None,
) -> None:
    client = keep(answer)
    assert type(caught(client.submit, XING, REQUEST)) is error
    client.close()
    assert outcomes(journal_file) == [outcome]


def test_what_is_refused_before_sending_is_not_in_it(
    keep: Keep, journal_file: Path
) -> None:
    request = ImageRequest("x", resolution="4k", aspect_ratio="4:3")
    assert isinstance(caught(keep(created()).submit, XING, request), InvalidRequest)
    assert outcomes(journal_file) == []


def test_states_are_written_when_they_change_and_not_at_each_poll(
    keep: Keep, journal_file: Path
) -> None:
    versions = []
    # The vendor is asked in threads of the client.
    watching = sqlite3.connect(journal_file, check_same_thread=False)
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
        journal_file, "SELECT state, is_open, snapshot FROM tasks"
    )
    assert (state, is_open) == ("succeeded", 1), "until its picture is saved"
    (artifact,) = json.loads(snapshot)["artifacts"]
    assert artifact[0] == "https://cdn.example.com/image_1.png"


def test_a_fetch_is_written_down_too(keep: Keep, journal_file: Path) -> None:
    client = keep(created(), body("completed"))
    client.fetch(client.submit(XING, REQUEST))
    client.close()
    assert rows(journal_file, "SELECT state, is_open FROM tasks") == [("succeeded", 1)]


def test_no_api_key_gets_into_it_and_the_file_is_its_owners(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(created(), body("completed"), LOST)
    client.run(XING, REQUEST)
    lost_submit(client)
    for part in journal_file.parent.glob("tasks.db*"):
        assert part.stat().st_mode & 0o777 == 0o600, part
        assert b"secret-key" not in part.read_bytes()


def test_prompts_can_be_left_out(keep: Keep, journal_file: Path) -> None:
    request = ImageRequest("a secret lighthouse", extra={"note": "a secret note"})
    echo = body("failed") | {"error": "not allowed: a secret lighthouse"}
    client = keep(created(), echo, LOST, journal_prompts=False)
    assert isinstance(caught(client.run, XING, request), TaskFailed)
    assert isinstance(caught(client.submit, XING, request), SubmitOutcomeUnknown)
    client.close()
    for part in journal_file.parent.glob("tasks.db*"):
        assert b"secret" not in part.read_bytes()
    error = keep(created(), journal_prompts=False).resume_all()[0]
    assert error.request is error.intent.request is None


@pytest.mark.parametrize("prompts", [True, False])
def test_why_a_task_failed_stays_in_it(keep: Keep, journal_file: Path, prompts) -> None:
    """Where prompts are left out, the vendor's words are too: they may quote one."""
    words = "Generation failed: content policy violation"
    client = keep(created(), body("failed") | {"error": words}, journal_prompts=prompts)
    caught(client.run, XING, REQUEST)
    client.close()
    [(snapshot,)] = rows(journal_file, "SELECT snapshot FROM tasks")
    kept = task_from_json(json.loads(snapshot))
    assert kept.error == TaskError(
        None, words if prompts else "", Reason.CONTENT_POLICY
    )


def test_threads_share_a_journal(journal_file: Path) -> None:
    numbers = iter(range(1000))

    def vendor(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=created(f"image_{next(numbers)}"))

    with Client(
        {XING: "key"}, transport=httpx.MockTransport(vendor), journal=journal_file
    ) as client:
        with ThreadPoolExecutor(16) as pool:
            made = set(pool.map(lambda _: client.submit(XING, REQUEST).id, range(320)))
    assert {id for (id,) in rows(journal_file, "SELECT id FROM tasks")} == made
    assert outcomes(journal_file) == ["accepted"] * 320


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
    keep: Keep, journal_file: Path, clock: FakeClock
) -> None:
    first = keep(created("a"), created("b"), body("completed", "a"))
    a, _b = (first.submit(XING, REQUEST) for _ in "ab")
    first.release(first.wait(a))
    first.close()
    seen: list[State] = []
    again = keep(body("processing", "b"), body("completed", "b"))
    (done,) = again.resume_all(on_update=lambda task: seen.append(task.state))
    assert (done.id, done.state) == ("b", State.SUCCEEDED)
    assert seen == [State.RUNNING, State.SUCCEEDED]
    again.release(done)
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


def test_a_submit_that_is_under_way_is_not_unknown(journal_file: Path) -> None:
    arrived, may_answer = threading.Event(), threading.Event()

    def vendor(request: httpx.Request) -> httpx.Response:
        arrived.set()
        assert may_answer.wait(10)
        return httpx.Response(200, json=created())

    transport = httpx.MockTransport(vendor)
    with Client({XING: "key"}, transport=transport, journal=journal_file) as client:
        with ThreadPoolExecutor(1) as pool:
            submit = pool.submit(client.submit, XING, REQUEST)
            assert arrived.wait(10)
            assert client.resume_all() == []
            may_answer.set()
            assert submit.result().id == "image_1"


def test_a_task_of_a_provider_without_a_key_is_not_passed_over(
    keep: Keep, journal_file: Path
) -> None:
    client = keep(ACCEPTED)
    client.submit(AIG, REQUEST)
    client.close()
    with Client({XING: "key"}, journal=journal_file) as other:
        (error,) = other.resume_all()
    assert isinstance(error, AuthenticationError)
    assert "AIGPTIMAGE_API_KEY" in str(error)
    assert error.task.id == "task_1"


# What is broken off


@pytest.mark.parametrize(("sent", "outcome"), [(True, None), (False, "not sent")])
def test_a_cancelled_submit_is_unknown_unless_nothing_can_have_arrived(
    journal_file: Path, sent: bool, outcome: str | None
) -> None:
    async def vendor(request: httpx.Request) -> httpx.Response:
        if not sent:
            return httpx.Response(429)
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        transport = httpx.MockTransport(vendor)
        async with AsyncClient(
            {XING: "key"}, transport=transport, journal=journal_file
        ) as c:
            submit = asyncio.create_task(c.submit(XING, REQUEST))
            while not outcomes(journal_file):
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)
            submit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await submit

    asyncio.run(scenario())
    assert outcomes(journal_file) == [outcome]


def test_wherever_a_submit_is_cancelled_its_task_is_written_down_or_its_outcome_unknown(
    journal_file: Path,
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
        journal = journal_file.with_name(f"{turns}.db")
        cancelled = asyncio.run(scenario(journal, turns))
        known = rows(journal, "SELECT id FROM tasks") == [("image_1",)]
        assert outcomes(journal) == ["accepted" if known else None]
        assert known or cancelled
        ends.add((cancelled, known))
    assert (True, True) in ends, "cancelled while the id was being written"


def test_the_environment_gives_a_client_with_a_journal(
    journal_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", "key")
    with Client.from_env(journal=str(journal_file), journal_prompts=False) as client:
        assert client.resume_all() == []


def test_a_result_that_is_saved_is_in_it(
    driver: Keep, journal_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(journal_file.parent)
    with imagetasks_mock.serve(duration=0) as mock:
        policy = PollPolicy(min_gap=0.01)
        client = driver({XING: mock.access(XING)}, policy=policy, journal=journal_file)
        task = client.run(XING, REQUEST)
        (path,) = client.download(task, "out")
        client.close()
    content = path.read_bytes()
    assert rows(
        journal_file, "SELECT provider, task, path, size, sha256 FROM files"
    ) == [
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
    driver: Callable[..., Driver], journal_file: Path
) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        client = driver(
            {"akool": mock.access("akool")},
            journal=journal_file,
            policy=PollPolicy(outage=0),
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
        assert outcomes(journal_file) == ["resubmitted", "accepted"]


def test_a_follow_up_is_in_the_journal_like_any_submit(
    driver: Callable[..., Driver], journal_file: Path
) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        client = driver(
            {"akool": mock.access("akool")},
            journal=journal_file,
            policy=PollPolicy(outage=0),
        )
        picture = client.run("akool", REQUEST)
        client.release(picture)
        mock.faults.add("lost_answer", count=1)
        error = caught(client.upscale, picture, 2)
        assert isinstance(error, SubmitOutcomeUnknown)
        assert error.intent.request == FollowUp(picture.id, "U2")
        (again,) = client.resume_all()
        assert again.intent == error.intent
        made = list(mock.tasks)[-1].id
        assert client.resolve(error.intent, made).id == made
        assert outcomes(journal_file) == ["accepted", "resolved"]
