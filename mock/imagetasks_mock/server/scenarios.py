"""The scenario of now, of the session as it went, and another one in its place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from .._world import World
from ..http.answers import Answer
from ..http.fault import Fault
from ..http.requests import Unreadable
from ..scenario import parse_scenario
from ..state.outcomes import Rule
from ..state.tasks import Task
from .calls import AdminCall

_PROMPT = 200  # characters of a prompt that a rule knows it by


def show_scenario(call: AdminCall) -> Answer:
    """As a YAML file that `--scenario` takes."""
    import yaml

    of_session = call.choice("of", ("now", "session")) == "session"
    world = call.world
    values = describe(world) | (_session(world) if of_session else {})
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    headers = ((b"content-type", b"application/yaml"),)
    return Answer(200, text.encode("utf-8", "replace"), headers)


def load_scenario(call: AdminCall) -> Answer:
    """What is wrong with it is told before anything has changed."""
    try:
        text = call.body.decode()
    except UnicodeError:
        raise Unreadable("the body is not UTF-8 text") from None
    call.world.load(parse_scenario("the body", text))
    return Answer.json(200, {})


def describe(world: World) -> dict[str, Any]:
    """All that holds now; what is as usual is left out."""
    scenario = world.scenario
    values: dict[str, Any] = {"seed": scenario.seed, "speed": world.clock.speed}
    values |= {"tick": scenario.tick, "duration": scenario.duration}
    lists = {
        "durations": [_given(duration._asdict()) for duration in scenario.durations],
        "outcomes": list(map(_rule, world.outcomes)),
        "accounts": list(_accounts(world)),
        "faults": [_fault(fault) for fault in world.faults],
        "webhook_hosts": list(scenario.webhook_hosts),
        "examples": dict(scenario.examples),
        "upstream_refresh": scenario.upstream_refresh,
    }
    return values | {name: value for name, value in lists.items() if value}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _rule(rule: Rule) -> dict[str, Any]:
    usual = {field.name: field.default for field in fields(Rule)}
    values = asdict(rule)
    return {n: v for n, v in values.items() if v != usual[n] or n == "outcome"}


def _fault(fault: Fault) -> dict[str, Any]:
    usual = {field.name: field.default for field in fields(Fault)}
    values = asdict(fault)
    return {n: v for n, v in values.items() if v != usual[n] and n != "id"}


def _accounts(world: World) -> Iterator[dict[str, Any]]:
    """With what they have now. Keys that merely were used are not in it."""
    for settings in world.accounts.settings:
        account = world.accounts[settings.key]
        credits = {name: account.balance(name) for name in world.specs}
        left = {name: n for name, n in credits.items() if n is not None}
        values = settings._asdict() | {"credits": left or None}
        yield _given(values)


# The session.


def _session(world: World) -> dict[str, Any]:
    """Tasks that did not succeed end so again, and what was struck is struck at the same place of its operation."""
    refusing = [_rule(rule) for rule in world.scenario.outcomes if rule.refuse]
    outcomes = [*_endings(world), *refusing]
    found = {"outcomes": outcomes, "faults": list(_strikes(world))}
    accounts = [_given(s._asdict()) for s in world.scenario.accounts]
    return found | ({"accounts": accounts} if accounts else {})


def _endings(world: World) -> Iterator[dict[str, Any]]:
    alike: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in world.tasks:
        alike[task.provider, _pattern(task)].append(task)
    for (provider, pattern), tasks in alike.items():
        if all(task.state not in ("failed", "cancelled") for task in tasks):
            continue
        for task in tasks:
            ended = task.state if task.is_terminal else "succeeded"
            where = {"provider": provider, "prompt": pattern, "count": 1}
            said = {"code": task.fate.code, "message": task.fate.message}
            example = task.fate.example if ended == task.state else None
            yield _given({"outcome": example or ended, **where, **said})


def _pattern(task: Task) -> str:
    """Of a task without a prompt it fits those without one alone."""
    prompt = task.prompt or ""
    end = r"\Z" if len(prompt) <= _PROMPT else ""
    return rf"\A{re.escape(prompt[:_PROMPT])}{end}"


def _strikes(world: World) -> Iterator[dict[str, Any]]:
    passed: dict[tuple[str, str | None], int] = defaultdict(int)
    for received in world.log:
        place = (received.provider, received.operation)
        if received.struck_by is None:
            passed[place] += 1
            continue
        where = {"provider": received.provider, "operation": received.operation}
        values = _fault(received.struck_by) | where | {"count": 1}
        values.pop("probability", None)
        values.pop("task", None)  # another run has other ids
        yield values | ({"after": passed[place]} if passed[place] else {})
