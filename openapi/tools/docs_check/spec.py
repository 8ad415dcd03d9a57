"""What a spec says of some of its operations, in the terms that a page is read in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from document import join
from examples import Spec

from .facts import Claim, Facts, Field
from .phrases import defaults_in
from .sources import FAILURES

# Each says a number that a page can state; 0 and 1 are seldom stated as numbers.
BOUNDS = re.compile("(max|min)(Length|Items|imum)|exclusiveM(ax|in)imum|multipleOf")
BRANCHES = ("allOf", "anyOf", "oneOf")
BESIDE = ("then", "else")
INSIDE = ("items", "contentSchema")
Facet = tuple[str, dict[str, Any], bool]


def read(spec: Spec, operations: Iterable[str]) -> Facts:
    """Raises KeyError for an operation that the spec does not have."""
    all_of_them = dict(spec.operations())
    by_id = {node.get("operationId"): pointer for pointer, node in all_of_them.items()}
    facts = Facts(
        headers=_headers(spec), words=spec.data["info"].get("description", "")
    )
    servers = [server["url"] for server in spec.data.get("servers", ())]
    split = [re.fullmatch(r"(https?://[^/]+)(.*?)/?", url) for url in servers]
    facts.hosts = tuple(found[1] for found in split if found)
    facts.prefixes = tuple(found[2] for found in split if found)
    facts.words += "".join(
        str(server.get("description", "")) for server in spec.data.get("servers", ())
    )
    chosen = [by_id[operation] for operation in operations]
    for pointer, node in all_of_them.items():
        facts.other_durations.update(
            seconds for seconds, _ in _durations(pointer, node)
        )
        claims = facts.endpoints if pointer in chosen else facts.elsewhere
        claims.extend(_endpoint(pointer))
    reader = _Reader(spec, facts)
    for pointer in chosen:
        facts.operation = facts.operation or pointer
        reader.operation(pointer)
    return facts


def failures(spec: Spec, url: str) -> Iterator[Claim]:
    """What `x-failure-reasons` has from this page: codes, and phrases."""
    for n, entry in enumerate(spec.data.get(FAILURES, ())):
        if url in [source.get("url") for source in entry.get("x-source", ())]:
            for key in ("code", "words"):
                if key in entry:
                    yield Claim("failure", entry[key], f"/{FAILURES}/{n}/{key}")


def _endpoint(pointer: str) -> Iterator[Claim]:
    _, root, path, method, *rest = pointer.split("/")
    if root == "paths" and not rest:
        path = path.replace("~1", "/").replace("~0", "~")
        yield Claim("endpoint", f"{method.upper()} {path}", pointer)


def _durations(pointer: str, operation: dict[str, Any]) -> Iterator[tuple[float, str]]:
    lifecycle = operation.get("x-task-lifecycle", {})
    here = join(pointer, "x-task-lifecycle")
    for key in ("result-lifetime", "upstream-refresh"):
        if key in lifecycle:
            yield lifecycle[key], join(here, key)
    for key, seconds in lifecycle.get("poll-gap", {}).items():
        yield seconds, join(here, "poll-gap", key)


def _headers(spec: Spec) -> set[str]:
    schemes = spec.data.get("components", {}).get("securitySchemes", {}).values()
    named = {scheme["name"] for scheme in schemes if "name" in scheme}
    return {name.lower() for name in named} | {
        "authorization",
        "content-type",
        "accept",
    }


class _Reader:
    def __init__(self, spec: Spec, facts: Facts) -> None:
        self._spec = spec
        self._facts = facts
        self._seen: set[str] = set()
        self._by_place: dict[tuple[str, str], Field] = {}

    def operation(self, pointer: str) -> None:
        node, facts = self._spec.at(pointer), self._facts
        facts.words += _words(node)
        for index in range(len(node.get("parameters", ()))):
            place = self._spec.follow(join(pointer, "parameters", index))
            parameter = self._spec.at(place)
            found = self._field(place, parameter["name"], pointer)
            found.words += _words(parameter)
            self._schema_of(found, join(place, "schema"))
        self._body(join(pointer, "requestBody"))
        for status in node.get("responses", {}):
            place = join(pointer, "responses", status)
            if status.isdecimal():
                facts.statuses.setdefault(status, place)
            self._body(place)
        for seconds, place in _durations(pointer, node):
            facts.durations.setdefault(seconds, place)

    def _body(self, pointer: str) -> None:
        try:
            place = self._spec.follow(pointer)
        except LookupError:
            return
        body = self._spec.at(place)
        self._facts.words += _words(body)
        for media_type in body.get("content", {}):
            self._object(join(place, "content", media_type, "schema"))
        for name in body.get("headers", {}):
            header = self._spec.follow(join(place, "headers", name))
            found = self._field(header, name, place)
            if "schema" in self._spec.at(header):
                self._schema_of(found, join(header, "schema"))

    def _object(self, pointer: str) -> None:
        if pointer in self._seen:
            return
        self._seen.add(pointer)
        for place, node, _ in list(self._facets(pointer)):
            self._facts.words += _words(node)
            owner = re.sub(r"/(allOf|anyOf|oneOf)/\d+|/(then|else)\b", "", place)
            for name in node.get("properties", {}):
                child = join(place, "properties", name)
                self._schema_of(self._field(child, name, owner), child)
                self._object(child)

    def _field(self, pointer: str, name: str, owner: str) -> Field:
        found = self._by_place.get((owner, name))
        if found is None:
            found = self._by_place[owner, name] = Field(name, pointer, owner)
            self._facts.fields.append(found)
        return found

    def _schema_of(self, found: Field, pointer: str) -> None:
        for place, node, whole in self._facets(pointer):
            found.open = found.open and "properties" not in node
            found.words += _words(node)
            for index, value in enumerate(node.get("enum", ())):
                found.values.setdefault(_spelled(value), join(place, "enum", index))
            if whole:
                types = node.get("type", [])
                found.types.update([types] if isinstance(types, str) else types)
            self._numbers(found, place, node)
            if "x-documented-default" in node:
                value = _spelled(node["x-documented-default"])
                found.defaults[value] = join(place, "x-documented-default")
        for value in defaults_in(found.words):
            found.defaults.setdefault(value, join(found.pointer, "description"))

    def _numbers(self, found: Field, place: str, node: dict[str, Any]) -> None:
        for key, number in node.items():
            if BOUNDS.fullmatch(key) and number > 1:
                found.limits.setdefault(float(number), join(place, key))
        for key, number in node.get("x-size-rules", {}).items():
            if key == "edges":  # names of fields
                continue
            found.limits.setdefault(float(number), join(place, "x-size-rules", key))

    def _facets(self, pointer: str, whole: bool = True) -> Iterator[Facet]:
        """The schema, and those that hold for the same value, or, not `whole`, for what is in it."""
        node = self._spec.at(pointer)
        yield pointer, node, whole
        if "$ref" in node:
            yield from self._facets(node["$ref"].removeprefix("#"), whole)
        for key in BRANCHES:
            for index in range(len(node.get(key, ()))):
                yield from self._facets(join(pointer, key, index), whole)
        for key in BESIDE:
            if key in node:
                yield from self._facets(join(pointer, key), whole)
        for key in INSIDE:
            if key in node:
                yield from self._facets(join(pointer, key), False)


def _words(node: dict[str, Any]) -> str:
    """Prose, and open lists of examples."""
    parts = [node.get("summary", ""), node.get("description", "")]
    parts += [
        f"`{value}`" for value in node.get("examples", ()) if isinstance(value, str)
    ]
    return "".join(f"{part}\n" for part in parts if part)


def _spelled(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
