"""`Submitting`: told right before each POST leaves, for whoever writes down what may be paid for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from imagetasks import (
    Access,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    Submitting,
)
from support.drivers import FakeClock, Script

AIG, GPT = "aigptimage", "gptimage2api"
KEY = "secret-key-0123"
REQUEST = ImageRequest("a very secret lighthouse")
ACCEPTED = {"code": 200, "msg": "success", "data": {"taskId": "task_1"}}


class Log:
    """What was told and sent, in order, with the time of each."""

    def __init__(self, clock: FakeClock, *answers: Any) -> None:
        self._clock = clock
        self._script = Script(*answers)
        self.entries: list[tuple[object, float]] = []

    @property
    def events(self) -> list[Submitting]:
        return [what for what, _ in self.entries if isinstance(what, Submitting)]

    @property
    def requests(self) -> list[httpx.Request]:
        return self._script.requests

    def on_event(self, event: object) -> None:
        if isinstance(event, Submitting):
            self.entries.append((event, self._clock()))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.entries.append((request.method, self._clock()))
        return self._script(request)


@pytest.fixture
def logged(driver, clock) -> Callable[..., tuple[Any, Log]]:
    def make(*answers: Any, tier: str | None = None, **options: Any) -> tuple[Any, Log]:
        log = Log(clock, *answers)
        access = {AIG: Access(KEY, tier=tier), GPT: KEY}
        transport = httpx.MockTransport(log)
        client = driver(
            access,
            transport=transport,
            clock=clock,
            on_event=log.on_event,
            policy=PollPolicy(jitter=0),
            **options,
        )
        return client, log

    return make


def test_it_is_told_right_before_the_post(logged) -> None:
    client, log = logged(ACCEPTED)
    client.submit(AIG, REQUEST, label="row 7")
    (event, _), (method, _) = log.entries
    assert (event.provider, event.label, method) == (AIG, "row 7", "POST")
    assert "secret" not in repr(log.entries)


def test_it_has_the_key_that_makes_a_repetition_safe(logged) -> None:
    """Also the one that the client has made."""
    client, log = logged(ACCEPTED)
    client.submit(AIG, REQUEST)
    client.submit(AIG, replace(REQUEST, idempotency_key="my-own"))
    sent = [request.headers["x-request-id"] for request in log.requests]
    assert [event.idempotency_key for event in log.events] == sent
    assert sent[1] == "my-own"


def test_there_is_no_such_key_where_none_is_documented(logged) -> None:
    client, log = logged({"taskId": "t1"})
    with suppress(ImageTasksError):  # what the answer means is not the question
        client.submit(GPT, REQUEST)
    assert log.events == [Submitting(provider=GPT, label=None, idempotency_key=None)]


def test_each_attempt_is_told_of(logged) -> None:
    client, log = logged(429, httpx.ConnectError("refused"), ACCEPTED)
    client.submit(AIG, REQUEST)
    assert [type(what) for what, _ in log.entries] == [Submitting, str] * 3
    assert len(set(log.events)) == 1
    times = [at for _, at in log.entries]
    assert times[0::2] == times[1::2]


def test_waiting_for_the_rate_comes_before_it(logged) -> None:
    client, log = logged(ACCEPTED, tier="free")
    labels = [str(n) for n in range(5)]
    client.submit_many(AIG, [REQUEST] * 5, label=labels)
    assert sorted(event.label or "" for event in log.events) == labels
    told = [at for what, at in log.entries if isinstance(what, Submitting)]
    posts = [at for what, at in log.entries if what == "POST"]
    assert sorted(told) == sorted(posts)
    assert len(set(posts)) > 1


def test_what_is_refused_before_it_is_sent_is_not_told(logged) -> None:
    client, log = logged(ACCEPTED)
    with pytest.raises(ImageTasksError):
        client.submit(AIG, replace(REQUEST, count=2))
    assert log.entries == []


def test_the_journal_has_its_intent_by_then(driver, clock, journal_file) -> None:
    known: list[bool] = []

    def on_event(event: object) -> None:
        if isinstance(event, Submitting):
            known.append(b"row 7" in wal(journal_file))

    client = driver(
        {AIG: KEY},
        transport=httpx.MockTransport(Script(ACCEPTED)),
        clock=clock,
        on_event=on_event,
        journal=journal_file,
    )
    client.submit(AIG, REQUEST, label="row 7")
    assert known == [True]


def wal(file: Any) -> bytes:
    """All that is on the disk of a journal: its log, too."""
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
