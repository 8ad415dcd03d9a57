"""What a page says, and what a spec says: the terms in which the two are held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .phrases import durations_in, numbers_in

Kind = Literal[
    "endpoint",
    "field",
    "values",
    "shown",
    "limit",
    "default",
    "status code",
    "duration",
]


@dataclass(frozen=True)
class Said:
    """By a line of a page, of a field if that is known. Of kind "values": a list, of (value, line)."""

    kind: Kind
    value: Any
    line: int
    field: str = ""
    types: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """`side` is who says it, while the other does not."""

    kind: str
    side: Literal["page", "spec"]
    value: str
    at: str
    """In the spec: a JSON pointer."""
    line: int | None = None
    quote: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.side, self.value, self.at

    def __str__(self) -> str:
        where = f"{self.kind} {self.value!r}"
        if self.side == "page":
            return f"the page says {where}, the spec does not"
        return f"the spec says {where}, the page does not"


class Claim(NamedTuple):
    """One thing that a spec says: `value` as a page would spell it, of a field or of the operation."""

    kind: str
    value: str
    pointer: str
    field: str = ""


@dataclass
class Field:
    """A property or parameter, with all that its schema and the rules about it say."""

    name: str
    pointer: str
    owner: str
    types: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    limits: dict[float, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    words: str = ""
    open: bool = True
    """No schema lists what it holds."""

    def quotes(self, value: str) -> bool:
        return f"`{value}`" in self.words

    def mentions(self, value: str) -> bool:
        return bool(re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-])", self.words))


@dataclass
class Facts:
    """Of the operations that one page feeds."""

    fields: list[Field] = field(default_factory=list)
    endpoints: list[Claim] = field(default_factory=list)
    elsewhere: list[Claim] = field(default_factory=list)
    """Endpoints of the spec's other operations: a page may link to them."""
    statuses: dict[str, str] = field(default_factory=dict)
    durations: dict[float, str] = field(default_factory=dict)
    failures: list[Claim] = field(default_factory=list)
    """Codes and phrases of failures that this page is the source of."""
    other_durations: set[float] = field(default_factory=set)
    """Of other operations' lifecycles: the page of a submit call may say how to poll."""
    headers: set[str] = field(default_factory=set)
    hosts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    words: str = ""
    operation: str = ""
    """Where to point to for what is nowhere."""

    def named(self, name: str) -> list[Field]:
        return [field for field in self.fields if field.name == name]

    def claims(self) -> Iterator[Claim]:
        yield from self.endpoints
        for status, pointer in self.statuses.items():
            yield Claim("status code", status, pointer)
        for seconds, pointer in self.durations.items():
            kind = "lifetime" if pointer.endswith("/result-lifetime") else "duration"
            yield Claim(kind, f"{spelled(seconds)} s", pointer)
        for it in self.fields:
            yield Claim("field", it.name, it.pointer)
            for value, pointer in it.values.items():
                yield Claim("value", value, pointer, it.name)
            for number, pointer in it.limits.items():
                yield Claim("limit", spelled(number), pointer, it.name)
            for value, pointer in it.defaults.items():
                yield Claim("default", value, pointer, it.name)


def spelled(number: float) -> str:
    return f"{number:.10g}"


def said_numbers(found: Iterable[Field]) -> set[float]:
    return {n for it in found for n in (*it.limits, *numbers_in(it.words))}


def said_durations(facts: Facts) -> set[float]:
    words = facts.words + "".join(it.words for it in facts.fields)
    return {*facts.durations, *facts.other_durations, *durations_in(words)}
