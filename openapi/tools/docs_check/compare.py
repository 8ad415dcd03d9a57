"""What page and spec say, held against each other. Here: what the page says; `absent` has the other side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .absent import Absence
from .facts import Facts, Field, Finding, Said, said_durations, said_numbers, spelled
from .lines import Line
from .phrases import Endpoint


@dataclass
class Compared:
    findings: list[Finding]
    matched: dict[str, set[int]]
    """By pointer into the spec, the lines that say the same."""


def compare(
    lines: list[Line], said: list[Said], facts: Facts, before: Iterable[str] = ()
) -> Compared:
    """`before`: the pointers that the page matched when it was last read."""
    return _Comparison(lines, said, facts).result(before)


class _Comparison:
    def __init__(self, lines: list[Line], said: list[Said], facts: Facts) -> None:
        self._lines = lines
        self._said = said
        self._facts = facts
        self._matched: dict[str, set[int]] = defaultdict(set)
        self._listed: dict[str, set[str]] = defaultdict(set)
        self._names = {one.value for one in said if one.kind == "field"}

    def result(self, before: Iterable[str]) -> Compared:
        checks: dict[str, Callable[[Said], Iterator[Finding]]] = {
            "endpoint": self._endpoint,
            "field": self._field,
            "values": self._values,
            "shown": self._shown_value,
            "limit": self._limit,
            "default": self._default,
            "status code": self._status,
            "duration": self._duration,
        }
        found = [f for one in self._said for f in checks[one.kind](one)]
        found += self._failures()
        absence = Absence(
            self._lines, self._said, self._facts, self._matched, self._listed
        )
        found += [*absence.read(), *absence.lost(before)]
        unique = {finding.key: finding for finding in reversed(found)}
        return Compared(list(reversed(unique.values())), dict(self._matched))

    def _endpoint(self, one: Said) -> Iterator[Finding]:
        endpoint: Endpoint = one.value
        claims = [*self._facts.endpoints, *self._facts.elsewhere]
        same = [claim for claim in claims if self._leads_to(endpoint, claim.value)]
        foreign = endpoint.host and endpoint.host not in self._facts.hosts
        # curl fetches any URL: without a method, it has to be like one of the API's.
        if not (same or endpoint.method or endpoint.host in self._facts.hosts):
            return
        for claim in same:
            self._matched[claim.pointer].add(one.line)
        # The spec may speak of other servers than the one that it names.
        if foreign and endpoint.host in self._facts.words:
            return
        if foreign or not same:
            yield self._news(one, "endpoint", str(endpoint), self._facts.operation)

    def _leads_to(self, endpoint: Endpoint, claim: str) -> bool:
        method, path = claim.split()
        pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path))
        said = re.sub(r":(\w+)|<(\w+)>", r"{\1\2}", endpoint.path)
        return endpoint.method in (method, None) and any(
            re.fullmatch(pattern, said.removeprefix(prefix).rstrip("/") or "/")
            for prefix in ("", *self._facts.prefixes)
        )

    def _field(self, one: Said) -> Iterator[Finding]:
        fields = self._facts.named(one.value)
        if not fields:
            if one.value.lower() not in self._facts.headers:
                yield self._news(one, "field", one.value, self._facts.operation)
            return
        fitting = [it for it in fields if _fits(one.types, it.types)]
        for it in fitting or fields:
            self._matched[it.pointer].add(one.line)
        if not fitting:
            types = " or ".join(sorted(one.types))
            yield self._news(one, "type", f"{one.value}: {types}", fields[0].pointer)

    def _values(self, one: Said) -> Iterator[Finding]:
        values = dict.fromkeys(value for value, _ in one.value)
        hinted = [it for it in self._facts.named(one.field) if it.values]
        best = _best(hinted, values) or _best(self._facts.fields, values)
        if not best:
            return
        known = {value for it in best for value in it.values}
        overlap = len(known & values.keys())
        # In a sentence one known word may stand beside any other; in a table or list below its field it does not.
        in_place = len({line for _, line in one.value}) > 1 and best[0] in hinted
        if overlap < (1 if in_place else 2) or 2 * overlap < len(values):
            return
        for value, line in one.value:
            for it in best:
                if value in it.values:
                    self._matched[it.values[value]].add(line)
                    self._listed[it.pointer].add(value)
            if value not in known and not any(it.mentions(value) for it in best):
                where = Said(one.kind, value, line, best[0].name)
                yield self._news(
                    where, "value", f"{best[0].name}: {value}", best[0].pointer
                )

    def _shown_value(self, one: Said) -> Iterator[Finding]:
        fields = self._facts.named(one.field)
        if not fields or not all(it.values for it in fields):
            return
        same = [it.values[one.value] for it in fields if one.value in it.values]
        for pointer in same:
            self._matched[pointer].add(one.line)
        if not same and not any(it.quotes(one.value) for it in fields):
            yield self._news(
                one, "value", f"{one.field}: {one.value}", fields[0].pointer
            )

    def _limit(self, one: Said) -> Iterator[Finding]:
        if self._is_news(one.field):
            return
        fields = self._facts.named(one.field) or self._facts.fields
        for it in fields:
            if one.value in it.limits:
                self._matched[it.limits[one.value]].add(one.line)
        if one.value not in said_numbers(fields):
            known = self._facts.named(one.field)
            name = f"{one.field}: " if known else ""
            where = known[0].pointer if known else self._facts.operation
            yield self._news(one, "limit", f"{name}{spelled(one.value)}", where)

    def _default(self, one: Said) -> Iterator[Finding]:
        # Pages that are made from Python spell it so.
        said = {"True": "true", "False": "false"}.get(one.value, one.value)
        same_value = [it for it in self._facts.fields if said in it.values]
        known = self._facts.named(one.field)
        same = [it for it in known or self._facts.fields if said in it.defaults]
        for it in same:
            self._matched[it.defaults[said]].add(one.line)
        # Where the sentence does not tell the field, its values do.
        if not same and (likely := known or same_value):
            value = f"{likely[0].name}: {said}"
            yield self._news(one, "default", value, likely[0].pointer)

    def _status(self, one: Said) -> Iterator[Finding]:
        if one.value in self._facts.statuses:
            self._matched[self._facts.statuses[one.value]].add(one.line)
        elif not any(one.value in it.values for it in self._facts.fields):
            yield self._news(one, "status code", one.value, self._facts.operation)

    def _duration(self, one: Said) -> Iterator[Finding]:
        if one.value in self._facts.durations:
            self._matched[self._facts.durations[one.value]].add(one.line)
        elif one.value not in said_durations(self._facts):
            text = self._lines[one.line].text
            lives = re.search(
                r"(?i)valid|expir|retain|kept|stored|delet|lifetime|available", text
            )
            kind = "lifetime" if lives else "duration"
            yield self._news(
                one, kind, f"{spelled(one.value)} s", self._facts.operation
            )

    def _failures(self) -> Iterator[Finding]:
        """Of codes and phrases, the one page that has them: in any line, and in any case."""
        for claim in self._facts.failures:
            words = claim.value.casefold()
            found = [
                n for n, line in enumerate(self._lines) if words in line.text.casefold()
            ]
            if found:
                self._matched[claim.pointer].update(found)
            else:
                yield Finding(claim.kind, "spec", claim.value, claim.pointer)

    def _is_news(self, field: str) -> bool:
        """A field that the spec lacks: one finding says so, and no more of what the page says of it."""
        return field in self._names and not self._facts.named(field)

    def _news(self, one: Said, kind: str, value: str, pointer: str) -> Finding:
        return Finding(
            kind, "page", value, pointer, one.line + 1, self._lines[one.line].text
        )


def _fits(said: frozenset[str], types: set[str]) -> bool:
    """A page that says nothing of null says nothing against it; an integer is a number."""
    known = types | {"integer"} if "number" in types else types
    return not said or not types or said <= known


def _best(fields: Iterable[Field], values: Iterable[str]) -> list[Field]:
    """Those whose closed list has most of the values."""
    by_overlap = defaultdict(list)
    for it in fields:
        by_overlap[len(it.values.keys() & set(values))].append(it)
    by_overlap.pop(0, None)
    return by_overlap[max(by_overlap)] if by_overlap else []
