"""Whatever vendors answer to whatever is asked: every task has its place, and nothing is bought twice."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    SubmitOutcomeUnknown,
    Task,
)
from support.drivers import AsyncDriver, FakeClock, SyncDriver
from vendors import AIG, AKOOL, GPT, KEY, XING, accepted

# What proves that nothing was made, and what does not.
HARMLESS = [httpx.ConnectError("refused"), httpx.PoolTimeout("busy"), 429, 400, 402]
AMBIGUOUS = [
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    302,
    408,
    500,
    503,
    "",
    "<html>",
    '{"code": 1000}',
]
GOOD = ["good"] * 6
ODD_BATCHES = ["fewer", "more", "none", "twice", "failed"]
ANSWERS = st.sampled_from([*HARMLESS, *AMBIGUOUS, *GOOD, *ODD_BATCHES])
FAILED = {XING: ("status", "failed"), AKOOL: ("image_status", 4)}


class Vendor:
    """Answers by a script, in the order in which it is asked, and remembers what it has made of which POST."""

    def __init__(self, provider: str, script: list[Any]) -> None:
        self.provider = provider
        self.script = list(script)
        self.made: dict[str, list[str]] = {}
        self.may_have_arrived: Counter[str] = Counter()
        self._one_at_a_time = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._one_at_a_time:
            return self._receive(request)

    def _receive(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        post = body.get("prompt") or body["input"]["prompt"]
        key = request.headers.get("X-Request-ID", "")
        answer = self.script.pop() if self.script else "good"
        if not any(answer is harmless for harmless in HARMLESS):
            self.may_have_arrived[key or post] += 1
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer, headers={"Retry-After": "1"})
        if answer not in ("good", *ODD_BATCHES):
            return httpx.Response(200, text=answer)
        return httpx.Response(200, json=self._answer(answer, body, key or post))

    def _answer(self, kind: str, body: Any, post: str) -> Any:
        answer = accepted(self.provider)
        count = body.get("batch_quantity", 1)
        if self.provider == AKOOL and count > 1:
            few_or_many = {"fewer": count - 1, "more": count + 2, "none": 0}
            ids = [self._id(post) for _ in range(few_or_many.get(kind, count))]
            if kind == "twice":
                self.made[post].pop()
                ids[-1] = ids[0]
            answer["data"] = [answer["data"] | {"_id": id} for id in ids]
            if kind == "failed":
                answer["data"][0]["image_status"] = 4
            return answer
        id = self._id(post)
        text = json.dumps(answer)
        for old in _ids(self.provider, answer):
            text = text.replace(old, id)
        answer = json.loads(text)
        if kind == "failed" and self.provider in FAILED:
            field, value = FAILED[self.provider]
            answer.get("data", answer)[field] = value
        return answer

    def _id(self, post: str) -> str:
        made = self.made.setdefault(post, [])
        made.append(f"made-{sum(map(len, self.made.values()))}-{len(made)}")
        return made[-1]


def _ids(provider: str, answer: Any) -> list[str]:
    at = {XING: ("id",), AIG: ("data", "taskId"), AKOOL: ("data", "_id")}
    value = answer
    for step in at.get(provider, ("taskId",)):
        value = value[step]
    return [value]


@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver], ids=["sync", "async"])
@pytest.mark.parametrize("provider", [XING, AIG, AKOOL, GPT])
@given(
    counts=st.lists(st.integers(1, 9), max_size=6),
    script=st.lists(ANSWERS, max_size=30),
    timeout=st.none() | st.floats(0, 100),
)
def test_each_task_has_its_place_and_no_post_is_repeated_that_may_have_arrived(
    provider: str,
    kind: Any,
    counts: list[int],
    script: list[Any],
    timeout: float | None,
) -> None:
    clock, vendor, told = FakeClock(), Vendor(provider, script), list[Task]()
    client = kind(
        {provider: KEY},
        transport=httpx.MockTransport(vendor),
        clock=clock,
        policy=PollPolicy(outage=10),
    )
    asked = [ImageRequest(f"no. {n}", count=count) for n, count in enumerate(counts)]
    try:
        outcomes = client.submit_many(
            provider, asked, timeout=timeout, on_update=told.append
        )
    finally:
        client.close()

    assert len(outcomes) == sum(counts)
    assert all(isinstance(outcome, Task | ImageTasksError) for outcome in outcomes)
    tasks = [outcome for outcome in outcomes if isinstance(outcome, Task)]
    assert len({task.id for task in tasks}) == len(tasks)
    assert {task.id for task in tasks} <= {task.id for task in told}

    made = {id for ids in vendor.made.values() for id in ids}
    failed = {o.task.id for o in outcomes if getattr(o, "task", None)}
    # Time that is nearly up can break off an exchange: then nobody knows.
    known = {task.id for task in told} | failed
    unknown = [o for o in outcomes if isinstance(o, SubmitOutcomeUnknown)]
    assert known <= made
    assert len(made - known) <= len(unknown)

    # A key for each picture: where the vendor deduplicates, a repeat with the same one is safe.
    assert len(vendor.may_have_arrived) <= sum(counts)
    place = 0
    for request, count in zip(asked, counts, strict=True):
        mine, place = outcomes[place : place + count], place + count
        # One POST for each picture, or for each batch of up to four.
        posts = -(-count // 4) if provider == AKOOL else count
        if provider == AIG:
            continue
        assert vendor.may_have_arrived[request.prompt] <= posts
        assert {t.id for t in mine if isinstance(t, Task)} <= set(
            vendor.made.get(request.prompt, ())
        )
        if vendor.may_have_arrived[request.prompt] == 0:
            assert not any(isinstance(o, Task | SubmitOutcomeUnknown) for o in mine)
