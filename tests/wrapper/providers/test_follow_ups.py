"""Upscaling, variations and the balance: what AKOOL documents beside submits, and what is refused without asking it."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest
from imagetasks import (
    AuthenticationError,
    FollowUp,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollPolicy,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    TaskNotFound,
    UnsupportedRequest,
    WaitTimeout,
)
from imagetasks_clients.akool.models import Button
from imagetasks_mock import serve
from support.drivers import FakeClock, Script
from support.specs import answers, operation
from vendors import AIG, AKOOL, GPT, KEY, XING, finished

PRESSED = next(answers(operation(AKOOL, "createByButton"))).value
BALANCE = next(answers(operation(AKOOL, "getCredit"))).value


@pytest.fixture
def picture(connect) -> Task:
    """The finished image of the page, with all of its buttons."""
    task: Task = connect(Script(finished(AKOOL))).fetch(
        AKOOL, "662a10df4197b3af58532e89"
    )
    assert task.raw["data"]["buttons"] == [str(button) for button in Button]
    return task


def with_buttons(task: Task, **data: Any) -> Task:
    return replace(task, raw={"data": task.raw["data"] | data})


# Follow-ups


def test_a_follow_up_is_a_new_task_by_the_documented_button(connect, picture) -> None:
    """ "U1-U4 for 4K upscale, V1-V4 for variations"."""
    vendor = Script(PRESSED)
    client = connect(vendor)
    made = client.upscale(picture, 2)
    client.vary(picture, 4, webhook_url="https://example.com/hook")
    assert (made.provider, made.id) == (AKOOL, PRESSED["data"]["_id"])
    assert made.state is State.QUEUED
    assert made.credits_used == 2
    assert made.raw == PRESSED
    assert [request.url.path for request in vendor.requests] == [
        "/api/open/v3/content/image/createbybutton"
    ] * 2
    assert [json.loads(request.content) for request in vendor.requests] == [
        {"_id": picture.id, "button": "U2"},
        {"_id": picture.id, "button": "V4", "webhookUrl": "https://example.com/hook"},
    ]


@pytest.mark.parametrize("provider", [XING, AIG, GPT])
def test_elsewhere_nothing_is_documented(connect, provider) -> None:
    vendor = Script(500)
    client = connect(vendor)
    task = Task(provider=provider, id="1", state=State.SUCCEEDED)
    for ask in (
        lambda: client.upscale(task, 1),
        lambda: client.vary(task, 1),
        lambda: client.balance(provider),
        lambda: client.cancel(task),
    ):
        with pytest.raises(UnsupportedRequest, match=f"^{provider}: its API documents"):
            ask()
    assert vendor.sent == 0


@pytest.mark.parametrize("n", [0, 5, -1, "1 ", True, 1.5])
def test_there_are_four_pictures(connect, picture, n) -> None:
    vendor = Script(500)
    with pytest.raises(UnsupportedRequest, match="from 1 to 4"):
        connect(vendor).upscale(picture, n)
    assert vendor.sent == 0


def test_what_the_snapshot_rules_out_is_refused_without_asking(
    connect, picture
) -> None:
    """A used button moves from `buttons` to `used_buttons`, and works once only."""
    vendor = Script(500)
    client = connect(vendor)
    for task, why in (
        (replace(picture, state=State.RUNNING), "only a finished picture"),
        (replace(picture, state=State.FAILED), "only a finished picture"),
        (with_buttons(picture, used_buttons=["U1"]), "U1 has been used"),
        (with_buttons(picture, buttons=["U2", "V1"]), "no button U1, only U2, V1"),
        (with_buttons(picture, buttons=[]), "only none at all"),
    ):
        with pytest.raises(UnsupportedRequest, match=why):
            client.upscale(task, 1)
    assert vendor.sent == 0


@pytest.mark.parametrize("buttons", [None, "U1", 7, {}])
def test_a_snapshot_that_does_not_tell_leaves_it_to_the_vendor(
    connect, picture, buttons
) -> None:
    """Whether images of the v4 call have buttons is not documented."""
    task = with_buttons(picture, buttons=buttons, used_buttons=buttons)
    assert connect(Script(PRESSED)).upscale(task, 1).id == PRESSED["data"]["_id"]
    bare = replace(picture, raw={"data": None})
    assert connect(Script(PRESSED)).upscale(bare, 1).id == PRESSED["data"]["_id"]


def test_a_task_from_a_token_is_fetched_first(connect, picture) -> None:
    vendor = Script(finished(AKOOL), PRESSED)
    client = connect(vendor)
    client.upscale(Task.from_token(picture.to_token()), 1)
    assert [request.method for request in vendor.requests] == ["GET", "POST"]
    used = finished(AKOOL)
    used["data"] |= {"buttons": ["V1"], "used_buttons": ["U1"]}
    vendor = Script(used)
    with pytest.raises(UnsupportedRequest, match="has been used"):
        connect(vendor).upscale(Task.from_token(picture.to_token()), 1)
    assert [request.method for request in vendor.requests] == ["GET"]


def test_when_that_fetch_fails_nothing_was_bought(connect, picture) -> None:
    vendor = Script({"code": 1008, "msg": "content does not exist"})
    with pytest.raises(TaskNotFound):
        connect(vendor).upscale(Task.from_token(picture.to_token()), 1)
    assert vendor.sent == 1


def test_a_client_presses_a_button_once(connect, picture) -> None:
    vendor = Script(PRESSED)
    client = connect(vendor)
    client.upscale(picture, 1)
    with pytest.raises(UnsupportedRequest, match="this client has used its button U1"):
        client.upscale(picture, 1)
    client.vary(picture, 1)
    client.upscale(replace(picture, id="another"), 1)
    assert vendor.sent == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"code": 1104, "msg": "no credit"}, InsufficientCredits),
        ({"code": 1010, "msg": "cannot operate"}, InvalidRequest),
        ({"code": 1108, "msg": "try again later"}, ServerError),
        (httpx.ConnectError("refused"), NetworkError),
        (401, AuthenticationError),
    ],
    ids=repr,
)
def test_a_button_that_was_refused_can_be_pressed_again(
    connect, picture, answer, error
) -> None:
    vendor = Script(answer)
    client = connect(vendor)
    with pytest.raises(error):
        client.upscale(picture, 1)
    vendor.answers = [PRESSED]
    assert client.upscale(picture, 1).state is State.QUEUED


@pytest.mark.parametrize(
    "answer",
    [httpx.ReadTimeout("slow"), 408, 500, 503, "not JSON", '{"code": 1000}', 302],
    ids=repr,
)
def test_what_may_have_arrived_is_neither_repeated_nor_pressed_again(
    connect, picture, answer
) -> None:
    vendor = Script(answer, PRESSED)
    client = connect(vendor)
    with pytest.raises(SubmitOutcomeUnknown) as caught:
        client.vary(picture, 3)
    assert caught.value.provider == AKOOL
    assert caught.value.request == FollowUp(picture.id, "V3")
    assert caught.value.idempotency_key is None
    with pytest.raises(UnsupportedRequest, match="has used"):
        client.vary(picture, 3)
    assert vendor.sent == 1


def test_a_follow_up_that_has_failed_already_is_a_failed_task(connect, picture) -> None:
    vendor = Script(PRESSED | {"data": PRESSED["data"] | {"image_status": 4}})
    client = connect(vendor)
    with pytest.raises(TaskFailed):
        client.upscale(picture, 1)
    with pytest.raises(UnsupportedRequest, match="has used"):
        client.upscale(picture, 1)


def test_a_429_is_waited_for_as_with_any_submit(
    connect, picture, clock: FakeClock
) -> None:
    vendor = Script(httpx.Response(429, headers={"Retry-After": "9"}), PRESSED)
    connect(vendor).upscale(picture, 1)
    assert clock.slept == [9]


def test_without_any_time_nothing_is_pressed(connect, picture) -> None:
    vendor = Script(PRESSED)
    client = connect(vendor, policy=PollPolicy(deadline=0))
    for _ in range(2):
        with pytest.raises(WaitTimeout, match="nothing was sent"):
            client.upscale(picture, 1)
    assert vendor.sent == 0


def test_two_at_once_press_a_button_once(connect, picture) -> None:
    """Threads may share a client, and so may tasks of asyncio."""
    client = connect(Script(PRESSED))
    outcomes: list[object] = []

    def press() -> None:
        try:
            outcomes.append(client.client.upscale(picture, 1))
        except UnsupportedRequest as error:
            outcomes.append(error)

    async def press_together() -> None:
        done = await asyncio.gather(
            *(client.client.upscale(picture, 1) for _ in range(4)),
            return_exceptions=True,
        )
        outcomes.extend(done)

    if hasattr(client.client, "aclose"):
        client._runner.run(press_together())
    else:
        threads = [threading.Thread(target=press) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Task",
        *["UnsupportedRequest"] * 3,
    ]


# The balance


def test_the_balance_is_the_credits_that_are_left(connect) -> None:
    vendor = Script(BALANCE)
    assert connect(vendor).balance(AKOOL) == BALANCE["data"]["credit"]
    (request,) = vendor.requests
    assert request.method == "GET"
    assert request.url.path == "/api/open/v3/faceswap/quota/info"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"code": 1101, "msg": "invalid authorization"}, AuthenticationError),
        (500, ServerError),
        (httpx.ReadError("reset"), NetworkError),
        ({"code": 1000, "msg": "OK"}, MalformedResponse),
        ({"code": 1000, "data": None}, MalformedResponse),
        ({"code": 1000, "data": {"credit": "12"}}, MalformedResponse),
        ({"code": 1000, "data": {"credit": True}}, MalformedResponse),
        ('{"code": 1000, "data": {"credit": NaN}}', MalformedResponse),
        ('{"code": 1000, "data": {"credit": 1e999}}', MalformedResponse),
        ("<html>", MalformedResponse),
    ],
    ids=repr,
)
def test_a_balance_that_cannot_be_read_is_a_typed_error_after_one_exchange(
    connect, answer, error
) -> None:
    vendor = Script(answer)
    with pytest.raises(error) as caught:
        connect(vendor).balance(AKOOL)
    assert caught.value.provider == AKOOL
    assert vendor.sent == 1


# Against the mock


def test_follow_ups_and_the_balance_run_end_to_end(driver) -> None:
    """ "1 credit per image" for 4k; the button page's example shows 2."""
    accounts = [{"key": KEY, "credits": {AKOOL: 20}}]
    with serve(scenario={"accounts": accounts}, speed=0, check=True) as mock:
        client = driver({AKOOL: mock.access(AKOOL)})

        def finish(task: Task) -> Task:
            mock.clock.advance(10)
            seen: Task = client.fetch(task)
            assert seen.state is State.SUCCEEDED
            return seen

        assert client.balance(AKOOL) == 20
        first, *others = client.submit_many(
            AKOOL, [ImageRequest("a lighthouse", resolution="4k", count=4)]
        )
        assert len(others) == 3
        assert client.balance(AKOOL) == 16
        picture = finish(first)
        larger, other = client.upscale(picture, 1), client.vary(picture, 4)
        assert client.balance(AKOOL) == 12
        assert len({first.id, larger.id, other.id}) == 3
        assert finish(larger).artifacts
        assert finish(other).artifacts

        seen = client.fetch(picture)
        assert seen.raw["data"]["used_buttons"] == ["U1", "V4"]
        stranger = driver({AKOOL: mock.access(AKOOL)})
        with pytest.raises(UnsupportedRequest, match="U1 has been used"):
            stranger.upscale(seen, 1)
        # "already processed" (1011): what a stale snapshot does not know, the vendor does.
        with pytest.raises(InvalidRequest) as caught:
            stranger.upscale(picture, 1)
        assert caught.value.code == "1011"
        with pytest.raises(UnsupportedRequest, match="only none at all"):
            client.vary(client.fetch(larger), 1)
        assert client.balance(AKOOL) == 12
        assert mock.violations == []
