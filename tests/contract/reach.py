"""
How the mock is brought to each answer that the specs document: by time, keys, bodies, credits, tiers, rules and faults.

What an answer means, by its state, its status or its code, says which ways are tried; the first that leads to an answer
of that kind is the one. Each is tried in a mock of its own.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import httpx
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks_mock import Mock, MockError, serve
from support.specs import (
    Example,
    Lifecycle,
    Operation,
    answers,
    document,
    key_header,
    load,
    look_up,
    operations,
    put,
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
    for way in ways_to(example):
        with suppress(MockError):  # no rule brings this about
            answer, violations = go(way, example)
            if is_like(answer, example):
                return answer, violations
    raise AssertionError(f"no way leads to {name}")


def go(way: Way, example: Example) -> tuple[httpx.Response, list[str]]:
    scenario: dict[str, Any] = {"accounts": [{"key": KEY, "tier": "free"}]}
    provider = example.operation.provider
    is_snapshot = Lifecycle(provider).shown(example) is not None
    if is_snapshot and example.operation == status_operation(provider):
        # Of several that show the same state, this one.
        scenario["examples"] = {provider: example.name}
    with serve(speed=0, check=True, duration=SECONDS, scenario=scenario) as mock:
        return way(Desk(mock, example)), list(mock.violations)


def is_like(answer: httpx.Response, example: Example) -> bool:
    """Whether it says the same, of another task."""
    if answer.status_code != int(example.role):
        return False
    told = document(answer.json(), dict(answer.headers))
    return shape(answer.json()) == shape(example.value) and meaning(
        example.operation.provider, told
    ) == meaning(example.operation.provider, example.document)


def shape(value: Any) -> Any:
    """Names and types at every level, also of JSON inside of a string; of a list the kinds that are in it."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        kinds = [shape(inner) for inner in value]
        return [kind for n, kind in enumerate(kinds) if kind not in kinds[:n]]
    if isinstance(value, str) and value.startswith("{"):
        return "JSON", shape(json.loads(value))
    return type(value).__name__


def meaning(provider: str, told: Any) -> tuple[Any, ...]:
    """The state, what is made, the vendor's own code and its words."""
    life, codes = Lifecycle(provider), load(provider).get("x-codes", {})
    found = [life.read("state", told), life.read("kind", told)]
    for pointer in filter(None, (codes.get("at"), codes.get("message"))):
        found.append(_at(told, pointer))
    return tuple(found)


def _at(told: Any, pointer: str) -> Any:
    try:
        return look_up(told, pointer)
    except (LookupError, TypeError, ValueError):
        return None


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

    def ask(self, n: int = 0, key: str | None = KEY) -> httpx.Response:
        """With the request in the spec of this number."""
        if self.is_look:
            return self.call(id="no-such-task", key=key)
        return self.call(self.body(n), key=key)

    def body(self, n: int = 0) -> Any:
        shown = [e.value for e in requests(self.op)]
        if not shown:
            return None
        if (field := source_of(self.op)) is not None:
            return shown[0] | {field: self.task(seconds=2 * SECONDS)}
        return copy.deepcopy(shown[n])

    def task(self, seconds: float = 0) -> str:
        """The id of one that is so old, of the kind that the wanted answer tells."""
        life = Lifecycle(self.provider)
        is_video = life.read("kind", self.wanted.document) == "video"
        op, body = next(
            (op, request.value)
            for op in operations(self.provider)
            if makes_tasks(op) and source_of(op) is None
            for request in requests(op)
            if is_video <= ("video" in f"{op.path} {request.value.get('model')}")
        )
        self.call(body, op=op)
        self.mock.clock.advance(seconds)
        return list(self.mock.tasks)[-1].id


def asks_for_a_task(op: Operation) -> bool:
    """By its id: the status call, and the one that cancels, where there is one."""
    status = status_operation(op.provider)
    return op.id in (status.id, status.described["x-task-lifecycle"].get("cancel"))


def makes_tasks(op: Operation) -> bool:
    """A link leads from its answer to the status call."""
    status = status_operation(op.provider)
    return any(link.get("operationId") == status.id for link in links(op))


def source_of(op: Operation) -> str | None:
    """The field of its body that has the id of an earlier task, as the link which leads to it from there says."""
    status = status_operation(op.provider)
    [place, *_] = status.described["x-task-lifecycle"]["at"]["id"]
    for link in links(status):
        if link.get("operationId") == op.id:
            for field, expression in link.get("requestBody", {}).items():
                if expression == f"$response.body#{place}":
                    return str(field)
    return None


def links(op: Operation) -> Iterator[Any]:
    for answer in op.described["responses"].values():
        yield from answer.get("links", {}).values()


Way = Callable[[Desk], httpx.Response]


def ways_to(example: Example) -> list[Way]:
    """What may lead to it, the likeliest first."""
    op, life = example.operation, Lifecycle(example.operation.provider)
    if asks_for_a_task(op) and (state := life.shown(example)) is not None:
        return looks_at(example, state)
    if what := error_of(example):
        by_hand = LOOKED_WRONG if asks_for_a_task(op) else SENT_WRONG
        return [*by_hand[what], by_rule, by_fault]
    if asks_for_a_task(op):  # there is no such task
        return [as_shown]
    shown = range(len(list(requests(op))) or 1)
    return [*(shown_as(n) for n in shown), by_rule]


def looks_at(example: Example, state: str | int) -> list[Way]:
    life = Lifecycle(example.operation.provider)
    pending = VENDORS[example.operation.provider].pending
    if state in pending:
        n, all_of_them = pending.index(state), len(pending)
        # A state lasts longer than the one before: see `_shares` of the mock's lifecycle.
        return [at(n * (n + 1) / (all_of_them * (all_of_them + 1)) + 0.05)]
    if life.meanings[state] == "cancelled":
        return [cancelled]
    # By the example, where several states or examples mean the same.
    return [at(2, str(state)), at(2, example.name), at(2, life.meanings[state])]


def error_of(example: Example) -> str | None:
    """What a refusal means: by its status, or by the code in a 200, as `x-codes` has it."""
    by_status = {
        401: "authentication",
        402: "insufficient-credits",
        404: "not-found",
        429: "rate-limited",
    }
    if not example.is_success:
        status = int(example.role)
        default = "invalid-request" if status < 500 else "server-error"
        return by_status.get(status, default)
    codes = load(example.operation.provider).get("x-codes", {})
    code = _at(example.value, codes["at"]) if codes else None
    meant = {entry["code"]: entry["error"] for entry in codes.get("meanings", ())}
    return meant.get(code)


# What is asked.


def as_shown(desk: Desk) -> httpx.Response:
    return desk.ask()


def shown_as(n: int) -> Way:
    return lambda desk: desk.ask(n)


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
    """In a header, or in the body where that is what asks for a token."""
    body = desk.body()
    if isinstance(body, dict) and KEY in body.values():
        return desk.call({n: "wrong" if v == KEY else v for n, v in body.items()})
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
    place = ADAPTERS[desk.provider].images.fields["prompt"]
    above, _, name = place.rpartition("/")
    with suppress(LookupError, TypeError):
        del look_up(body, above)[name]
    return desk.call(body)


def with_unknown_model(desk: Desk) -> httpx.Response:
    body = desk.body()
    place = ADAPTERS[desk.provider].images.fields["model"]
    with suppress(LookupError, TypeError):
        put(body, place, "dall-e")
    return desk.call(body)


def from_no_task(desk: Desk) -> httpx.Response:
    return desk.call(from_task(desk, "no-such-task"))


def from_a_task_too_early(desk: Desk) -> httpx.Response:
    return desk.call(from_task(desk, desk.task()))


def from_a_task_twice(desk: Desk) -> httpx.Response:
    body = desk.body()
    return [desk.call(body) for _ in range(2)][-1]


def from_task(desk: Desk, id: str) -> Any:
    shown = next(requests(desk.op)).value
    return {**shown, source_of(desk.op) or "": id}


KEYS: dict[str, list[Way]] = {
    "authentication": [with_wrong_key, without_key],
    "rate-limited": [too_often],
    "server-error": [],
    "insufficient-credits": [],
}
LOOKED_WRONG = KEYS | {
    "not-found": [as_shown],
    "invalid-request": [malformed],
}
SENT_WRONG = KEYS | {
    "insufficient-credits": [without_credits],
    "not-found": [from_no_task],
    "invalid-request": [
        malformed,
        without_prompt,
        with_unknown_model,
        from_a_task_too_early,
        from_a_task_twice,
    ],
}
"""What is done to be refused for this reason."""
