"""What a request schema says of one field: the values it takes, and the one that holds when it is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._lazy import jsonschema_rs

Json = Any
"""Parsed JSON."""

_CAPS = ("maxItems", "x-used-items")
_DEFAULT = "x-documented-default"


@dataclass(frozen=True, slots=True)
class Field:
    """`values` is None where the list is open, `default` and `at_most` (of a list) where none is documented."""

    values: tuple[Json, ...] | None = None
    default: Json = None
    at_most: int | None = None

    @property
    def unless_given(self) -> Json:
        """What the vendor takes when it is left out, as far as that is certain; else None."""
        if self.default is None and self.values is not None and len(self.values) == 1:
            return self.values[0]
        return self.default


def describe(schema: Json, pointer: str, given: Mapping[str, Json]) -> Field:
    """
    The field at a JSON pointer into the body, as the rules have it for what is `given`: `{"model": "veo3"}`.

    One that the schema does not have takes anything.
    """
    parts = list(resolved(schema, schema))
    parts += [
        rule["then"]
        for part in parts
        for rule in part.get("allOf", ())
        if _is_about(rule.get("if", {}), given)
    ]
    for step in _steps(pointer):
        parts = _inside(schema, parts, step)
    lists = [values for part in parts if (values := _values(part)) is not None]
    defaults = [part[_DEFAULT] for part in parts if _DEFAULT in part]
    caps = [part[cap] for part in parts for cap in _CAPS if cap in part]
    return Field(
        values=_common(lists) if lists else None,
        default=next(iter(defaults), None),
        at_most=min(caps, default=None),
    )


def requires(schema: Json, pointer: str) -> bool:
    """Whether the object that a field is in cannot do without it, whatever else it has."""
    *above, last = _steps(pointer)
    parts = list(resolved(schema, schema))
    for step in above:
        parts = _inside(schema, parts, step)
    return any(last in part.get("required", ()) for part in parts)


def _inside(schema: Json, parts: list[Json], step: str) -> list[Json]:
    return [
        inner
        for part in parts
        if step in (properties := part.get("properties", {}))
        for inner in _unless_null(schema, properties[step])
    ]


def _unless_null(root: Json, node: Json) -> Iterator[Json]:
    """A schema, what it refers to, and what it is where it may be null besides."""
    for part in resolved(root, node):
        yield part
        others = [each for each in part.get("oneOf", ()) if each != {"type": "null"}]
        if len(others) == 1 < len(part["oneOf"]):
            yield from resolved(root, others[0])


def value_at(document: Json, pointer: str) -> Json:
    """None where there is nothing."""
    for step in _steps(pointer):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def _steps(pointer: str) -> list[str]:
    return pointer.split("/")[1:]


def resolved(root: Json, node: Json) -> Iterator[Json]:
    """A schema, and what it refers to."""
    yield node
    if "$ref" in node:
        target = root
        for step in _steps(node["$ref"]):
            target = target[step]
        yield from resolved(root, target)


def _is_about(condition: Json, given: Mapping[str, Json]) -> bool:
    """Whether a rule asks for nothing but what is given, and gets it."""
    if condition.keys() != {"properties", "required"}:
        return False
    if not condition["properties"].keys() <= given.keys():
        return False
    try:
        return jsonschema_rs.Draft202012Validator(condition).is_valid(dict(given))
    except UnicodeEncodeError:
        # Half a surrogate pair: no rule is about that, and the request is refused as a whole.
        return False


def _values(part: Json) -> list[Json] | None:
    """Without null, which says as much as leaving the field out."""
    values = [part["const"]] if "const" in part else part.get("enum")
    return values and [value for value in values if value is not None]


def _common(lists: list[list[Json]]) -> tuple[Json, ...]:
    first, *others = lists
    return tuple(value for value in first if all(value in other for other in others))
