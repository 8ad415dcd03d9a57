"""An admin request, taken apart, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._world import World
from ..http.answers import Answer, Headers
from ..http.requests import parse_json


class Problem(Exception):
    """An admin request that is not done, and why."""

    def __init__(self, status: int, words: str, headers: Headers = ()) -> None:
        super().__init__(words)
        self.answer = Answer.json(status, {"error": words}, headers)


@dataclass(frozen=True, slots=True)
class AdminCall:
    """An admin request, taken apart."""

    world: World
    id: str
    """The last part of a path that ends in an id, else empty."""
    query: dict[str, str]
    body: bytes
    headers: Mapping[str, str]
    origin: str
    """This server as the caller called it."""
    is_head: bool = False

    def object(self, *names: str) -> dict[str, Any]:
        """The body; `names` are the fields that it may have, any if there are none."""
        fields = parse_json(self.body)
        if not isinstance(fields, dict):
            raise Problem(400, "the body is not a JSON object")
        if names and (unknown := sorted(fields.keys() - names)):
            known = ", ".join(names)
            raise Problem(400, f"unknown: {', '.join(unknown)}; known: {known}")
        return fields

    def choice(self, name: str, among: Iterable[str]) -> str | None:
        """A parameter of the query that is one of these."""
        value = self.query.get(name)
        known = list(among)
        if value is not None and value not in known:
            raise Problem(400, f"no {name} {value!r}; known: {', '.join(known)}")
        return value

    def provider(self) -> str | None:
        return self.choice("provider", self.world.specs)

    def operation(self) -> str | None:
        specs = self.world.specs.values()
        return self.choice(
            "operation", sorted({o for s in specs for o in s.operations})
        )

    def number(self, name: str, least: int = 1) -> int | None:
        value = self.query.get(name)
        if value is None:
            return None
        # int() takes digits of every script.
        if not re.fullmatch("0|[1-9][0-9]{0,8}", value) or int(value) < least:
            raise Problem(400, f"{name} is a number from {least} up, not {value!r}")
        return int(value)


def text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise Problem(400, f"{name} is a text, not {value!r}")
    return value


def number(fields: dict[str, Any], name: str) -> float:
    value: Any = fields.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and value >= 0):
        raise Problem(400, f"{name} is a number from 0 up, not {value!r}")
    found: float = value
    return found
