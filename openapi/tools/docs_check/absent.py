"""
What the spec says and the page does not.

A page does not have to say all of what the spec says of an operation: other pages feed it too. So this asks only where
the page speaks of the subject: an object of which it shows most fields, a closed list of which it lists most values, a
field that it describes and whose default or limit it leaves out; and for what it was found to say when it was last read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .facts import Claim, Facts, Field, Finding, Said, spelled
from .lines import Line


class Absence:
    def __init__(
        self,
        lines: list[Line],
        said: list[Said],
        facts: Facts,
        matched: Mapping[str, set[int]],
        listed: Mapping[str, set[str]],
    ) -> None:
        """`matched`: by pointer, the lines that say the same; `listed`: by pointer of a field, the values in lists."""
        self._facts = facts
        self._matched = matched
        self._listed = listed
        self._text = "\n".join(line.text for line in lines)
        self._kinds = {one.kind for one in said}
        self._statuses = {one.value for one in said if one.kind == "status code"}
        named = [one for one in said if one.kind == "field"]
        self._shown = {one.value for one in named}
        self._described = {one.value for one in named if lines[one.line].kind != "code"}

    def read(self) -> Iterator[Finding]:
        yield from self._endpoints()
        yield from self._fields()
        yield from self._codes()
        for it in self._facts.fields:
            yield from self._values(it)
            if it.name in self._described:
                yield from self._unsaid("default", it, it.defaults)
                yield from self._unsaid("limit", it, it.limits)

    def lost(self, before: Iterable[str]) -> Iterator[Finding]:
        """Of the pointers that the page matched before. A spelling that is still there will do: formats differ."""
        claims = {claim.pointer: claim for claim in self._facts.claims()}
        for pointer in before:
            claim = claims.get(pointer)
            if claim and pointer not in self._matched and not self._still_says(claim):
                value = f"{claim.field}: {claim.value}" if claim.field else claim.value
                yield Finding(claim.kind, "spec", value, pointer)

    def _endpoints(self) -> Iterator[Finding]:
        if "endpoint" in self._kinds:
            for claim in self._facts.endpoints:
                if claim.pointer not in self._matched:
                    yield Finding("endpoint", "spec", claim.value, claim.pointer)

    def _fields(self) -> Iterator[Finding]:
        objects: dict[str, list[Field]] = defaultdict(list)
        for it in self._facts.fields:
            objects[it.owner].append(it)
        for fields in objects.values():
            said = [it for it in fields if it.name in self._shown]
            if len(said) > 1 and 2 * len(said) >= len(fields):
                for it in fields:
                    if it.name not in self._shown and not self._is_named(it.name):
                        yield Finding("field", "spec", it.name, it.pointer)

    def _values(self, it: Field) -> Iterator[Finding]:
        listed = self._listed.get(it.pointer, set())
        if len(listed) > 1 and 2 * len(listed) >= len(it.values):
            for value, pointer in it.values.items():
                if value not in listed:
                    yield Finding("value", "spec", f"{it.name}: {value}", pointer)

    def _codes(self) -> Iterator[Finding]:
        known = self._facts.statuses
        if len(self._statuses & known.keys()) > 1:
            for status in sorted(known.keys() - self._statuses - {"200"}):
                yield Finding("status code", "spec", status, known[status])

    def _unsaid(
        self, kind: str, it: Field, said: Mapping[Any, str]
    ) -> Iterator[Finding]:
        for value, pointer in said.items():
            text = spelled(value) if kind == "limit" else value
            if pointer not in self._matched and not self._is_named(text):
                yield Finding(kind, "spec", f"{it.name}: {text}", pointer)

    def _still_says(self, claim: Claim) -> bool:
        """Of a number of seconds its spelling says nothing."""
        by_word = claim.kind not in ("duration", "lifetime")
        is_call = claim.kind == "endpoint"  # of which the path says enough
        return by_word and self._is_named(
            claim.value.split()[-1] if is_call else claim.value
        )

    def _is_named(self, word: str) -> bool:
        text = self._text.replace(",", "") if word.isdecimal() else self._text
        return bool(re.search(rf"(?<![\w.:]){re.escape(word)}(?![\w:])", text))
