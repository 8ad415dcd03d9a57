"""What users call, over both clients: submit, fetch, wait and run, and the life of a client."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from imagetasks import (
    Access,
    AsyncClient,
    AuthenticationError,
    Client,
    InvalidRequest,
    NetworkError,
    PollOutage,
    ServerError,
    State,
    Task,
    TaskFailed,
    WaitTimeout,
)
from support.broken_server import answer, broken_server
from support.drivers import FakeClock, Script
from support.tasks import REQUEST, STEADY, TASK, XING, body, created


def test_waits_through_queue_and_blips(connect, clock: FakeClock) -> None:
    vendor = Script(
        body("queued"),
        503,
        httpx.ReadError("reset"),
        "<html>",
        body("processing"),
        body("completed"),
    )
    done = connect(vendor, policy=STEADY).wait(TASK)
    assert done.state is State.SUCCEEDED
    assert [a.url for a in done.artifacts] == ["https://cdn.example.com/image_1.png"]
    assert clock.slept == [2, 2, 2, 2, 2]


def test_reports_each_change_of_state_once(connect) -> None:
    seen: list[State] = []
    vendor = Script(
        body("queued"),
        body("processing"),
        body("processing"),
        body("odd"),
        body("completed"),
    )
    connect(vendor, policy=STEADY).wait(
        TASK, on_update=lambda task: seen.append(task.state)
    )
    assert seen == [State.RUNNING, State.UNKNOWN, State.SUCCEEDED]


def test_run_is_submit_and_wait_under_one_timeout(connect, clock: FakeClock) -> None:
    seen: list[State] = []
    vendor = Script(
        created(), body("processing"), body("completed"), clock=clock, takes=0.5
    )
    done = connect(vendor, policy=STEADY).run(
        XING, REQUEST, timeout=60, on_update=lambda task: seen.append(task.state)
    )
    assert done.state is State.SUCCEEDED
    assert seen == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
    assert [r.method for r in vendor.requests] == ["POST", "GET", "GET"]


def test_the_timeout_of_run_counts_from_before_the_submit(
    connect, clock: FakeClock
) -> None:
    vendor = Script(created(), body("processing"), clock=clock, takes=4)
    with pytest.raises(WaitTimeout) as caught:
        connect(vendor, policy=STEADY).run(XING, REQUEST, timeout=10)
    assert clock.elapsed <= 14
    assert caught.value.task.id == "image_1"


def test_without_any_time_nothing_is_sent(connect) -> None:
    vendor = Script(created())
    with pytest.raises(WaitTimeout, match="nothing was sent"):
        connect(vendor).run(XING, REQUEST, timeout=0)
    assert vendor.sent == 0


def test_a_wait_that_timed_out_can_go_on(connect) -> None:
    vendor = Script(body("processing"))
    client = connect(vendor, policy=STEADY)
    with pytest.raises(WaitTimeout) as caught:
        client.wait(TASK, timeout=5)
    vendor.answers = [body("completed")]
    assert client.wait(caught.value.task).state is State.SUCCEEDED


def test_a_terminal_task_makes_no_request(connect) -> None:
    vendor = Script(500)
    client = connect(vendor)
    done = Task(provider=XING, id="image_1", state=State.SUCCEEDED)
    assert client.wait(done) is done
    failed = Task(provider=XING, id="image_2", state=State.FAILED)
    with pytest.raises(TaskFailed, match="no reason"):
        client.wait(failed)
    assert client.wait_all([done]) == [done]
    assert vendor.sent == 0


def test_a_failed_task_raises_with_the_vendors_words(connect) -> None:
    with pytest.raises(TaskFailed, match="content policy violation") as caught:
        connect(Script(body("failed")), policy=STEADY).wait(TASK)
    assert caught.value.task.error.message == "content policy violation"
    assert caught.value.task.error.code is None


def test_fetch_is_one_exchange_whatever_the_state(connect) -> None:
    client = connect(Script(body("failed")))
    assert client.fetch(TASK).state is State.FAILED
    assert client.fetch(XING, "image_1").state is State.FAILED
    vendor = Script(503)
    with pytest.raises(ServerError) as caught:
        connect(vendor).fetch(TASK)
    assert vendor.sent == 1
    assert caught.value.task is TASK
    assert caught.value.retryable


def test_every_error_of_a_wait_carries_the_task(connect) -> None:
    for answers, kind in (
        ((httpx.ReadError("x"),), PollOutage),
        ((400,), InvalidRequest),
        ((401,), AuthenticationError),
        ((body("processing"),), WaitTimeout),
        ((body("failed"),), TaskFailed),
    ):
        with pytest.raises(kind) as caught:
            connect(Script(*answers), policy=STEADY).wait(TASK, timeout=90)
        assert caught.value.task.id == "image_1"


def test_an_id_is_escaped_into_the_path(connect) -> None:
    vendor = Script(body("queued", "a/../b?c#d"))
    connect(vendor).fetch(XING, "a/../b?c#d")
    assert vendor.requests[0].url.raw_path.endswith(b"/v1/result/a%2F..%2Fb%3Fc%23d")


def test_requests_say_who_they_are_and_carry_the_documented_header(connect) -> None:
    expected = {
        XING: ("authorization", "Bearer secret-key-0123"),
        "aigptimage": ("authorization", "Bearer secret-key-0123"),
        "akool": ("x-api-key", "secret-key-0123"),
        "gptimage2api": ("authorization", "Bearer secret-key-0123"),
    }
    for provider, (header, value) in expected.items():
        vendor = Script(500)
        with pytest.raises(ServerError):
            connect(vendor).fetch(provider, "x")
        sent = vendor.requests[0].headers
        assert sent[header] == value
        assert ("authorization" in sent) != (
            "x-api-key" in sent
        )  # akool drops the key else
        assert sent["user-agent"].startswith("imagetasks/")


# Life of a client


def test_a_closed_client_says_so(driver) -> None:
    client = driver({XING: "secret-key-0123"})
    (client.aclose if hasattr(client.client, "aclose") else client.client.close)()
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(TASK)


def test_an_async_client_in_another_loop_says_so() -> None:
    client = AsyncClient(
        {XING: "key"}, transport=httpx.MockTransport(Script(body("queued")))
    )
    asyncio.run(client.fetch(TASK))
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(client.fetch(TASK))


def test_threads_may_share_a_client() -> None:
    vendor = Script(body("completed"))
    with Client(
        {XING: "secret-key-0123"}, transport=httpx.MockTransport(vendor)
    ) as client:
        seen: list[Task] = []
        threads = [
            threading.Thread(target=lambda: seen.append(client.wait(TASK)))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 20


def test_a_cancelled_wait_leaves_at_once_and_the_client_goes_on() -> None:
    async def scenario() -> State:
        started = asyncio.Event()

        async def vendor(request: httpx.Request) -> httpx.Response:
            started.set()
            await asyncio.sleep(3600)
            raise AssertionError

        transport = httpx.MockTransport(vendor)
        async with AsyncClient(
            {XING: "secret-key-0123"}, transport=transport
        ) as client:
            waiting = asyncio.create_task(client.wait(TASK))
            await started.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            transport.handler = Script(body("processing"))
            return (await client.fetch(TASK)).state

    assert asyncio.run(scenario()) is State.RUNNING


def test_both_clients_send_the_same_requests(clock: FakeClock) -> None:
    """Two drivers over one brain: for the same answers the request logs must be equal."""
    from support.drivers import AsyncDriver, SyncDriver

    logs = []
    for kind in (SyncDriver, AsyncDriver):
        time = FakeClock()
        vendor = Script(
            429,
            created(),
            body("queued"),
            httpx.ReadError("x"),
            body("odd"),
            502,
            body("completed"),
        )
        client = kind(
            {XING: "secret-key-0123"}, transport=httpx.MockTransport(vendor), clock=time
        )
        client.run(XING, REQUEST)
        client.close()
        logs.append(
            ([(r.method, r.url, r.content) for r in vendor.requests], time.slept)
        )
    assert logs[0] == logs[1]


def test_no_log_holds_a_key(caplog: pytest.LogCaptureFixture, driver) -> None:
    caplog.set_level(0)
    with broken_server(answer(body("completed"))) as server:
        driver({XING: Access("secret-key-0123", server.url)}).wait(TASK)
    assert caplog.records
    assert "secret-key" not in caplog.text


def test_network_errors_are_translated_with_their_cause(connect) -> None:
    with pytest.raises(
        NetworkError, match="xingchaoyiqing: ReadError: reset"
    ) as caught:
        connect(Script(httpx.ReadError("reset"))).fetch(TASK)
    assert isinstance(caught.value.__cause__, httpx.ReadError)
