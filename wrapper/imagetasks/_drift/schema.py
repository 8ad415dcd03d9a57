"""
The schema of an answer, made to say of every field whether the spec knows it.

Specs leave their objects open: a new field must not break a client. Here an object ends with the properties that it
lists, unless the spec says `additionalProperties` itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .._lazy import jsonschema_rs
from .._specs.schema import Json, resolved

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

DEPTH = 8
"""Names on the way to JSON inside of a string: a schema may contain itself."""


class Shape(NamedTuple):
    """What the spec says of one answer."""

    schema: Json
    validator: Draft202012Validator
    embedded: Sequence[tuple[tuple[str, ...], Shape]]
    """Where a string holds JSON, and the shape of that."""


def shape_of(document: Json, node: Json) -> Shape:
    """The shape of a schema in an OpenAPI document. Building the validator takes about a millisecond."""
    schemas = document["components"]["schemas"]
    within = {name: _closed_within(document, each) for name, each in schemas.items()}
    schema = {**_closed(document, node), "components": {"schemas": within}}
    return Shape(
        schema,
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True),
        [
            (path, shape_of(document, inner))
            for path, inner in _embedded(document, node, ())
        ],
    )


def listed(root: Json, node: Json) -> set[str]:
    """The properties that a schema names of an object, in any of its alternatives and rules."""
    names: set[str] = set()
    for part in resolved(root, node):
        names |= part.get("properties", {}).keys()
        inner = [part[word] for word in ("then", "else") if word in part]
        for word in ("allOf", "anyOf", "oneOf"):
            inner += part.get(word, ())
        for each in inner:
            names |= listed(root, each)
    return names


def _closed(root: Json, node: Json) -> Json:
    """The schema of a whole value."""
    within = _closed_within(root, node)
    return {**within, "unevaluatedProperties": False} if listed(root, node) else within


def _closed_within(root: Json, node: Json) -> Json:
    """
    The schema, with the values inside of its object or list closed.

    What stands in allOf, if and then is left as it is: rules name some of the fields only.
    """
    if not isinstance(node, dict):
        return node
    closed = dict(node)
    if "properties" in node:
        named = node["properties"].items()
        closed["properties"] = {name: _closed(root, inner) for name, inner in named}
    if isinstance(node.get("items"), dict):
        closed["items"] = _closed(root, node["items"])
    for word in ("anyOf", "oneOf"):
        if word in node:
            closed[word] = [_closed_within(root, inner) for inner in node[word]]
    return closed


def _embedded(
    root: Json, node: Json, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Json]]:
    for part in resolved(root, node):
        if "contentSchema" in part:
            yield path, part["contentSchema"]
        if len(path) < DEPTH:
            for name, inner in part.get("properties", {}).items():
                yield from _embedded(root, inner, (*path, name))
