"""Broken rules of a schema as findings. What comes out of here has types in it, not values."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from .._specs.schema import Json, resolved
from .drift import Finding
from .schema import Shape, listed

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

FIELD = re.compile(r"(?!(?:\D*\d){5})[A-Za-z_$@][\w$-]{0,39}", re.ASCII)
"""What a name of a field looks like. Any other one may be a value: objects are used as tables, of ids and addresses."""
STATE = re.compile(r"(?=.{1,32}\Z)[A-Za-z]+(?:[_-][A-Za-z]+)*|\d{1,3}", re.ASCII)
"""What a state looks like: neither a prompt of several words, nor a URL, nor an id or key, which have digits."""

TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def differences(shape: Shape, body: Json, states: Collection[str]) -> list[Finding]:
    """
    Where a body differs from its shape; each pointer once for each kind of difference.

    `states` are the pointers to the task's state, whose unknown values are shown.
    """
    found: dict[tuple[str, str], Finding] = {}
    if not shape.validator.is_valid(body):
        for finding in _explain(shape, shape.validator.iter_errors(body), states):
            found.setdefault(finding[:2], finding)
    for path, inner in shape.embedded:
        for finding in _inside(inner, _value_at(body, path), states):
            moved = finding._replace(pointer=pointer_of(path) + finding.pointer)
            found.setdefault(moved[:2], moved)
    return list(found.values())


def type_of(value: Json) -> str:
    """The type of a value, and what is in it where that is a list of the same."""
    if isinstance(value, list) and len(inner := {type(each) for each in value}) == 1:
        return f"array of {TYPES[inner.pop()]}"
    return TYPES[type(value)]


def pointer_of(path: Iterable[str | int]) -> str:
    return "".join(f"/{_step(step)}" for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int) or not FIELD.fullmatch(step):
        return "*"
    return step


def _value_at(body: Json, path: Iterable[str]) -> Json:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _inside(shape: Shape, text: Json, states: Collection[str]) -> list[Finding]:
    """Of JSON in a string. One that is none at all is for the schema around it to refuse; an empty one says nothing."""
    if not isinstance(text, str) or not text:
        return []
    try:
        return differences(shape, json.loads(text), states)
    except (ValueError, RecursionError):
        return [Finding("", "unreadable", "JSON", "string")]


def _explain(
    shape: Shape, errors: Iterable[ValidationError], states: Collection[str]
) -> Iterator[Finding]:
    for error in errors:
        at, about = pointer_of(error.instance_path), error.kind.as_dict()
        value: Json = error.instance
        match error.kind.name:
            case "required":
                name = at + pointer_of([about["property"]])
                yield Finding(name, "missing_field", "a value", "nothing")
            case "unevaluatedProperties":
                known = listed(shape.schema, _rule(shape, error)[0])
                # An object that breaks another rule, too, has all of its fields here.
                for name in about["unexpected"]:
                    if name not in known:
                        extra = at + pointer_of([name])
                        yield Finding(
                            extra, "extra_field", "nothing", type_of(value[name])
                        )
            case "type":
                expected = " or ".join(about["types"])
                yield Finding(at, "wrong_type", expected, type_of(value))
            case "enum":
                yield _not_listed(at, value, about["options"], states)
            case "const":
                yield _not_listed(at, value, [about["expected_value"]], states)
            case "oneOf" | "anyOf" if all(about["context"]):
                yield from _of_the_nearest(shape, error, states)
            case keyword:
                rule = _rule(shape, error)[1]
                words = f"{keyword} {rule}" if isinstance(rule, str | int) else keyword
                yield Finding(at, "broken_rule", words, type_of(value))


def _not_listed(
    at: str, value: Json, options: list[Json], states: Collection[str]
) -> Finding:
    types = {type_of(option): None for option in options}
    if type_of(value) not in types:
        return Finding(at, "wrong_type", " or ".join(types), type_of(value))
    expected = ", ".join(map(str, options))
    is_state = at.replace("/*", "") in states and STATE.fullmatch(str(value))
    seen = str(value) if is_state else type_of(value)
    return Finding(at, "unknown_value", expected, seen)


def _of_the_nearest(
    shape: Shape, error: ValidationError, states: Collection[str]
) -> Iterator[Finding]:
    """Of several alternatives, none of which fits, the differences to the one that lacks least."""
    branches: list[list[ValidationError]] = error.kind.as_dict()["context"]
    of_its_type = [
        branch
        for branch in branches
        if not any(
            inner.kind.name == "type" and inner.instance_path == error.instance_path
            for inner in branch
        )
    ]
    if of_its_type:
        nearest = min(of_its_type, key=len)
        yield from _explain(shape, nearest, states)
        return
    types = [kind for branch in branches for kind in _types(branch)]
    yield Finding(
        pointer_of(error.instance_path),
        "wrong_type",
        " or ".join(dict.fromkeys(types)),
        type_of(error.instance),
    )


def _types(branch: list[ValidationError]) -> Iterator[str]:
    for error in branch:
        if error.kind.name == "type":
            yield from error.kind.as_dict()["types"]


def _rule(shape: Shape, error: ValidationError) -> tuple[Json, Json]:
    """The schema that has the broken rule, and what the rule says."""
    *path, keyword = error.evaluation_path
    node = shape.schema
    for step in path:
        # Of a reference and what it refers to, the latter.
        node = [*resolved(shape.schema, node)][-1] if step == "$ref" else node[step]
    return node, node[keyword]
