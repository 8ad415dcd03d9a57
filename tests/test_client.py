"""What users call, over both clients: submit, fetch, wait, run, and many tasks at once."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from broken_server import answer, broken_server
from drivers import FakeClock, Script
from imagetasks import (
    Access,
    AsyncClient,
    AuthenticationError,
    Client,
    ImageRequest,
    InvalidRequest,
    NetworkError,
    PollOutage,
    PollPolicy,
    ServerError,
    State,
    Task,
    TaskFailed,
    WaitTimeout,
)

XING = "xingchaoyiqing"
STEADY = PollPolicy(jitter=0)
TASK = Task(provider=XING, id="image_1", state=State.QUEUED, wire_state="queued")
REQUEST = ImageRequest("a lighthouse")


def body(status: str, id: str = "image_1") -> dict[str, object]:
    return {
        "id": id,
        "object": "image.generation",
        "created": 1774836724,
        "model": "gpt-image-2",
        "status": status,
        "image_url": f"https://cdn.example.com/{id}.png"
        if status == "completed"
        else None,
        "error": "content policy violation" if status == "failed" else None,
    }


def created(id: str = "image_1") -> dict[str, object]:
    return body("queued", id) | {"object": "image"}


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
    vendor = Script(body("queued"))
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


# Many at once


def fleet_vendor(states: dict[str, list[str]]):
    """Answers by task id, each from its own list of states; the last one stays."""

    def handler(request: httpx.Request) -> httpx.Response:
        id = request.url.path.rpartition("/")[2]
        left = states[id]
        status = left.pop(0) if len(left) > 1 else left[0]
        return (
            httpx.Response(503)
            if status == "down"
            else httpx.Response(200, json=body(status, id))
        )

    return handler


def tasks(*ids: str) -> list[Task]:
    return [
        Task(provider=XING, id=id, state=State.QUEUED, wire_state="queued")
        for id in ids
    ]


def test_tasks_come_as_they_end(connect) -> None:
    vendor = fleet_vendor(
        {
            "slow": ["processing", "processing", "completed"],
            "fast": ["completed"],
            "mid": ["down", "completed"],
        }
    )
    done = connect(vendor, policy=STEADY).as_completed(tasks("slow", "fast", "mid"))
    assert [task.id for task in done] == ["fast", "mid", "slow"]


def test_wait_all_keeps_the_order(connect) -> None:
    vendor = fleet_vendor({"a": ["processing", "completed"], "b": ["completed"]})
    done = connect(vendor, policy=STEADY).wait_all(tasks("a", "b", "a"))
    assert [task.id for task in done] == ["a", "b", "a"]


def test_errors_take_the_place_of_their_tasks_when_asked(connect) -> None:
    vendor = fleet_vendor(
        {"good": ["processing", "completed"], "bad": ["failed"], "gone": ["down"]}
    )
    ended = connect(vendor, policy=STEADY).wait_all(
        tasks("bad", "good", "gone"), return_errors=True
    )
    assert [type(what) for what in ended] == [TaskFailed, Task, PollOutage]
    assert [getattr(what, "task", what).id for what in ended] == ["bad", "good", "gone"]


def test_a_provider_without_a_key_takes_the_place_of_its_own_tasks_only(
    driver, clock
) -> None:
    vendor = httpx.MockTransport(Script(body("completed")))
    client = driver({XING: "secret-key-0123"}, transport=vendor, clock=clock)
    stranger = Task(provider="akool", id="1", state=State.QUEUED)
    missing, done = client.wait_all([stranger, TASK], return_errors=True)
    assert isinstance(missing, AuthenticationError)
    assert missing.task == stranger
    assert done.state is State.SUCCEEDED
    for call in (
        lambda: client.wait(stranger),
        lambda: client.wait_all([TASK, stranger]),
    ):
        with pytest.raises(AuthenticationError, match="AKOOL_API_KEY") as caught:
            call()
        assert caught.value.task == stranger


def test_an_answer_that_spells_the_id_otherwise_is_asked_for_by_its_own(
    connect,
) -> None:
    """aigptimage's pages show two forms of id for what may be one task."""
    for method in ("wait_all", "wait"):
        vendor = Script(body("processing", "OTHER"), body("completed", "OTHER"))
        client = connect(vendor, policy=STEADY)
        getattr(client, method)(TASK if method == "wait" else [TASK])
        assert {r.url.path.rpartition("/")[2] for r in vendor.requests} == {"image_1"}


def test_the_first_error_is_raised_else(connect) -> None:
    vendor = fleet_vendor({"good": ["processing", "completed"], "bad": ["failed"]})
    for method in ("wait_all", "as_completed"):
        with pytest.raises(TaskFailed) as caught:
            getattr(connect(vendor, policy=STEADY), method)(tasks("good", "bad"))
        assert caught.value.task.id == "bad"


def test_one_timeout_bounds_them_all(connect, clock: FakeClock) -> None:
    vendor = fleet_vendor({"a": ["processing"], "b": ["completed"]})
    ended = connect(vendor, policy=STEADY).wait_all(
        tasks("a", "b"), timeout=20, return_errors=True
    )
    assert [type(what) for what in ended] == [WaitTimeout, Task]
    assert clock.elapsed <= 20


def test_no_tasks_are_no_work(connect) -> None:
    client = connect(Script(500))
    assert client.wait_all([]) == []
    assert client.as_completed([]) == []


def test_a_user_who_stops_listening_stops_the_polling() -> None:
    vendor = Script(body("completed"))
    with Client(
        {XING: "secret-key-0123"}, transport=httpx.MockTransport(vendor)
    ) as client:
        for _task in client.as_completed(tasks("a")):
            break
    assert vendor.sent == 1


# Access


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", " key-from-env\n")
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:1/akool")
    for kind in (Client, AsyncClient):
        client = kind.from_env()
        assert repr(client) == f"{kind.__name__}(akool)"
        assert client._access["akool"] == Access(
            "key-from-env", "http://127.0.0.1:1/akool"
        )


def test_no_key_at_all_is_an_error_that_names_the_variables() -> None:
    for make in (Client.from_env, lambda: Client({})):
        with pytest.raises(AuthenticationError) as caught:
            make()
        for variable in (
            "XINGCHAOYIQING_API_KEY",
            "AIGPTIMAGE_API_KEY",
            "AKOOL_API_KEY",
            "GPTIMAGE2API_API_KEY",
        ):
            assert variable in str(caught.value)


def test_an_unknown_provider_is_an_error_that_lists_them(connect) -> None:
    with pytest.raises(
        ValueError, match=r"midjourney.*xingchaoyiqing, aigptimage, akool"
    ):
        Client({"midjourney": "key"})
    client = connect(Script(500))
    for call in (
        lambda: client.submit("midjourney", REQUEST),
        lambda: client.fetch("midjourney", "1"),
        lambda: client.wait(Task(provider="midjourney", id="1", state=State.QUEUED)),
    ):
        with pytest.raises(ValueError, match="midjourney"):
            call()


def test_a_provider_without_a_key_is_an_error_that_names_its_variable(driver) -> None:
    with pytest.raises(AuthenticationError, match="AKOOL_API_KEY"):
        driver({XING: "secret-key-0123"}).submit("akool", REQUEST)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel", None])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        Access(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "akool.com",
        "ftp://x/",
        "http://",
        "http://h:port/",
        "http://h/?q",
        "http://u:hunter2@h/",
    ],
)
def test_a_base_url_that_is_none_is_refused(url) -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        Access("key", url)
    assert "hunter2" not in str(caught.value)


def test_a_base_url_stands_in_for_the_server_path_included(driver) -> None:
    vendor = Script(body("queued"))
    for base in ("http://127.0.0.1:9/mock/x", "http://127.0.0.1:9/mock/x/"):
        client = driver(
            {XING: Access("key", base)}, transport=httpx.MockTransport(vendor)
        )
        client.fetch(XING, "1")
        assert str(vendor.requests[-1].url) == "http://127.0.0.1:9/mock/x/v1/result/1"


def test_the_default_address_is_the_specs(connect) -> None:
    vendor = Script(body("queued"))
    connect(vendor).fetch(XING, "1")
    url = "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/1"
    assert str(vendor.requests[0].url) == url


def test_access_is_a_key_or_an_access() -> None:
    for nonsense in (None, 5, b"key"):
        with pytest.raises(TypeError, match="akool: access is a key"):
            Client({"akool": nonsense})  # type: ignore[dict-item]


def test_nonsense_is_refused_before_anything_is_sent(connect) -> None:
    vendor = Script(500)
    client = connect(vendor)
    for call, kind in (
        (lambda: client.submit(XING, "a lighthouse"), TypeError),
        (lambda: client.fetch(XING, ""), ValueError),
        (lambda: client.wait(TASK, timeout=-1), ValueError),
        (lambda: client.wait(TASK, timeout=float("nan")), ValueError),
    ):
        with pytest.raises(kind):
            call()
    assert vendor.sent == 0


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
    from drivers import AsyncDriver, SyncDriver

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
