"""
Defects of the mock, one of them at a time: what the suite must catch. None is in the mock itself.

As a pytest plugin this puts in the one that `DEFECT` names:

    PYTHONPATH=tests DEFECT=any_key_is_good pytest -p contract.defects
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import Phase, settings
from imagetasks_mock.http.answers import Answer, to_bytes
from imagetasks_mock.http.refusals import Cause, Refusal
from imagetasks_mock.outside import results
from imagetasks_mock.server import app
from imagetasks_mock.specs import defaults, lifecycle, prices
from imagetasks_mock.specs.spec import Operation
from imagetasks_mock.state import accounts, limits
from imagetasks_mock.state.tasks import Task
from imagetasks_mock.vendors import _base
from imagetasks_mock.vendors.akool import Akool

Patch = pytest.MonkeyPatch
Json = Any


class Defect(NamedTuple):
    provider: str
    """Where it shows; others may have it too."""
    put_in: Callable[[Patch], None]


DEFECTS: dict[str, Defect] = {}


def defect(
    provider: str,
) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def register(put_in: Callable[[Patch], None]) -> Callable[[Patch], None]:
        DEFECTS[put_in.__name__] = Defect(provider, put_in)
        return put_in

    return register


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    # The first failure will do, and the same one each time.
    settings.register_profile(
        "defects",
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    if name := os.environ.get("DEFECT"):
        DEFECTS[name].put_in(Patch())


def with_answers(patch: Patch, change: Callable[[str, Answer], Answer]) -> None:
    """Changes what a vendor answers, by the id of the operation."""
    right = _base.Vendor.answer

    def answer(self: Any, operation: Operation, request: Any) -> Answer:
        return change(operation.id, right(self, operation, request))

    patch.setattr(_base.Vendor, "answer", answer)


def with_bodies(patch: Patch, change: Callable[[str, Json], Json]) -> None:
    """The same for the JSON of an answer, which is changed in place or given back."""

    def changed(operation: str, answer: Answer) -> Answer:
        body = json.loads(answer.body)
        return replace(answer, body=to_bytes(change(operation, body) or body))

    with_answers(patch, changed)


# States and times.


@defect("xingchaoyiqing")
def a_terminal_state_flips_after_an_hour(patch: Patch) -> None:
    right = _base.Vendor._visible_state

    def seen(self: Any, task: Task) -> Any:
        wire_state = right(self, task)
        if (
            wire_state == self.lifecycle.wire_state_for("succeeded", task.id)
            and _now(self) > task.ends + 3600
        ):
            return self.lifecycle.wire_state_for("failed", task.id)
        return wire_state

    patch.setattr(_base.Vendor, "_visible_state", seen)


@defect("akool")
def states_come_in_reverse(patch: Patch) -> None:
    right = lifecycle.Lifecycle.pending_at

    def pending_at(self: Any, share: float) -> Any:
        return self.pending[-1 - self.pending.index(right(self, share))]

    patch.setattr(lifecycle.Lifecycle, "pending_at", pending_at)


@defect("gptimage2api")
def the_upstream_is_asked_every_time(patch: Patch) -> None:
    patch.setattr(_base.Vendor, "_visible_state", lambda self, task: task.wire_state)


@defect("akool")
def created_is_in_seconds(patch: Patch) -> None:
    patch.setattr(lifecycle.Lifecycle, "write_time", lambda self, at: int(at))


@defect("aigptimage")
def a_tick_moves_no_clock(patch: Patch) -> None:
    right = app.App.__init__

    def init(self: Any, world: Any, *rest: Any) -> None:
        world.scenario = replace(world.scenario, tick=0)
        right(self, world, *rest)

    patch.setattr(app.App, "__init__", init)


# Results.


@defect("akool")
def results_live_for_milliseconds(patch: Patch) -> None:
    right = lifecycle.Lifecycle.parse

    def parse(raw: Json) -> Any:
        lifecycle = right(raw)
        return replace(lifecycle, lifetime=(lifecycle.lifetime or 0) / 1000 or None)

    patch.setattr(lifecycle.Lifecycle, "parse", parse)


@defect("xingchaoyiqing")
def results_live_for_ever(patch: Patch) -> None:
    patch.setattr(results, "has_expired", lambda task: False)


@defect("akool")
def a_result_is_there_before_the_end(patch: Patch) -> None:
    def find(path: str, tasks: Any) -> Task | None:
        _, _, provider, task_id, _ = path.split("/")
        found: Task | None = tasks.find(provider, task_id)
        return found

    patch.setattr(results, "_find", find)


# Who may see what.


@defect("gptimage2api")
def any_key_is_good(patch: Patch) -> None:
    right = accounts.Accounts.find

    def find(self: Any, key: str) -> Any:
        return right(self, key) or next(iter(self))

    patch.setattr(accounts.Accounts, "find", find)


@defect("aigptimage")
def another_keys_task_can_be_read(patch: Patch) -> None:
    def find(self: Any, task_id: str, account: Any) -> Task:
        return _task(self, task_id)

    patch.setattr(_base.Vendor, "find", find)


@defect("xingchaoyiqing")
def the_newest_task_is_answered(patch: Patch) -> None:
    def find(self: Any, task_id: str, account: Any) -> Task:
        _task(self, task_id)
        *_, newest = self.world.tasks
        return cast(Task, newest)

    patch.setattr(_base.Vendor, "find", find)


# Submits.


@defect("aigptimage")
def a_repeated_request_id_makes_a_second_task(patch: Patch) -> None:
    patch.setattr(_base.Vendor, "_submit_once", _base.Vendor._admit)


@defect("aigptimage")
def a_request_id_holds_for_all_keys(patch: Patch) -> None:
    right = _base.Vendor._submit_once

    def submit_once(self: Any, call: Any) -> Answer:
        alike = replace(
            call, account=self.world.accounts[self.world.accounts.first_key]
        )
        return right(self, alike if "X-Request-ID" in call.arguments else call)

    patch.setattr(_base.Vendor, "_submit_once", submit_once)


@defect("gptimage2api")
def a_body_is_not_looked_at(patch: Patch) -> None:
    def body(self: Any, operation: Operation, request: Any) -> Json:
        return request.json() if operation.body else None

    patch.setattr(_base.Vendor, "_body", body)


@defect("akool")
def a_button_can_be_used_twice(patch: Patch) -> None:
    right = Akool._press

    def press(self: Any, call: Any) -> Answer:
        source = self.find(call.body["_id"], call.account)
        source.extra["used"] = [
            b for b in source.extra.get("used", ()) if b != call.body["button"]
        ]
        return right(self, call)

    patch.setattr(Akool, "_press", press)


@defect("akool")
def a_batch_answers_an_object(patch: Patch) -> None:
    def first(operation: str, body: Json) -> None:
        if isinstance(body.get("data"), list):
            body["data"] = body["data"][0]

    with_bodies(patch, first)


# Credits and limits.


@defect("gptimage2api")
def nothing_is_refunded(patch: Patch) -> None:
    patch.setattr(Task, "is_refunded", property(lambda task: False))


@defect("akool")
def a_failed_task_is_refunded_where_no_page_says_so(patch: Patch) -> None:
    patch.setattr(Task, "is_refunded", property(lambda task: task.state == "failed"))


@defect("gptimage2api")
def a_refused_submit_is_charged(patch: Patch) -> None:
    right = _base.Vendor._admit

    def admit(self: Any, call: Any) -> Answer:
        try:
            return right(self, call)
        except Refusal:
            call.account._book(self.name, 1)
            raise

    patch.setattr(_base.Vendor, "_admit", admit)


@defect("akool")
def a_batch_needs_credits_for_one_image(patch: Patch) -> None:
    right = accounts.Account.affords

    def affords(self: Any, provider: str, credits: int) -> bool:
        return right(self, provider, min(credits, 1))

    patch.setattr(accounts.Account, "affords", affords)


@defect("aigptimage")
def seconds_below_zero_earn_credits(patch: Patch) -> None:
    def of(self: Any, amount: Json) -> list[int]:
        return [round(each * min(amount or 1, 3600)) for each in self.credits]

    patch.setattr(prices.Price, "of", of)


@defect("aigptimage")
def no_default_holds_for_a_price(patch: Patch) -> None:
    patch.setattr(defaults.Defaults, "of", lambda self, schema, place, body: None)


@defect("gptimage2api")
def the_resolution_has_no_price(patch: Patch) -> None:
    right = _base.Vendor.price

    def price(self: Any, operation: Operation, body: Json) -> int | None:
        kept = {name: body[name] for name in body if name != "resolution"}
        return right(self, operation, kept)

    patch.setattr(_base.Vendor, "price", price)


@defect("gptimage2api")
def the_price_of_another_model_is_taken(patch: Patch) -> None:
    right = _base.Vendor.price

    def price(self: Any, operation: Operation, body: Json) -> int | None:
        return right(self, operation, body) or self._shown_prices[operation.id]

    patch.setattr(_base.Vendor, "price", price)


@defect("aigptimage")
def no_limit_is_kept(patch: Patch) -> None:
    patch.setattr(limits.Limits, "count", lambda self, account, operation, now: None)


@defect("aigptimage")
def the_time_to_wait_is_too_short(patch: Patch) -> None:
    right = limits.Limits.count

    def count(self: Any, *call: Any) -> Any:
        exceeded = right(self, *call)
        return exceeded and replace(exceeded, retry_after=1)

    patch.setattr(limits.Limits, "count", count)


@defect("aigptimage")
def there_is_no_cap_on_active_tasks(patch: Patch) -> None:
    patch.setattr(limits.Limits, "admit", lambda self, account, tasks, now: None)


# How answers look.


@defect("akool")
def a_business_code_is_wrong(patch: Patch) -> None:
    def change(operation: str, body: Json) -> None:
        if body["code"] == 1008:
            body["code"] = 1003

    with_bodies(patch, change)


@defect("gptimage2api")
def what_is_not_found_is_answered_with_200(patch: Patch) -> None:
    def change(operation: str, answer: Answer) -> Answer:
        return replace(answer, status=200) if answer.status == 404 else answer

    with_answers(patch, change)


@defect("xingchaoyiqing")
def a_required_field_is_missing(patch: Patch) -> None:
    def change(operation: str, body: Json) -> None:
        if operation == "getImage":
            body.pop("status", None)

    with_bodies(patch, change)


@defect("akool")
def a_field_that_not_all_need_is_missing(patch: Patch) -> None:
    def change(operation: str, body: Json) -> None:
        if operation == "getImage" and "data" in body:
            del body["data"]["faceswap_quality"]

    with_bodies(patch, change)


@defect("aigptimage")
def result_json_is_an_object(patch: Patch) -> None:
    def change(operation: str, body: Json) -> None:
        if operation == "getTask" and (body["data"] or {}).get("resultJson"):
            body["data"]["resultJson"] = json.loads(body["data"]["resultJson"])

    with_bodies(patch, change)


@defect("aigptimage")
def a_failed_task_tells_a_result(patch: Patch) -> None:
    def change(operation: str, body: Json) -> None:
        if operation == "getTask" and (body["data"] or {}).get("state") == "fail":
            body["data"]["resultJson"] = '{"resultUrls":["https://example.com/0.png"]}'

    with_bodies(patch, change)


@defect("gptimage2api")
def the_content_type_is_text(patch: Patch) -> None:
    def change(operation: str, answer: Answer) -> Answer:
        rest = tuple(h for h in answer.headers if h[0] != b"content-type")
        return replace(answer, headers=((b"content-type", b"text/plain"), *rest))

    with_answers(patch, change)


def _now(provider: Any) -> float:
    now: float = provider.world.clock.time()
    return now


def _task(provider: Any, task_id: str) -> Task:
    """Whoever's it is."""
    task: Task | None = provider.world.tasks.find(provider.name, task_id)
    if task is None:
        raise Refusal(Cause.NOT_FOUND, f"there is no task {task_id!r}")
    return task
