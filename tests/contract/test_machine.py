"""
Any course of calls by two keys to a vendor, over HTTP, goes as `pages.py` has it.

Where the pages leave it open and the mock has made up its mind, it is held to that: `inferred`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from contract.pages import (
    ACTIVE_TASKS,
    AIGPTIMAGE,
    AKOOL,
    BUTTON_CREDITS,
    BUTTON_PATH,
    BUTTONS,
    CALLS,
    CREDIT_PATH,
    DAY,
    GPTIMAGE2API,
    INVALID,
    SUBMITS,
    TOKEN_PATH,
    UPSTREAM_REFRESH,
    VENDORS,
    XINGCHAOYIQING,
    Submit,
    Vendor,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from imagetasks_mock import Mock, serve
from support.specs import PROVIDERS

pytestmark = pytest.mark.contract

# Known to the second; the quarters keep ends apart from the steps of the clock, which are halves.
DURATIONS = {XINGCHAOYIQING: 4.25, AIGPTIMAGE: 9.25, AKOOL: 6.25, GPTIMAGE2API: 12.25}
DURATION = 5.25
"""Of any other vendor."""
TIERS = {"key-1": "basic", "key-2": "free"}
CREDITS = {
    "key-1": {"aigptimage": 90, "akool": 40, "gptimage2api": 60},
    "key-2": {"aigptimage": 30, "akool": 5, "gptimage2api": 20},
}
# How a prompt ends. Of a gamble only the mock knows.
PROMPTS = {"a lighthouse": "succeeded", "a doomed boat": "failed", "a gamble": None}
REFUSED = "a picture that akool and xingchaoyiqing refuse"
SCENARIO = {
    "accounts": [
        {"key": key, "tier": tier, "credits": CREDITS[key]}
        for key, tier in TIERS.items()
    ],
    "durations": [
        {"provider": vendor.name, "median": seconds, "p95": seconds}
        for vendor, seconds in DURATIONS.items()
    ]
    + [{"median": DURATION, "p95": DURATION}],
    "outcomes": [
        {"prompt": REFUSED, "provider": "akool", "refuse": "image_generate_error"},
        {"prompt": REFUSED, "provider": "xingchaoyiqing", "refuse": "failed"},
        {"prompt": "doomed", "outcome": "failed"},
        {"prompt": "gamble", "probability": 0.5, "outcome": "failed"},
    ],
    "upstream_refresh": True,
}


@dataclass(eq=False)
class Task:
    """A task as the model knows it."""

    key: str
    id: str
    prompt: str
    credits: int
    created: float
    ends: float
    outcome: str | None
    """None until it has been seen."""
    looked: float
    """When the vendor last asked its upstream."""
    is_upscale: bool = False
    rank: int = 0
    is_seen_to_end: bool = False
    url: str | None = None
    final: bytes | None = None
    """What it answers for ever."""
    used: list[str] = field(default_factory=list)
    upscales: list[Task] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.id}>"


submits = st.runner().flatmap(lambda machine: st.sampled_from(machine.submits))
invalid = st.runner().flatmap(lambda machine: st.sampled_from(machine.invalid))
keys = st.sampled_from(list(TIERS))
ways = st.sampled_from(["bearer", "header", "token"])
"""How the key is sent; only AKOOL has more than one."""


class Machine(RuleBasedStateMachine):
    tasks: Bundle[Task] = Bundle("tasks")

    def __init__(self, mock: Mock, http: httpx.Client, vendor: Vendor) -> None:
        super().__init__()
        mock.reset()
        self.mock, self.http, self.vendor = mock, http, vendor
        self.submits = [submit for submit in SUBMITS if submit.vendor is vendor]
        self.invalid = [submit for submit in INVALID if submit.vendor is vendor]
        self.known: dict[str, Task] = {}
        self.repeats: dict[tuple[str, str | None], str] = {}
        self.tokens: dict[str, str] = {}
        self.calls: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.finished: Task | None = None

    # Submits.

    @rule(
        target=tasks,
        submit=submits,
        key=keys,
        prompt=st.sampled_from([*PROMPTS, REFUSED]),
        mark=st.sampled_from([None, "order-1", "order-2"]),
        way=ways,
        pause=st.sampled_from([0, 2, 2]),
    )
    def submit(
        self,
        submit: Submit,
        key: str,
        prompt: str,
        mark: str | None,
        way: str,
        pause: float,
    ) -> Any:
        self.wait(pause)
        if self.vendor is not AIGPTIMAGE:
            mark = None
        answer = self.send(key, way, submit.path, submit.body(prompt), mark)
        if self.is_limited(key, "submit", answer):
            return multiple()
        if (key, mark) in self.repeats:
            assert submit.ids(answer.json()) == [self.repeats[key, mark]]
            return multiple()
        if prompt == REFUSED and self.vendor is XINGCHAOYIQING:
            return self.refused_in_body(submit, key, prompt, answer)
        reasons = []
        if prompt == REFUSED and self.vendor is AKOOL:
            reasons.append("refused")
        if self.is_at_cap(key):
            reasons.append("rate")
        if not self.is_taken(key, submit.credits * submit.batch, reasons, answer):
            return multiple()
        made = [self.add(submit, key, prompt, id) for id in submit.ids(answer.json())]
        if mark:
            (self.repeats[key, mark],) = (task.id for task in made)
        return multiple(*made)

    @precondition(lambda self: self.invalid)
    @rule(submit=invalid, key=keys, way=ways)
    def submit_what_is_invalid(self, submit: Submit, key: str, way: str) -> None:
        answer = self.send(key, way, submit.path, submit.body("x"))
        if self.vendor is XINGCHAOYIQING:
            self.refused_in_body(submit, key, "x", answer)
        elif not self.is_limited(key, "submit", answer):
            self.expect(["invalid"], answer)

    @precondition(lambda self: self.vendor is AKOOL)
    @rule(
        target=tasks,
        source=tasks,
        button=st.sampled_from(BUTTONS),
        is_own=st.sampled_from([True, True, False]),
        way=ways,
        pause=st.sampled_from([0, 10]),
    )
    def press(
        self, source: Task, button: str, is_own: bool, way: str, pause: float
    ) -> Any:
        """ "A used button cannot be used again"; the image must be "already generated"."""
        self.wait(pause)
        self.look(source, way)
        key = source.key if is_own else other(source.key)
        body = {"_id": source.id, "button": button}
        answer = self.send(key, way, BUTTON_PATH, body)
        reasons = []
        if not is_own:
            reasons.append("unknown")
        # That an upscaled image has no buttons is inferred.
        if source.outcome != "succeeded" or self.now < source.ends or source.is_upscale:
            reasons.append("unfinished")
        if button in source.used:
            reasons.append("used")
        if not self.is_taken(key, BUTTON_CREDITS, reasons, answer):
            return multiple()
        submit = Submit(AKOOL, BUTTON_PATH, {}, BUTTON_CREDITS)
        task = self.add(submit, key, source.prompt, *submit.ids(answer.json()))
        source.used.append(button)
        source.final = None
        if button.startswith("U"):
            task.is_upscale = True
            source.upscales.append(task)
        again = self.send(key, way, BUTTON_PATH, body)
        assert not self.is_taken(key, BUTTON_CREDITS, ["used"], again)
        return task

    # Looks.

    @rule(task=tasks, way=ways, gap=st.sampled_from([2, 5, 31]))
    def follow(self, task: Task, way: str, gap: float) -> None:
        for _ in range(4):
            self.look(task, way)
            self.wait(gap)

    @rule(task=tasks, way=ways)
    def look(self, task: Task, way: str) -> None:
        vendor = self.vendor
        answer = self.send(task.key, way, vendor.status_path.format(task.id))
        if self.is_limited(task.key, "fetch", answer):
            return
        assert vendor.code(answer) == vendor.success
        told = vendor.read(answer)
        assert told.id == task.id
        # Told in whole seconds or milliseconds, the latter rounded.
        if told.created is not None:
            assert -0.001 < task.created - told.created < 1
        assert told.prompt in (None, task.prompt)
        assert told.credits in (None, task.credits)
        assert vendor.rank(told.state) >= task.rank
        task.rank = vendor.rank(told.state)
        outcome = vendor.outcome(told.state)
        assert (outcome is not None) == self.has_ended(task)
        if outcome:
            assert task.outcome in (None, outcome)
            task.outcome, task.is_seen_to_end = outcome, True
        assert (told.url is not None) == (outcome == "succeeded")
        if vendor.tells_errors:
            assert (told.error is not None) == (outcome == "failed")
        if vendor.refunds:
            assert told.refunded == (outcome == "failed")
        if vendor is AKOOL:
            self.look_at_buttons(task, answer.json()["data"])
        # A source tells of its upscales, as they end.
        if outcome and all(upscale.ends <= self.now for upscale in task.upscales):
            assert task.final in (None, answer.content)
            task.final = answer.content
        if told.url:
            task.url, self.finished = told.url, task

    def look_at_buttons(self, task: Task, data: Any) -> None:
        """A used button "moves from `buttons` to `used_buttons`"."""
        is_done = task.is_seen_to_end and task.outcome == "succeeded"
        left = [button for button in BUTTONS if button not in task.used]
        assert data["buttons"] == (left if is_done and not task.is_upscale else [])
        assert data["used_buttons"] == task.used
        over = [upscale for upscale in task.upscales if upscale.ends <= self.now]
        good = [upscale for upscale in over if upscale.outcome == "succeeded"]
        assert len(good) <= len(data["upscaled_urls"]) <= len(over)

    @rule(task=tasks, way=ways)
    def trespass(self, task: Task, way: str) -> None:
        """With a wrong key; for a task of the other key, and for none."""
        submit, path, key = self.submits[0], self.vendor.status_path, other(task.key)
        wrong = key.upper()
        answer = self.send(wrong, "bearer", submit.path, submit.body("x"))
        self.expect(["key"], answer)
        self.expect(["key"], self.send(wrong, "header", path.format(task.id)))
        for id in (task.id, "no-such-task"):
            answer = self.send(key, way, path.format(id))
            if not self.is_limited(key, "fetch", answer):
                self.expect(["unknown"], answer)

    @rule(task=tasks, later=st.sampled_from([60, DAY - 60, DAY, 7 * DAY]))
    def download(self, task: Task, later: float) -> None:
        self.fetch_result(task)
        self.wait(later)
        self.fetch_result(task)
        self.look(task, "bearer")

    def fetch_result(self, task: Task) -> None:
        """One that no answer has told is looked for where that of another is."""
        url = task.url
        if url is None and self.finished:
            url = str(self.finished.url).replace(self.finished.id, task.id)
        if url is None:
            return
        answer = self.http.head(url)
        if task.ends > self.now or task.outcome in ("failed", "cancelled"):
            assert answer.status_code == 404
        elif self.now > task.ends + (self.vendor.lifetime or float("inf")):
            assert answer.status_code in (403, 404)
        elif task.url:
            assert answer.status_code == 200
            assert answer.headers["content-type"] in ("image/png", "video/mp4")

    @precondition(lambda self: self.vendor is AKOOL)
    @rule(key=keys, way=ways)
    def ask_for_the_balance(self, key: str, way: str) -> None:
        answer = self.send(key, way, CREDIT_PATH)
        assert AKOOL.code(answer) == AKOOL.success
        assert (answer.json()["data"]["credit"],) * 2 == self.balance(key)

    # Time, and ends by hand.

    @rule(seconds=st.sampled_from([0.5, 2, 5, 30, 60]))
    def wait(self, seconds: float) -> None:
        clock = f"{self.mock.url}/_mock/clock"
        self.http.post(clock, json={"advance": seconds}).raise_for_status()

    @rule(task=tasks, outcome=st.sampled_from(["succeeded", "failed", "cancelled"]))
    def end_by_hand(self, task: Task, outcome: str) -> None:
        there = f"{self.mock.url}/_mock/tasks/{task.id}"
        answer = self.http.post(there, json={"outcome": outcome})
        # Not every vendor has a cancelled state.
        if task.ends <= self.now or outcome not in self.vendor.ends.values():
            assert answer.is_client_error
        else:
            assert answer.is_success
            task.ends, task.outcome = self.now, outcome

    # What holds at all times.

    @invariant()
    def there_are_the_tasks_that_were_taken(self) -> None:
        assert {task.id for task in self.mock.tasks} == self.known.keys()

    @invariant()
    def the_books_are_right(self) -> None:
        for key in TIERS:
            balance = self.mock.accounts[key].balance(self.vendor.name)
            if self.vendor.name in CREDITS[key]:
                low, high = self.balance(key)
                assert balance is not None
                assert max(low, 0) <= balance <= high
            else:
                assert balance is None

    @invariant()
    def no_answer_breaks_the_spec(self) -> None:
        assert self.mock.violations == []

    # What the rules are made of.

    @property
    def now(self) -> float:
        return self.mock.clock.time()

    def send(
        self, key: str, way: str, path: str, body: Any = None, mark: str | None = None
    ) -> httpx.Response:
        headers = self.credential(key, way)
        return self.http.request(
            "GET" if body is None else "POST",
            self.mock.base_url(self.vendor.name) + path,
            json=body,
            headers=headers | ({"X-Request-ID": mark} if mark else {}),
        )

    def credential(self, key: str, way: str) -> dict[str, str]:
        if self.vendor is not AKOOL or way == "bearer":
            name, form = self.vendor.header
            return {name: form.format(key)}
        if way == "header":
            return {"x-api-key": key}
        if key not in self.tokens:
            # The clientSecret "equals the API key".
            body = {"clientId": "client", "clientSecret": key}
            answer = self.http.post(self.mock.base_url("akool") + TOKEN_PATH, json=body)
            assert AKOOL.code(answer) == AKOOL.success
            self.tokens[key] = answer.json()["token"]
        # "Authorization is used and x-api-key is discarded".
        return {"Authorization": f"Bearer {self.tokens[key]}", "x-api-key": "stale"}

    def expect(self, reasons: list[str], answer: httpx.Response) -> None:
        """A refusal for one of the reasons; in what order they are looked at no page says."""
        code = self.vendor.code(answer)
        assert any(code in self.vendor.refusals[why] for why in reasons), (
            reasons,
            answer.text,
        )

    def is_taken(
        self, key: str, price: int, reasons: list[str], answer: httpx.Response
    ) -> bool:
        """Whether a submit made tasks; it does, unless there is a reason against it."""
        low, high = self.balance(key)
        if price > high:
            reasons = [*reasons, "credits"]
        is_taken = self.vendor.code(answer) == self.vendor.success
        if low < price <= high and not is_taken:
            self.expect([*reasons, "credits"], answer)
        elif reasons:
            self.expect(reasons, answer)
        else:
            assert is_taken, answer.text
        return is_taken

    def is_limited(self, key: str, call: str, answer: httpx.Response) -> bool:
        """
        Whether this call was one too many; else it counts. It is told when there is room again. That windows slide is
        inferred.
        """
        if self.vendor is not AIGPTIMAGE:
            return False
        made, limits = self.calls[key, call], CALLS[TIERS[key]][call]
        if has_room(made, limits, self.now):
            made.append(self.now)
            return False
        self.expect(["rate"], answer)
        told = answer.json()["data"]
        assert told["tier"] == TIERS[key]
        assert limits[told["windowSeconds"]] == told["limit"]
        assert not has_room(made, limits, self.now)
        assert has_room(made, limits, self.now + told["retryAfter"])
        return True

    def is_at_cap(self, key: str) -> bool:
        """Whether so many tasks are active as may be. That one more is answered like a call too many is inferred."""
        if self.vendor is not AIGPTIMAGE:
            return False
        mine = (task for task in self.known.values() if task.key == key)
        return sum(task.ends > self.now for task in mine) >= ACTIVE_TASKS[TIERS[key]]

    def balance(self, key: str) -> tuple[float, float]:
        """At least, and at most: whether a task failed that nobody has looked at, is not known."""
        if self.vendor.name not in CREDITS[key]:
            return 0, float("inf")
        left, doubt = CREDITS[key][self.vendor.name], 0
        for task in self.known.values():
            if task.key != key:
                continue
            left -= task.credits
            if not self.vendor.refunds or task.outcome == "succeeded":
                continue
            if task.is_seen_to_end:
                left += task.credits
            elif task.ends <= self.now:
                doubt += task.credits
        return left, left + doubt

    def add(self, submit: Submit, key: str, prompt: str, id: str) -> Task:
        assert id not in self.known
        now, outcome = self.now, PROMPTS.get(prompt, "succeeded")
        ends = now + DURATIONS.get(self.vendor, DURATION)
        self.known[id] = Task(key, id, prompt, submit.credits, now, ends, outcome, now)
        return self.known[id]

    def refused_in_body(
        self, submit: Submit, key: str, prompt: str, answer: httpx.Response
    ) -> Task:
        """xingchaoyiqing shows a create answer that has failed, with an id like any other."""
        assert self.vendor.code(answer) == self.vendor.success
        body = answer.json()
        assert (body["object"], body["status"]) == ("image", "failed")
        assert body["error"].startswith("Invalid request: ")
        task = self.add(submit, key, prompt, body["id"])
        task.ends, task.outcome = task.created, "failed"
        return task

    def has_ended(self, task: Task) -> bool:
        """As far as its vendor knows. That the first 30 seconds begin with the task is inferred."""
        if self.vendor is GPTIMAGE2API:
            if task.looked < task.ends and self.now >= task.looked + UPSTREAM_REFRESH:
                task.looked = self.now
            return task.ends <= task.looked
        return task.ends <= self.now


def other(key: str) -> str:
    (name,) = TIERS.keys() - {key}
    return name


def has_room(calls: list[float], limits: dict[int, int], now: float) -> bool:
    """For one more, by limits for so many seconds each."""
    return all(
        sum(then > now - seconds for then in calls) < limit
        for seconds, limit in limits.items()
    )


def run_courses(vendor: Vendor, examples: int, **options: Any) -> None:
    """So many courses of 50 steps; `options` are those of Hypothesis."""
    with (
        serve(speed=0, check=True, scenario=SCENARIO) as mock,
        httpx.Client(trust_env=False, timeout=20) as http,
    ):
        run_state_machine_as_test(
            lambda: Machine(mock, http, vendor),  # type: ignore[arg-type]
            settings=settings(
                max_examples=examples,
                stateful_step_count=50,
                report_multiple_bugs=False,
                **options,
            ),
        )


@pytest.mark.parametrize("vendor", VENDORS, ids=repr)
@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(10, id="short", marks=pytest.mark.short),
        pytest.param(400, id="long", marks=pytest.mark.long),
    ],
)
def test_any_course_of_calls_goes_as_the_pages_have_it(
    examples: int, vendor: Vendor
) -> None:
    run_courses(vendor, examples)


def test_the_vendors_that_are_put_through_it_are_there() -> None:
    """Only those whose pages are written down: what is derived from a spec could not contradict it."""
    assert {vendor.name for vendor in VENDORS} <= set(PROVIDERS)
