"""Many submits in one call, over both clients: what comes back, in which order, and what an interrupt leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
from collections import Counter
from typing import Any

import httpx
import pytest
from imagetasks import (
    AsyncClient,
    AuthenticationError,
    Client,
    ImageRequest,
    InsufficientCredits,
    MalformedResponse,
    RateLimited,
    State,
    Task,
    UnsupportedRequest,
    WaitTimeout,
)
from imagetasks_mock import serve
from support.drivers import AsyncDriver, FakeClock, SyncDriver
from support.tasks import STEADY, created
from vendors import AIG, AKOOL, GPT, KEY, XING, accepted


def prompt_of(request: httpx.Request) -> str:
    body = json.loads(request.content)
    return str(body.get("prompt") or body["input"]["prompt"])


class Vendor:
    """xingchaoyiqing: makes a task with the prompt for its id, unless it is told to answer something else."""

    def __init__(self, **instead: Any) -> None:
        self.instead = instead
        self.prompts: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        prompt = prompt_of(request)
        self.prompts.append(prompt)
        match self.instead.get(prompt, created(prompt)):
            case Exception() as error:
                raise error
            case int() as status:
                return httpx.Response(status, json={"error": "no"})
            case answer:
                return httpx.Response(200, json=answer)


def batch_of(*ids: str) -> dict[str, Any]:
    """AKOOL's answer to a batch: "data" is an array of one object for each image."""
    answer = accepted(AKOOL)
    answer["data"] = [answer["data"] | {"_id": id} for id in ids]
    return answer


def requests(*prompts: str) -> list[ImageRequest]:
    return [ImageRequest(prompt) for prompt in prompts]


def ids(outcomes: list[Any]) -> list[str]:
    return [
        outcome.id if isinstance(outcome, Task) else type(outcome).__name__
        for outcome in outcomes
    ]


# What comes back


def test_tasks_and_errors_come_in_the_order_of_their_requests(connect) -> None:
    vendor = Vendor(
        b=402,
        c=httpx.ReadTimeout("slow"),
        e=created("e") | {"status": "failed", "error": "blocked"},
    )
    asked = requests("a", "b", "c", "d", "e")
    asked.insert(2, ImageRequest("no size like that", size="17x17"))
    outcomes = connect(vendor).submit_many(XING, asked)
    assert ids(outcomes) == [
        "a",
        "InsufficientCredits",
        "InvalidRequest",
        "SubmitOutcomeUnknown",
        "d",
        "TaskFailed",
    ]
    assert Counter(vendor.prompts) == Counter("abcde")
    assert outcomes[3].request == ImageRequest("c")
    assert outcomes[5].task.error.message == "blocked"


def test_no_requests_are_no_tasks(connect) -> None:
    assert connect(Vendor()).submit_many(XING, []) == []


def test_what_is_no_request_or_no_provider_is_refused_before_anything_is_sent(
    connect,
) -> None:
    vendor = Vendor()
    client = connect(vendor)
    with pytest.raises(TypeError, match="not str"):
        client.submit_many(XING, [ImageRequest("a"), "b"])
    with pytest.raises(ValueError, match="unknown provider"):
        client.submit_many("midjourney", requests("a"))
    with pytest.raises(ValueError, match="timeout"):
        client.submit_many(XING, requests("a"), timeout=-1)
    assert vendor.prompts == []


def test_a_provider_without_a_key_is_refused_at_once(driver) -> None:
    with pytest.raises(AuthenticationError, match="AKOOL_API_KEY"):
        driver({XING: KEY}).submit_many(AKOOL, requests("a"))


def test_requests_may_come_from_a_generator(connect) -> None:
    outcomes = connect(Vendor()).submit_many(XING, (ImageRequest(p) for p in "ab"))
    assert ids(outcomes) == ["a", "b"]


def test_each_task_is_told_as_it_is_accepted(connect) -> None:
    told: list[Task] = []
    outcomes = connect(Vendor(b=402)).submit_many(
        XING, requests("a", "b", "c"), on_update=told.append
    )
    assert sorted(ids(told)) == ["a", "c"]
    assert {task.id for task in outcomes if isinstance(task, Task)} == {"a", "c"}


def test_many_tasks_can_be_waited_for(connect) -> None:
    """A task that was just submitted may not be found yet: that is known of these too."""

    def vendor(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return Vendor()(request)
        id = request.url.path.rpartition("/")[2]
        if seen[id] == 0:
            seen[id] += 1
            return httpx.Response(404)
        done = {"status": "completed", "image_url": "https://cdn.example.com/1.png"}
        return httpx.Response(200, json=created(id) | done)

    seen: Counter[str] = Counter()
    client = connect(vendor, policy=STEADY)
    done = client.wait_all(client.submit_many(XING, requests("a", "b")))
    assert [task.state for task in done] == [State.SUCCEEDED] * 2


# How many pictures


def test_where_there_are_no_batches_each_picture_is_a_submit_of_its_own(
    connect,
) -> None:
    vendor = Vendor()
    outcomes = connect(vendor).submit_many(
        XING,
        [ImageRequest("a", count=3), ImageRequest("b"), ImageRequest("c", count=2)],
    )
    assert ids(outcomes) == ["a", "a", "a", "b", "c", "c"]
    assert sorted(vendor.prompts) == ["a", "a", "a", "b", "c", "c"]


def test_each_of_them_has_an_id_of_its_own_where_the_vendor_deduplicates(
    connect,
) -> None:
    """aigptimage: a repeated X-Request-ID "can return the existing task"."""
    sent: list[str] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["X-Request-ID"])
        return httpx.Response(200, json=accepted(AIG))

    connect(vendor).submit_many(AIG, [ImageRequest("a", count=3)])
    assert len(set(sent)) == 3


def test_one_idempotency_key_cannot_make_several_tasks(connect) -> None:
    vendor = Vendor()
    outcomes = connect(vendor).submit_many(
        AIG, [ImageRequest("a", count=2, idempotency_key="order-7")]
    )
    assert ids(outcomes) == ["UnsupportedRequest"] * 2
    assert "its own" in str(outcomes[0])
    assert vendor.prompts == []


def test_a_batch_of_akool_is_one_post_with_a_task_for_each_picture(connect) -> None:
    """ "data is an object when batch_quantity is 1, an array when it is more"; 1 to 4."""
    sent: list[dict[str, Any]] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        count = sent[-1].get("batch_quantity", 1)
        answer = batch_of(*(f"{len(sent)}-{n}" for n in range(count)))
        if count == 1:
            answer["data"] = answer["data"][0]
        return httpx.Response(200, json=answer)

    client = connect(vendor)
    for count, posts in ((1, [None]), (3, [3]), (4, [4]), (9, [4, 4, None])):
        sent.clear()
        outcomes = client.submit_many(AKOOL, [ImageRequest("a", count=count)])
        assert len({task.id for task in outcomes}) == count
        quantities = [body.get("batch_quantity") for body in sent]
        assert sorted(quantities, key=str) == sorted(posts, key=str)
    one = outcomes[0]
    assert one.raw["data"]["_id"] == one.id
    assert one.credits_used == one.raw["data"]["deduction_credit"]


def test_a_batch_is_bounded_by_the_spec_and_not_said_twice(connect) -> None:
    vendor = Vendor()
    outcomes = connect(vendor).submit_many(
        AKOOL, [ImageRequest("a", count=2, extra={"batch_quantity": 3})]
    )
    assert ids(outcomes) == ["UnsupportedRequest"] * 2
    with pytest.raises(UnsupportedRequest, match="submit_many makes 2"):
        connect(vendor).submit(AKOOL, ImageRequest("a", count=2))
    assert vendor.prompts == []


def test_a_batch_that_is_refused_is_refused_in_each_of_its_places(connect) -> None:
    """AKOOL's code 1104: insufficient credit."""
    answers = iter([{"code": 1104, "msg": "no credit"}, batch_of("a", "b")])
    outcomes = connect(lambda _: httpx.Response(200, json=next(answers))).submit_many(
        AKOOL, [ImageRequest("first", count=2)]
    )
    assert [type(outcome) for outcome in outcomes] == [InsufficientCredits] * 2


def test_a_batch_whose_answer_is_lost_is_unknown_in_each_of_its_places(connect) -> None:
    sent: list[httpx.Request] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ReadError("reset")

    outcomes = connect(vendor).submit_many(AKOOL, [ImageRequest("a", count=6)])
    assert ids(outcomes) == ["SubmitOutcomeUnknown"] * 6
    assert [outcome.request.count for outcome in outcomes] == [4, 4, 4, 4, 2, 2]
    assert len(sent) == 2


@pytest.mark.parametrize(
    "items",
    [
        batch_of("a", "b")["data"],
        [*batch_of("a", "b")["data"], {"image_status": 1}, "what?"],
        [*batch_of("a", "b", "a", "b")["data"]],
    ],
    ids=["fewer", "unreadable", "the same twice"],
)
def test_a_task_that_the_answer_leaves_out_may_exist_all_the_same(
    connect, items
) -> None:
    answer = batch_of() | {"data": items}
    outcomes = connect(lambda _: httpx.Response(200, json=answer)).submit_many(
        AKOOL, [ImageRequest("x", count=4)]
    )
    assert ids(outcomes) == ["a", "b", "SubmitOutcomeUnknown", "SubmitOutcomeUnknown"]
    assert "4 tasks were asked for, 2 can be read" in str(outcomes[2])
    assert isinstance(outcomes[2].__cause__, MalformedResponse)


def test_an_answer_to_a_batch_without_any_task_is_unknown(connect) -> None:
    answer = batch_of()
    outcomes = connect(lambda _: httpx.Response(200, json=answer)).submit_many(
        AKOOL, [ImageRequest("x", count=2)]
    )
    assert ids(outcomes) == ["SubmitOutcomeUnknown"] * 2
    assert outcomes[0].__cause__.body


def test_a_task_that_nobody_asked_for_is_told_but_takes_no_place(
    connect, caplog
) -> None:
    told: list[Task] = []
    answer = batch_of("a", "b", "c")
    outcomes = connect(lambda _: httpx.Response(200, json=answer)).submit_many(
        AKOOL, [ImageRequest("x", count=2)], on_update=told.append
    )
    assert ids(outcomes) == ["a", "b"]
    assert ids(told) == ["a", "b", "c"]
    assert "akool task c" in caplog.text


def test_a_batch_may_hold_a_task_that_has_failed_already(connect) -> None:
    answer = batch_of("a", "b")
    answer["data"][1]["image_status"] = 4
    told: list[Task] = []
    outcomes = connect(lambda _: httpx.Response(200, json=answer)).submit_many(
        AKOOL, [ImageRequest("x", count=2)], on_update=told.append
    )
    assert ids(outcomes) == ["a", "TaskFailed"]
    assert outcomes[1].task.id == "b"
    assert ids(told) == ["a"]


# Time


def test_what_was_not_sent_by_the_deadline_says_so(connect, clock: FakeClock) -> None:
    asked: list[str] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(prompt_of(request))
        return httpx.Response(429, headers={"Retry-After": "20"})

    outcomes = connect(vendor, policy=STEADY).submit_many(
        GPT, requests(*map(str, range(100))), timeout=30
    )
    assert {type(outcome) for outcome in outcomes} <= {RateLimited, WaitTimeout}
    unsent = [str(o) for o in outcomes if isinstance(o, WaitTimeout)]
    assert set(unsent) == {"gptimage2api: no time to submit, nothing was sent"}
    assert len(unsent) + len(set(asked)) == 100
    assert clock.elapsed <= 30


def test_without_any_time_nothing_is_sent(connect) -> None:
    vendor = Vendor()
    outcomes = connect(vendor).submit_many(XING, requests("a", "b"), timeout=0)
    assert ids(outcomes) == ["WaitTimeout"] * 2
    assert vendor.prompts == []


def test_a_slow_submit_does_not_hold_up_the_others(driver) -> None:
    """On the wall clock, as exchanges are."""
    others = threading.Event()
    held: set[str] = set()

    class Slow(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if prompt_of(request) == "slow":
                assert others.wait(10)
            return answer(request)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if prompt_of(request) == "slow":
                while not others.is_set():
                    await asyncio.sleep(0)
            return answer(request)

    def answer(request: httpx.Request) -> httpx.Response:
        held.add(prompt_of(request))
        if len(held) == 40:
            others.set()
        return httpx.Response(200, json=created(prompt_of(request)))

    asked = requests("slow", *map(str, range(40)))
    outcomes = driver({XING: KEY}, transport=Slow()).submit_many(XING, asked)
    assert ids(outcomes) == [request.prompt for request in asked]


# Interrupts


class Held(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers nobody before it is let go. `all_asked`: as many as one client asks at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_go = threading.Event()
        self.all_asked = threading.Event()

    def _ask(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(prompt_of(request))
        if len(self.asked) == 15:
            self.all_asked.set()
        return httpx.Response(200, json=created(prompt_of(request)))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._ask(request)
        assert self.may_go.wait(10)
        return answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._ask(request)
        while not self.may_go.is_set():
            await asyncio.sleep(0.001)
        return answer


def test_a_keyboard_interrupt_starts_nothing_new_and_loses_no_task() -> None:
    vendor, told = Held(), []

    def interrupt() -> None:
        assert vendor.all_asked.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        vendor.may_go.set()

    with Client({XING: KEY}, transport=vendor) as client:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            client.submit_many(
                XING, requests(*map(str, range(100))), on_update=told.append
            )
    assert len(vendor.asked) == 15
    assert sorted(ids(told)) == sorted(vendor.asked)


def test_a_cancelled_task_starts_nothing_new_and_loses_no_task() -> None:
    vendor, told = Held(), []

    async def main() -> None:
        async with AsyncClient({XING: KEY}, transport=vendor) as client:
            asked = requests(*map(str, range(100)))
            submitting = asyncio.create_task(
                client.submit_many(XING, asked, on_update=told.append)
            )
            while len(vendor.asked) < 64:
                await asyncio.sleep(0)
            submitting.cancel()
            await asyncio.sleep(0)
            assert not submitting.done()
            vendor.may_go.set()
            with pytest.raises(asyncio.CancelledError):
                await submitting

    asyncio.run(main())
    assert len(vendor.asked) == 64
    assert sorted(ids(told)) == sorted(vendor.asked)


def test_cancelled_twice_it_breaks_off_what_is_under_way() -> None:
    vendor = Held()

    async def main() -> None:
        async with AsyncClient({XING: KEY}, transport=vendor) as client:
            submitting = asyncio.create_task(client.submit_many(XING, requests("a")))
            while not vendor.asked:
                await asyncio.sleep(0)
            for _ in range(2):
                submitting.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await submitting

    asyncio.run(main())
    assert not vendor.may_go.is_set()


def test_an_error_of_the_users_own_function_stops_it_like_an_interrupt(
    connect,
) -> None:
    vendor, told = Vendor(), []

    def tell(task: Task) -> None:
        told.append(task.id)
        if len(told) == 1:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        connect(vendor).submit_many(
            XING, requests(*map(str, range(500))), on_update=tell
        )
    assert len(vendor.prompts) < 500
    assert sorted(told) == sorted(vendor.prompts)


def test_a_fault_of_ours_is_not_taken_for_an_outcome(connect) -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        if prompt_of(request) == "b":
            raise ZeroDivisionError
        return httpx.Response(200, json=created(prompt_of(request)))

    told: list[Task] = []
    with pytest.raises(ZeroDivisionError):
        connect(vendor).submit_many(XING, requests("a", "b"), on_update=told.append)
    assert ids(told) == ["a"]


def test_a_client_on_another_loop_submits_nothing() -> None:
    vendor = Vendor()
    client = AsyncClient({XING: KEY}, transport=httpx.MockTransport(vendor))

    async def submit() -> list[Any]:
        return await client.submit_many(XING, requests("a"))

    assert ids(asyncio.run(submit())) == ["a"]
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(submit())
    assert vendor.prompts == ["a"]


def test_a_closed_client_submits_nothing() -> None:
    client = Client({XING: KEY}, transport=httpx.MockTransport(Vendor()))
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.submit_many(XING, requests("a"))


# Ten thousand


@pytest.mark.parametrize("many", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_requests_do_not_take_a_task_or_a_thread_each(driver, many) -> None:
    most, before = 0, threading.active_count()

    def vendor(request: httpx.Request) -> httpx.Response:
        nonlocal most
        tasks = 0
        with contextlib.suppress(RuntimeError):
            tasks = len(asyncio.all_tasks())
        most = max(most, tasks, threading.active_count() - before)
        return httpx.Response(200, json=created(prompt_of(request)))

    client = driver({XING: KEY}, transport=httpx.MockTransport(vendor))
    asked = requests(*map(str, range(many)))
    assert ids(client.submit_many(XING, asked)) == [r.prompt for r in asked]
    assert most < 80


# Against the mock


@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver], ids=["sync", "async"])
@pytest.mark.parametrize("provider", [XING, AIG, AKOOL, GPT])
def test_pictures_of_every_vendor_are_made_as_often_as_asked(provider, kind) -> None:
    with serve(speed=0, check=True) as mock:
        client = kind({provider: mock.access(provider)})
        outcomes = client.submit_many(
            provider, [ImageRequest("a", count=6), ImageRequest("b")]
        )
        assert len({task.id for task in outcomes}) == 7
        assert [task.prompt for task in mock.tasks].count("a") == 6
        mock.clock.advance(10)
        done = [client.fetch(task) for task in outcomes]
        assert {task.state for task in done} == {State.SUCCEEDED}
        client.close()
        assert mock.violations == []
