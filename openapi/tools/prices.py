"""
Hold `x-prices` against its JSON Schema and the requests that it is about.

A price with a misspelt field or value holds for no request, and nothing that reads it says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from document import Problems, join
from examples import Spec, flaws

KEYWORD = "x-prices"
SCHEMA = json.loads(Path(__file__).with_name("pricing.schema.json").read_text())
HERE = f"/{KEYWORD}"

Entry = dict[str, Any]


def prices_are_of_requests(spec: Spec) -> Problems:
    section = {KEYWORD: spec.data[KEYWORD]} if KEYWORD in spec.data else {}
    misshapen = list(flaws(SCHEMA, section, ""))
    yield from misshapen
    if misshapen or not section:
        return
    prices, inferred = section[KEYWORD]["prices"], section[KEYWORD].get("inferred", [])
    for n, entry in enumerate(prices):
        here = join(HERE, "prices", n)
        yield from _is_reached(here, entry, prices[:n])
        yield from _is_of_a_request(spec, here, entry, inferred)
    used = {place for entry in prices for place in _places(entry)}
    for n, place in enumerate(inferred):
        if place not in used:
            yield join(HERE, "inferred", n), "no price asks for it"


def _is_reached(here: str, entry: Entry, earlier: list[Entry]) -> Problems:
    for m, before in enumerate(earlier):
        is_of_the_same = before.get("operation") in (None, entry.get("operation"))
        asks_less = before["when"].items() <= entry["when"].items()
        if is_of_the_same and asks_less:
            yield here, f"never reached: entry {m} holds before it"


def _is_of_a_request(
    spec: Spec, here: str, entry: Entry, inferred: list[str]
) -> Problems:
    bodies = _bodies(spec)
    if "operation" in entry:
        if entry["operation"] not in bodies:
            yield join(here, "operation"), "no operation with a request has this id"
            return
        bodies = {entry["operation"]: bodies[entry["operation"]]}
    for place in _places(entry):
        fields = [_fields(spec, body, place, entry["when"]) for body in bodies.values()]
        wanted = entry["when"].get(place)
        where = join(here, "when", place) if place in entry["when"] else f"{here}/per"
        if place in inferred:
            if any(fields):
                yield where, "the request has this field: it is not `inferred`"
        elif not any(fields):
            yield where, f"no request has the field {place}, nor is it `inferred`"
        elif place in entry["when"] and not any(
            found and all(_takes(spec, field, wanted) for field in found)
            for found in fields
        ):
            yield where, f"{json.dumps(wanted)} is none of the values that it takes"


def _places(entry: Entry) -> Iterator[str]:
    yield from entry["when"]
    if "per" in entry:
        yield entry["per"]


def _bodies(spec: Spec) -> dict[str, str]:
    """Where the schema of a request stands, by operationId."""
    found = {}
    for pointer, operation in spec.operations():
        is_of_a_call = pointer.startswith("/paths/") and "operationId" in operation
        if is_of_a_call and "requestBody" in operation:
            body = spec.follow(join(pointer, "requestBody"))
            if "schema" in spec.at(body)["content"].get("application/json", {}):
                schema = join(body, "content", "application/json", "schema")
                found[operation["operationId"]] = schema
    return found


def _fields(spec: Spec, schema: str, place: str, when: Entry) -> list[str]:
    """Where a field of the request is described, as the rules have it for these values."""
    request = _nested(when)
    parts = list(_parts(spec, schema, request))
    for token in place.split("/")[1:]:
        request = request.get(token, {}) if isinstance(request, dict) else {}
        inner = [join(part, "properties", token) for part in parts]
        known = [
            pointer
            for part, pointer in zip(parts, inner, strict=True)
            if token in spec.at(part).get("properties", {})
        ]
        parts = [part for pointer in known for part in _parts(spec, pointer, request)]
    return parts


def _parts(spec: Spec, pointer: str, value: Any) -> Iterator[str]:
    """A schema, what it refers to, and what its rules add."""
    node = spec.at(pointer)
    yield pointer
    if "$ref" in node:
        yield from _parts(spec, spec.follow(pointer), value)
    for n, rule in enumerate(node.get("allOf", ())):
        rule_at = join(pointer, "allOf", n)
        if "if" not in rule:
            yield from _parts(spec, rule_at, value)
        elif "then" in rule and not list(spec.problems(join(rule_at, "if"), value)):
            yield from _parts(spec, join(rule_at, "then"), value)


def _nested(when: Entry) -> Any:
    request: dict[str, Any] = {}
    for place, value in when.items():
        *above, last = place.split("/")[1:]
        inner = request
        for token in above:
            inner = inner.setdefault(token, {})
            if not isinstance(inner, dict):  # another price is of the value as a whole
                return request
        inner[last] = value
    return request


def _takes(spec: Spec, schema: str, value: Any) -> bool:
    return not list(spec.problems(schema, value))
