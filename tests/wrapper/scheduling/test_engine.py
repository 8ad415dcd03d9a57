"""One scheduler behind all waits of a client, over both clients: what is shared, what is told, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagetasks import (
    Access,
    AsyncClient,
    AuthenticationError,
    Client,
    Polled,
    PollPolicy,
    Slowed,
    State,
    Task,
    TaskFailed,
    Transition,
    WaitTimeout,
)
from imagetasks._http.call import Call
from imagetasks.providers import PROVIDERS
from support.drivers import AsyncDriver, FakeClock, Script, SyncDriver
from support.examples import examples
from support.tasks import REQUEST, STEADY, TASK, XING, body, created

KEYS = {XING: "secret-key-0123"}
REFUSED = {"code": 401, "msg": "no", "data": None, "error": "no"}
"""A refusal that any vendor could have sent."""


def tasks(count: int) -> list[Task]:
    return [Task(provider=XING, id=str(n), state=State.QUEUED) for n in range(count)]


def id_of(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


# Shared by all tasks of a key


def test_a_429_for_one_task_holds_back_the_others(connect, clock: FakeClock) -> None:
    asked: list[tuple[float, str]] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append((clock.elapsed, id_of(request)))
        if len(asked) == 1:
            return httpx.Response(429, headers={"Retry-After": "30"})
        over = clock.elapsed > 30
        return httpx.Response(
            200, json=body("completed" if over else "queued", id_of(request))
        )

    connect(vendor, policy=STEADY).wait_all(tasks(3))
    assert [at for at, _ in asked[:3]] == [0, 0, 0]
    assert all(at >= 30 for at, _ in asked[3:])


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "17"},
        {
            "Retry-After": "Sat, 21 Nov 2026 12:00:17 GMT",
            "Date": "Sat, 21 Nov 2026 12:00:00 GMT",
        },
    ],
)
def test_retry_after_is_read_afresh_each_time(
    connect, clock: FakeClock, headers: dict[str, str]
) -> None:
    vendor = Script(
        httpx.Response(429, headers={"Retry-After": "5"}),
        httpx.Response(429, headers=headers),
        body("completed"),
    )
    connect(vendor, policy=STEADY).wait(TASK)
    assert clock.slept == [5, 17]


def test_the_wait_in_the_vendors_body_counts_too(connect, clock: FakeClock) -> None:
    """aigptimage: `"data": {"retryAfter": 17, ...}`."""
    refusal = {"code": 429, "msg": "rate limit exceeded", "data": {"retryAfter": 17}}
    vendor = Script(
        httpx.Response(429, json=refusal), httpx.Response(401, json=REFUSED)
    )
    task = Task(provider="aigptimage", id="1", state=State.PENDING)
    connect(vendor, policy=STEADY).wait_all([task], return_errors=True)
    assert clock.slept == [17]


def test_a_tier_bounds_the_requests_of_all_waits(driver, clock: FakeClock) -> None:
    """aigptimage, free: 60 reads of a task in a minute."""
    asked: list[float] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(clock.elapsed)
        return httpx.Response(401, json=REFUSED)

    client = driver(
        {"aigptimage": Access("secret-key-0123", tier="free")},
        transport=httpx.MockTransport(vendor),
        clock=clock,
    )
    waiting = [
        Task(provider="aigptimage", id=str(n), state=State.PENDING) for n in range(130)
    ]
    client.wait_all(waiting, return_errors=True)
    assert len(asked) == 130
    assert all(later - first >= 60 for first, later in zip(asked, asked[60:]))  # noqa: B905


def test_tasks_that_follow_others_are_looked_at_later(
    connect, clock: FakeClock
) -> None:
    asked: list[float] = []
    submitted = 0.0

    def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal submitted
        if request.method == "POST":
            submitted = clock.now
            asked.clear()
            return httpx.Response(200, json=created())
        age = clock.now - submitted
        asked.append(age)
        return httpx.Response(200, json=body("completed" if age > 40 else "processing"))

    client = connect(vendor, policy=STEADY)
    counts = []
    for _ in range(12):
        client.run(XING, REQUEST)
        counts.append(len(asked))
    assert counts[:8] == [21] * 8
    assert counts[-1] <= 13
    unlearned = connect(vendor, policy=PollPolicy(jitter=0, learn=False))
    for _ in range(12):
        unlearned.run(XING, REQUEST)
    assert len(asked) == 21


def test_following_the_refresh_asks_every_30_seconds(connect, clock: FakeClock) -> None:
    """gptimage2api: "status refreshes contact the upstream API at most once every 30 seconds"."""
    asked: list[float] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(clock.elapsed)
        return httpx.Response(401 if len(asked) == 3 else 500, json=REFUSED)

    task = Task(provider="gptimage2api", id="1", state=State.PENDING)
    policy = PollPolicy(follow_refresh=True, outage=600)
    connect(vendor, policy=policy).wait_all([task], return_errors=True)
    assert asked == [0, 30, 60]


# What is told


def test_events_are_every_change_and_one_end_for_each_task(connect) -> None:
    states = {
        "0": ["queued", "processing", "processing", "completed"],
        "1": ["failed"],
        "2": ["processing"],
    }

    def vendor(request: httpx.Request) -> httpx.Response:
        left = states[id_of(request)]
        status = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, json=body(status, id_of(request)))

    events = connect(vendor, policy=STEADY).events(tasks(3), timeout=30)
    assert all(isinstance(event, Transition) for event in events)

    def life(n: int) -> list[tuple[State, State, type | None]]:
        return [
            (e.before, e.task.state, e.error and type(e.error))
            for e in events
            if e.n == n
        ]

    assert life(0) == [
        (State.QUEUED, State.RUNNING, None),
        (State.RUNNING, State.SUCCEEDED, None),
    ]
    assert life(1) == [(State.QUEUED, State.FAILED, TaskFailed)]
    assert life(2) == [
        (State.QUEUED, State.RUNNING, None),
        (State.RUNNING, State.RUNNING, WaitTimeout),
    ]
    assert [e.n for e in events if e.is_last] == [1, 0, 2]
    assert [e.waited for e in events if e.n == 0] == [2, 6]


def test_an_event_has_the_vendors_own_time(driver, clock: FakeClock) -> None:
    from imagetasks.testing import ScriptedProvider

    vendor = ScriptedProvider(
        "aigptimage", [(0, State.PENDING), (9, State.SUCCEEDED)], clock
    )
    client = driver({"aigptimage": "key"}, transport=vendor.transport, clock=clock)
    (event,) = client.events([Task(provider="aigptimage", id="1", state=State.PENDING)])
    assert event.at == event.task.finished_at
    assert event.at is not None


def test_on_event_hears_of_polls_refusals_and_ends(connect) -> None:
    heard: list[object] = []
    vendor = Script(body("queued"), 429, body("processing"), body("completed"))
    connect(vendor, policy=STEADY, on_event=heard.append).wait(TASK)
    assert [type(event) for event in heard] == [
        *(Polled, Slowed, Polled, Polled, Transition, Polled, Transition)
    ]
    polls = [event for event in heard if isinstance(event, Polled)]
    assert [poll.changed for poll in polls] == [False, False, True, True]
    assert [type(poll.error).__name__ for poll in polls[:2]] == [
        "NoneType",
        "RateLimited",
    ]
    assert [poll.lag for poll in polls] == [None, None, None, 1]
    assert polls[-1].in_flight == 0
    (slowed,) = (event for event in heard if isinstance(event, Slowed))
    assert (slowed.provider, slowed.seconds) == (XING, 2)


def test_an_on_event_that_fails_is_logged_and_stops_nothing(
    connect, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: object) -> None:
        raise ZeroDivisionError

    client = connect(Script(body("completed")), on_event=fail)
    assert client.wait(TASK).state is State.SUCCEEDED
    assert "on_event failed" in caplog.text


def test_the_log_tells_of_changes_and_in_detail_of_polls(
    connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "imagetasks")
    vendor = Script(429, body("completed"))
    connect(vendor, policy=STEADY).wait(TASK)
    records = [(r.levelname, r.getMessage()) for r in caplog.records]
    assert ("INFO", f"{XING} task image_1: SUCCEEDED, it was QUEUED") in records
    assert any(level == "WARNING" and "no polls for 2 s" in m for level, m in records)
    assert sum(level == "DEBUG" and " after " in m for level, m in records) == 2


# The timer


def test_the_timer_is_set_anew_for_whoever_is_due_sooner() -> None:
    """Armed for the first wait only, a loop that looks every 30 s would find the other task 28 s late."""

    async def scenario() -> list[float]:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            await asyncio.sleep(3600)

        client = AsyncClient(
            {"gptimage2api": "key", "akool": "key"},
            policy=PollPolicy(follow_refresh=True, jitter=0),
            transport=httpx.MockTransport(Script(500)),
            clock=lambda: 0.0,
            sleep=sleep,
        )
        waits: list[asyncio.Task[Task]] = []
        for provider in ("gptimage2api", "akool", "gptimage2api"):
            task = Task(provider=provider, id="1", state=State.PENDING)
            waits.append(asyncio.create_task(client.wait(task)))
            while len(slept) < min(len(waits), 2):
                await asyncio.sleep(0)
        await client.aclose()
        await asyncio.gather(*waits, return_exceptions=True)
        return slept

    assert asyncio.run(asyncio.wait_for(scenario(), 10)) == [30, 2]


def test_a_sync_client_that_sleeps_wakes_up_for_a_new_task() -> None:
    asked = threading.Event()

    def vendor(request: httpx.Request) -> httpx.Response:
        if id_of(request) == "image_1":
            return httpx.Response(200, json=body("completed"))
        asked.set()
        return httpx.Response(200, json=body("processing", id_of(request)))

    policy = PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6)
    client = Client(KEYS, policy=policy, transport=httpx.MockTransport(vendor))

    def wait(task: Task) -> None:
        with contextlib.suppress(RuntimeError):  # the client is closed
            client.wait(task)

    sleeping = threading.Thread(target=wait, args=tasks(1))
    sleeping.start()
    assert asked.wait(10)
    found = threading.Thread(target=wait, args=[TASK])
    found.start()
    found.join(10)
    assert not found.is_alive()
    client.close()
    sleeping.join(10)


# How it ends


def test_what_breaks_is_raised_where_it_is_waited_for(connect) -> None:
    vendor = Script(ZeroDivisionError("a bug in a transport"))
    client = connect(vendor)
    for call in (
        lambda: client.wait(TASK),
        lambda: client.wait_all(tasks(3), return_errors=True),
    ):
        with pytest.raises(ZeroDivisionError):
            call()


def test_a_sleep_that_breaks_leaves_nobody_waiting(driver) -> None:
    class Broken(FakeClock):
        def sleep(self, seconds: float) -> None:
            raise ZeroDivisionError

    client = driver(
        KEYS, transport=httpx.MockTransport(Script(body("queued"))), clock=Broken()
    )
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            client.wait(TASK)


def test_closing_a_client_wakes_who_waits() -> None:
    asked = threading.Event()

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.set()
        return httpx.Response(200, json=body("processing"))

    client = Client(
        KEYS,
        policy=PollPolicy(min_gap=3600, max_gap=3600, deadline=1e6),
        transport=httpx.MockTransport(vendor),
    )
    ended: list[Exception] = []

    def wait() -> None:
        try:
            client.wait(TASK)
        except RuntimeError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert asked.wait(10)
    client.close()
    waiting.join(10)
    assert "closed" in str(ended[0])


def test_closing_an_async_client_wakes_who_waits() -> None:
    async def scenario() -> None:
        asked = asyncio.Event()

        async def vendor(request: httpx.Request) -> httpx.Response:
            asked.set()
            await asyncio.sleep(3600)
            raise AssertionError

        client = AsyncClient(KEYS, transport=httpx.MockTransport(vendor))
        waiting = asyncio.create_task(client.wait(TASK))
        await asked.wait()
        await client.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await waiting

    asyncio.run(scenario())


def test_a_cancelled_wait_gives_its_place_back() -> None:
    """More waits than exchanges at once, all of them cancelled in the midst: the next one goes through."""

    async def scenario() -> State:
        hangs = asyncio.Event()

        async def vendor(request: httpx.Request) -> httpx.Response:
            if id_of(request) == "image_1":
                return httpx.Response(200, json=body("completed"))
            hangs.set()
            await asyncio.sleep(3600)
            raise AssertionError

        async with AsyncClient(KEYS, transport=httpx.MockTransport(vendor)) as client:
            waiting = [asyncio.create_task(client.wait(t)) for t in tasks(200)]
            await hangs.wait()
            for wait in waiting:
                wait.cancel()
            ended = await asyncio.gather(*waiting, return_exceptions=True)
            assert {type(e) for e in ended} == {asyncio.CancelledError}
            return (await asyncio.wait_for(client.wait(TASK), 10)).state

    assert asyncio.run(scenario()) is State.SUCCEEDED


def test_exchanges_that_are_broken_off_before_they_begin_give_their_places_back() -> (
    None
):
    """Who leaves at the first event leaves in the turn of the loop in which the exchanges were to begin."""

    async def scenario() -> State:
        vendor = Script(body("completed"))
        done = Task(provider=XING, id="done", state=State.SUCCEEDED)
        async with AsyncClient(KEYS, transport=httpx.MockTransport(vendor)) as client:
            for _ in range(10):
                ending = client.as_completed([done, *tasks(16)])
                async with contextlib.aclosing(ending) as ended:
                    assert await anext(ended) is done
            assert not vendor.requests
            return (await asyncio.wait_for(client.wait(TASK), 10)).state

    assert asyncio.run(scenario()) is State.SUCCEEDED


def test_an_interrupted_wait_leaves_at_once_and_the_client_goes_on() -> None:
    """Ctrl-C reaches the thread that waits, whatever the exchange is doing."""
    hangs = threading.Event()
    release = threading.Event()

    def vendor(request: httpx.Request) -> httpx.Response:
        if id_of(request) == "image_1":
            return httpx.Response(200, json=body("completed"))
        hangs.set()
        release.wait(60)
        return httpx.Response(200, json=body("processing", id_of(request)))

    def interrupt() -> None:
        hangs.wait(10)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with Client(KEYS, transport=httpx.MockTransport(vendor)) as client:
        threading.Thread(target=interrupt).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            client.wait(tasks(1)[0])
        assert time.monotonic() - began < 20
        assert client.wait(TASK).state is State.SUCCEEDED
        release.set()


def test_the_sync_client_works_inside_a_running_event_loop() -> None:
    async def notebook() -> State:
        with Client(
            KEYS, transport=httpx.MockTransport(Script(body("completed")))
        ) as client:
            return client.wait(TASK).state

    assert asyncio.run(notebook()) is State.SUCCEEDED


def test_two_hundred_waits_take_sixteen_threads_and_none_afterwards() -> None:
    most = 0
    before = threading.active_count()

    def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal most
        most = max(most, threading.active_count() - before)
        time.sleep(0.001)
        return httpx.Response(200, json=body("completed", id_of(request)))

    with Client(KEYS, transport=httpx.MockTransport(vendor)) as client:
        assert len(client.wait_all(tasks(200))) == 200
    assert 1 < most <= 16
    give_up_at = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < give_up_at:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_thousand_waits_of_one_client_share_its_exchanges() -> None:
    most = in_flight = 0

    async def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal most, in_flight
        in_flight += 1
        most = max(most, in_flight)
        await asyncio.sleep(0)
        in_flight -= 1
        return httpx.Response(200, json=body("completed", id_of(request)))

    async def scenario() -> int:
        async with AsyncClient(KEYS, transport=httpx.MockTransport(vendor)) as client:
            return len(await asyncio.gather(*map(client.wait, tasks(1000))))

    assert asyncio.run(scenario()) == 1000
    assert most <= 64


def test_waits_that_are_due_together_are_not_sent_as_one_wave() -> None:
    log = []

    async def vendor(request: httpx.Request) -> httpx.Response:
        log.append("begins")
        await asyncio.sleep(0)
        log.append("ends")
        return httpx.Response(200, json=body("completed", id_of(request)))

    async def scenario() -> None:
        async with AsyncClient(KEYS, transport=httpx.MockTransport(vendor)) as client:
            await client.wait_all(tasks(60))

    asyncio.run(scenario())
    assert log.index("ends") < 60


def test_a_crowd_at_one_provider_does_not_hold_up_another() -> None:
    asked = []

    async def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(401, json=REFUSED)

    async def scenario() -> None:
        keys = {**KEYS, "akool": "another-key-0123"}
        one = Task(provider="akool", id="1", state=State.QUEUED)
        first_failure_ends_it = PollPolicy(outage=0)
        async with AsyncClient(
            keys,
            transport=httpx.MockTransport(vendor),
            policy=first_failure_ends_it,
        ) as client:
            await client.wait_all([*tasks(300), one], return_errors=True)

    asyncio.run(scenario())
    assert len(set(asked[:60])) == 2


# Two drivers, one brain


ANSWERS = st.sampled_from(["queued", "processing", "odd", 429, 503, "<html>"])
ENDS = st.sampled_from(["completed", "failed", 401])


@settings(max_examples=examples(30))
@given(
    scripts=st.lists(
        st.tuples(st.lists(ANSWERS, max_size=8), ENDS), min_size=1, max_size=12
    ),
)
def test_both_engines_send_the_same_requests_at_the_same_time(
    scripts: list[tuple[list[str | int], str | int]],
) -> None:
    logs = []
    for kind in (SyncDriver, AsyncDriver):
        clock = FakeClock()
        left = {str(n): [*first, last] for n, (first, last) in enumerate(scripts)}
        log: list[tuple[float, str]] = []

        def vendor(
            request: httpx.Request, left=left, log=log, clock=clock
        ) -> httpx.Response:
            id = id_of(request)
            log.append((clock.elapsed, id))
            match left[id].pop(0):
                case int() as status:
                    return httpx.Response(status, json={"error": "no"})
                case "<html>":
                    return httpx.Response(200, text="<html>")
                case status:
                    return httpx.Response(200, json=body(str(status), id))

        client = kind(
            KEYS,
            transport=httpx.MockTransport(vendor),
            clock=clock,
            policy=PollPolicy(jitter=0, outage=1e4, deadline=1e5, unknown_grace=1e4),
        )
        ended = client.wait_all(tasks(len(scripts)), return_errors=True)
        client.close()
        assert not any(left.values())
        logs.append((sorted(log), [type(what) for what in ended], clock.slept))
    assert logs[0] == logs[1]


# Answers that say nothing new


def test_an_answer_that_says_the_same_is_read_once(connect, monkeypatch) -> None:
    read: list[Task] = []
    fetch = PROVIDERS[XING].fetch

    def counted(id: str) -> Call[Task]:
        call = fetch(id)

        def note(response: httpx.Response) -> Task:
            read.append(call.read(response))
            return read[-1]

        return call._replace(read=note)

    monkeypatch.setattr(PROVIDERS[XING], "fetch", counted)
    queued, running = body("queued"), body("processing")
    vendor = Script(queued, queued, 503, queued, running, queued, body("completed"))
    seen: list[State] = []
    done = connect(vendor, policy=STEADY).wait(
        TASK, on_update=lambda task: seen.append(task.state)
    )
    assert [task.state for task in read] == [State.QUEUED, *seen]
    assert seen == [State.RUNNING, State.QUEUED, State.SUCCEEDED]
    assert vendor.sent == 7
    assert done == read[-1]


def test_a_refusal_in_the_words_of_the_last_answer_is_a_refusal(
    connect, clock: FakeClock
) -> None:
    queued = body("queued")
    vendor = Script(queued, httpx.Response(401, json=queued))
    with pytest.raises(AuthenticationError):
        connect(vendor, policy=STEADY).wait(TASK)
    assert vendor.sent == 2
