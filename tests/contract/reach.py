"""
How the mock is brought to each answer that the specs document: by time, keys, bodies, credits, tiers, rules and faults.

Each comes from a mock of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
from imagetasks_mock import Mock, serve
from support.specs import (
    Example,
    Lifecycle,
    Operation,
    answers,
    key_header,
    operations,
    requests,
    status_operation,
)
from vendors import VENDORS

KEY = "openapi.akool.com"
"""The one that is good: the clientSecret in AKOOL's example of getToken."""
SECONDS = 9.0
"""That every task takes, about."""

NEVER = {name for vendor in VENDORS.values() for name in vendor.never}


REACHED = {str(e): e for e in answers() if str(e) not in NEVER}


@cache
def reach(name: str) -> tuple[httpx.Response, list[str]]:
    """The mock's answer of this kind, and what the mock itself minds about its answers."""
    example = REACHED[name]
    provider, kind = example.operation.provider, example.name.split("_")[0]
    scenario: dict[str, Any] = {"accounts": [{"key": KEY, "tier": "free"}]}
    if kind in ("quickstart", "reference"):
        scenario["examples"] = {provider: kind}
    with serve(speed=0, check=True, duration=SECONDS, scenario=scenario) as mock:
        answer = way_to(example)(Desk(mock, example))
        return answer, list(mock.violations)


class Desk:
    """Where one answer is asked for."""

    def __init__(self, mock: Mock, wanted: Example) -> None:
        self.mock, self.wanted, self.op = mock, wanted, wanted.operation
        self.provider = self.op.provider
        self.is_look = asks_for_a_task(self.op)

    def call(
        self,
        body: Any = None,
        id: str | None = None,
        key: str | None = KEY,
        op: Operation | None = None,
    ) -> httpx.Response:
        op = op or self.op
        names = [p["name"] for p in op.described.get("parameters", ()) if p["required"]]
        path = op.path.format(**dict.fromkeys(names, id)) if id else op.address
        return httpx.request(
            op.method,
            self.mock.base_url(self.provider) + path,
            params={n: id for n in names if id and f"{{{n}}}" not in op.path},
            headers=key_header(self.provider, key) if key else {},
            **({"content": body} if isinstance(body, bytes) else {"json": body}),
        )

    def ask(self, name: str | None = None, key: str | None = KEY) -> httpx.Response:
        """With the request in the spec: the one of this name, else the first."""
        if self.is_look:
            return self.call(id="no-such-task", key=key)
        return self.call(self.body(name), key=key)

    def body(self, name: str | None = None) -> Any:
        shown = [e.value for e in requests(self.op) if name in (None, e.name)]
        if self.op.id == "createByButton":
            return shown[0] | {"_id": self.task(seconds=2 * SECONDS)}
        return shown[0] if shown else None

    def task(self, seconds: float = 0) -> str:
        """The id of one that is so old."""
        is_video = self.wanted.name.startswith("video")
        makers = (op for op in operations(self.provider) if any(requests(op)))
        op = next(op for op in makers if is_video <= ("Video" in op.id))
        self.call(next(requests(op)).value, op=op)
        self.mock.clock.advance(seconds)
        return list(self.mock.tasks)[-1].id


def asks_for_a_task(op: Operation) -> bool:
    """By its id: the status call, and the one that cancels, where there is one."""
    status = status_operation(op.provider)
    return op.id in (status.id, status.described["x-task-lifecycle"].get("cancel"))


Way = Callable[[Desk], httpx.Response]


def way_to(example: Example) -> Way:
    name = example.name
    is_look = asks_for_a_task(example.operation)
    known = (LOOKS if is_look else REQUESTS).get(name)
    return known or by_meaning(example, is_look)


def by_meaning(example: Example, is_look: bool) -> Way:
    """What leads to it by its state or its status, whatever its name."""
    life = Lifecycle(example.operation.provider)
    state = life.shown(example)
    pending = VENDORS[example.operation.provider].pending
    if state in pending:
        n, all_of_them = pending.index(state), len(pending)
        # A state lasts longer than the one before: see `_shares` of the mock's lifecycle.
        return (
            at(n * (n + 1) / (all_of_them * (all_of_them + 1)) + 0.05)
            if is_look
            else as_shown
        )
    if life.meanings.get(state) == "cancelled":
        return cancelled
    if state is not None and is_look:
        # An example may be called `failed`, and be of one of several such states.
        named = example.name not in life.meanings.values()
        return at(2, example.name if named else str(state))
    if life.denies(example) and is_look:
        return as_shown
    by_status = {
        401: with_wrong_key,
        400: malformed,
        422: malformed,
        402: without_credits,
    }
    status = int(example.role)
    if is_look:
        by_status |= {404: as_shown, 402: by_fault, 422: by_fault}
    return by_status.get(status, by_fault if status >= 400 else by_rule)


# What is asked.


def as_shown(desk: Desk) -> httpx.Response:
    return desk.ask()


def as_batch(desk: Desk) -> httpx.Response:
    return desk.ask("batch")


def at(share: float, outcome: str = "succeeded") -> Way:
    """A look at a task after this share of its time."""

    def look(desk: Desk) -> httpx.Response:
        desk.mock.outcomes.add(outcome, provider=desk.provider)
        return desk.call(id=desk.task(seconds=share * SECONDS))

    return look


def cancelled(desk: Desk) -> httpx.Response:
    """A look at one that was."""
    id = desk.task()
    desk.mock.tasks[id].cancel()
    return desk.call(id=id)


def by_rule(desk: Desk) -> httpx.Response:
    """A rule of the scenario, in place of a task."""
    body = desk.body()
    desk.mock.outcomes.add(provider=desk.provider, refuse=desk.wanted.name)
    return desk.call(body)


def by_fault(desk: Desk) -> httpx.Response:
    desk.mock.faults.add("status", status=int(desk.wanted.role), operation=desk.op.id)
    return desk.ask()


def without_key(desk: Desk) -> httpx.Response:
    return desk.ask(key=None)


def with_wrong_key(desk: Desk) -> httpx.Response:
    if desk.op.id == "getToken":
        return desk.call({"clientId": "client", "clientSecret": "wrong"})
    return desk.ask(key="wrong")


def without_credits(desk: Desk) -> httpx.Response:
    body = desk.body()
    desk.mock.accounts[KEY].give(desk.provider, 0)
    return desk.call(body)


def too_often(desk: Desk) -> httpx.Response:
    """ "free": 1 createTask a second, 2 recordInfo."""
    return [desk.ask() for _ in range(3)][-1]


def malformed(desk: Desk) -> httpx.Response:
    """A look without an id, a body that is no JSON."""
    return desk.call() if desk.is_look else desk.call(b"{")


def without_prompt(desk: Desk) -> httpx.Response:
    body = desk.body()
    return desk.call({"model": body["model"], "input": {}})


def invalid(desk: Desk) -> httpx.Response:
    """400 is for what cannot be read (aigptimage), or names the wrong fields (gptimage2api)."""
    return malformed(desk) if desk.provider == "aigptimage" else without_prompt(desk)


def with_unknown_model(desk: Desk) -> httpx.Response:
    return desk.call({**desk.body(), "model": "dall-e"})


def press_unknown(desk: Desk) -> httpx.Response:
    return desk.call({"_id": "no-such-task", "button": "U1"})


def press_too_early(desk: Desk) -> httpx.Response:
    return desk.call({"_id": desk.task(), "button": "U1"})


def press_twice(desk: Desk) -> httpx.Response:
    body = desk.body()
    return [desk.call(body) for _ in range(2)][-1]


KEYS: dict[str, Way] = {
    "authentication_failed": with_wrong_key,
    "unauthorized": with_wrong_key,
    "invalid_authorization": with_wrong_key,
    "authorization_empty": without_key,
    "server_error": by_fault,
}
LOOKS = KEYS | {
    **dict.fromkeys(["waiting", "queueing", "queued", "pending"], at(0)),
    **dict.fromkeys(["video_pending", "quickstart_pending"], at(0)),
    "reference_placeholder": at(0),
    "processing": at(0.7),
    **dict.fromkeys(["success", "completed", "video_completed"], at(2)),
    "quickstart_completed": at(2),
    "task_not_found": as_shown,
    "content_not_found": as_shown,
    "parameter_error": malformed,
    "invalid_request": malformed,
    "rate_limit_exceeded": too_often,
    "insufficient_credits": by_fault,
    "validation_error": by_fault,
}
REQUESTS = KEYS | {
    **dict.fromkeys(["accepted", "queueing", "queued", "pending"], as_shown),
    "queueing_batch": as_batch,
    "documented": as_shown,
    "parameter_error": malformed,
    "invalid_request": invalid,
    "validation_error": without_prompt,
    "unsupported_model": with_unknown_model,
    "insufficient_credits": without_credits,
    "insufficient_credit": without_credits,
    "rate_limit_exceeded": too_often,
    "content_not_found": press_unknown,
    "cannot_operate": press_too_early,
    "already_processed": press_twice,
}
