"""What holds when a request leaves a field out: its documented default, or the only value that its schema allows."""

from __future__ import annotations

from collections.abc import Iterator

from .places import Json
from .schemas import Schemas


class Defaults:
    """Of the requests of one spec."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._schemas = Schemas(document)

    def of(self, schema: Json, place: str, body: Json) -> Json:
        """By JSON pointer into the body; None where no page states it for such a request."""
        parts = list(self._parts(schema, body))
        for name in place.split("/")[1:]:
            body = body.get(name, {}) if isinstance(body, dict) else {}
            fields = [p.get("properties", {}).get(name, {}) for p in parts]
            parts = [part for field in fields for part in self._parts(field, body)]
        stated = [part[_KEYWORD] for part in parts if _KEYWORD in part]
        return stated[0] if stated else next(_only_values(parts), None)

    def _parts(self, schema: Json, value: Json) -> Iterator[Json]:
        """A schema, what it refers to, and what its rules add for this value."""
        yield schema
        if "$ref" in schema:
            yield from self._parts(self._reference(schema["$ref"]), value)
        for rule in schema.get("allOf", ()):
            if "if" not in rule:
                yield from self._parts(rule, value)
            elif not self._schemas.violations(value, rule["if"]):
                yield from self._parts(rule.get("then", {}), value)

    def _reference(self, reference: str) -> Json:
        node = self._document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        return node


def _only_values(parts: list[Json]) -> Iterator[Json]:
    for part in parts:
        allowed = [part["const"]] if "const" in part else part.get("enum", [])
        if len(allowed) == 1:
            yield allowed[0]


_KEYWORD = "x-documented-default"
