"""
Places in an answer: JSON pointers, also into a string that holds JSON, and headers.

An answer is one document here: beside the fields of its body stand the headers that tell something, `header:x-state`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Json = Any
"""Parsed JSON."""
HEADER = "header:"


def with_headers(body: Json, headers: Mapping[str, str]) -> Json:
    """One document of both; the names of headers in lower case."""
    if not headers:
        return body
    return {**body, **{f"{HEADER}{name.lower()}": headers[name] for name in headers}}


def without_headers(document: Json) -> tuple[Json, dict[str, str]]:
    """The two parts of a document."""
    if not isinstance(document, dict):
        return document, {}
    names = [name for name in document if name.startswith(HEADER)]
    body = {name: value for name, value in document.items() if name not in names}
    return body, {name.removeprefix(HEADER): str(document[name]) for name in names}


@dataclass(frozen=True, slots=True)
class Place:
    """`inside` leads on within the text at `pointer`, where an answer holds JSON in a string."""

    pointer: str
    inside: str | None = None

    @classmethod
    def parse(cls, place: Json) -> Place:
        if isinstance(place, str):
            is_header = place.startswith(HEADER)
            return cls(f"/{place.lower()}" if is_header else place)
        return cls(place["in"], place["json"])

    def read(self, document: Json) -> Json:
        """None where there is nothing."""
        found = value_at(document, self.pointer)
        if self.inside is None or found is None:
            return found
        try:
            return value_at(json.loads(found), self.inside)
        except (ValueError, TypeError):  # it holds no JSON in this document
            return None

    def write(self, document: Json, value: Json) -> None:
        if self.inside is not None:
            text = json.loads(value_at(document, self.pointer))
            set_at(text, self.inside, value)
            value = compact(text)
        set_at(document, self.pointer, value)


def value_at(document: Json, pointer: str) -> Json:
    """None where there is nothing."""
    for step in _steps(pointer):
        try:
            document = document[int(step) if isinstance(document, list) else step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return document


def set_at(document: Json, pointer: str, value: Json) -> None:
    *steps, last = _steps(pointer)
    for step in steps:
        document = document[int(step) if isinstance(document, list) else step]
    document[int(last) if isinstance(document, list) else last] = value


def first(document: Json, places: Iterable[Place]) -> Place | None:
    """Where a reader finds it: the first place that holds something in this document."""
    return next((place for place in places if place.read(document) is not None), None)


def put(document: Json, place: Place, value: Json) -> None:
    """Replace what stands there, in its form."""
    place.write(document, _in_the_form_of(place.read(document), value))


def compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def escape(step: str) -> str:
    """One step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def _in_the_form_of(old: Json, value: Json) -> Json:
    if isinstance(old, list) and not isinstance(value, list):
        return [value]
    if isinstance(old, str) and isinstance(value, dict | list):
        return compact(value)  # JSON in a string
    if type(old) is int and isinstance(value, str):  # an id; no other text is a number
        return int(value) if value.isdecimal() and len(value) < 19 else old
    if type(old) is int and type(value) is float:
        return int(value)
    if type(old) is float and type(value) is int:
        return float(value)
    return value


@lru_cache(4096)  # a spec has some hundred
def _steps(pointer: str) -> tuple[str, ...]:
    steps = pointer.split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
