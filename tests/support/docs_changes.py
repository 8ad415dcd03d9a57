"""How vendors' pages change: each change of a document, and by what a finding about it is known."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support.docs_pages import Doc, Row


@dataclass
class Change:
    """`told` by a finding of one of the kinds whose value has one of the words. No words: nothing is to be found."""

    kind: str
    doc: Doc
    kinds: set[str]
    words: set[str]

    def __repr__(self) -> str:
        return f"{self.kind}: {' '.join(sorted(self.words))}"


PROSE = [
    "More than 40,000 teams in 30 countries have made up to 3 million pictures with us since 2024.",
    "GET started in minutes, POST your results in our community, and PUT your best pictures on the wall.",
    "Once a task is completed or failed, it stays so, and you will see it in the dashboard.",
    "Our engineers, designers and writers are waiting for your mail, and answer on the next working day.",
    "If anything is unclear, see the guide (last updated on November 30, 2026) or ask: https://docs.example/help?utm_source=x.",
    "The status of a task says whether its result is ready. Default settings are fine for most people.",
    "Version 2.1 of the model was trained for longer, and draws hands with 5 fingers at 4K.",
    "Pricing, invoices and teams are managed in the console. Contact sales for volumes beyond that.",
    # Written after the check, and not looked at while it was tuned.
    "We raised 25 million dollars in 2025 and grew from 8 to 60 people; 14 of them answer support tickets.",
    "Need help? Join 12,000 developers on Discord, open Monday to Friday, 9 to 18 CET.",
    "The default choice for studios: fast, reliable, and loved by artists everywhere.",
    "Error handling is explained in the guide. An HTTP client of your choice will do; we like curl and httpx.",
    "Please keep your key secret. A key that leaked can be replaced at any time, in three clicks.",
    "Tip: describe light, lens and mood. Prompts between one and three sentences work best.",
    "Since our last release the queue is 40% shorter, and most pictures take less than half a minute.",
    "This page was moved from the old site. Bookmarks to docs.example/v1/reference still work.",
    "Models come and go: see the changelog of March 3, 2026, and the roadmap for Q4 2026.",
    "Webhooks, batch uploads, and a mobile app are on our list, but not available yet.",
    "A failed task costs nothing, a completed one is charged, and a queued one reserves its price.",
    "Read the terms at https://legal.example/terms?ref=docs&v=2026 before you publish pictures of people.",
]
NEW_WORDS = [
    "Default behaviour is fine here, or choose one yourself.",
    "What it is meant for, in other words.",
    "Purpose of this value.",
    "See the guide.",
]


def changes(doc: Doc) -> Iterator[Change]:
    """One of each kind that the document has something for."""
    for make in (
        values_added,
        renamed,
        limits,
        defaults,
        types,
        states,
        codes,
        lifetimes,
        endpoints,
        prose,
    ):
        yield from make(doc)


def _copy(doc: Doc, row: Row | None = None) -> tuple[Doc, Row]:
    changed = copy.deepcopy(doc)
    at = doc.rows().index(row) if row else 0
    return changed, changed.rows()[at]


def _some(rows: list[Row]) -> list[Row]:
    """The first and the last."""
    return rows if len(rows) < 2 else [rows[0], rows[-1]]


def values_added(doc: Doc) -> Iterator[Change]:
    for row in _some([row for row in doc.rows() if len(row.values) > 1]):
        changed, new = _copy(doc, row)
        value = (
            str(int(row.values[-1]) + 7) if row.values[-1].isdecimal() else "expired"
        )
        new.values.append(value)
        yield Change("value added", changed, {"value"}, {value})


def renamed(doc: Doc) -> Iterator[Change]:
    for row in _some([row for row in doc.rows() if len(row.name) > 3]):
        changed, new = _copy(doc, row)
        name = f"{row.name}_v2"
        new.name = name
        changed.example = _renamed(changed.example, row.name, name)
        yield Change("field renamed", changed, {"field"}, {name, row.name})


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {
            new if key == old else key: _renamed(child, old, new)
            for key, child in value.items()
        }
    return (
        [_renamed(item, old, new) for item in value]
        if isinstance(value, list)
        else value
    )


def limits(doc: Doc) -> Iterator[Change]:
    for row in _some([row for row in doc.rows() if row.limit]):
        changed, new = _copy(doc, row)
        assert row.limit
        number = row.limit[1] * 2 + 1
        new.limit = (row.limit[0], number)
        yield Change(
            "limit changed", changed, {"limit"}, {str(number), str(row.limit[1])}
        )


def defaults(doc: Doc) -> Iterator[Change]:
    for row in _some([row for row in doc.rows() if row.default is not None]):
        changed, new = _copy(doc, row)
        others = [value for value in row.values if value != row.default]
        new.default = others[0] if others else "other"
        yield Change(
            "default changed", changed, {"default"}, {new.default, str(row.default)}
        )


def types(doc: Doc) -> Iterator[Change]:
    for row in _some(
        [row for row in doc.rows() if row.type in ("string", "integer", "array")]
    ):
        changed, new = _copy(doc, row)
        new.type = "boolean"
        yield Change("type changed", changed, {"type"}, {row.name})


def states(doc: Doc) -> Iterator[Change]:
    if len(doc.states) > 2:
        gone = doc.states[-1]
        changed, _ = _copy(doc)
        changed.states.remove(gone)
        for row in changed.rows():
            if gone in row.values:
                row.values.remove(gone)
        yield Change("state removed", changed, {"value"}, {gone})
        changed, _ = _copy(doc)
        new = str(int(gone) + 5) if gone.isdecimal() else "paused"
        changed.states.insert(1, new)
        yield Change("state added", changed, {"value"}, {new})


def codes(doc: Doc) -> Iterator[Change]:
    changed, _ = _copy(doc)
    changed.errors.append("451")
    yield Change("status code added", changed, {"status code"}, {"451"})
    if len(doc.errors) > 2:
        changed, _ = _copy(doc)
        gone = changed.errors.pop()
        yield Change("status code removed", changed, {"status code"}, {gone})


def lifetimes(doc: Doc) -> Iterator[Change]:
    if doc.lifetime:
        changed, _ = _copy(doc)
        number, unit = doc.lifetime
        old = str(number * {"minutes": 60, "hours": 3600}[unit])
        changed.lifetime = (3, "days")
        yield Change(
            "lifetime changed",
            changed,
            {"lifetime"},
            {str(3 * 86_400), old},
        )
        changed, _ = _copy(doc)
        changed.lifetime = None
        yield Change("lifetime gone", changed, {"lifetime"}, {old})


def endpoints(doc: Doc) -> Iterator[Change]:
    changed, _ = _copy(doc)
    changed.path = f"/v9{doc.path}"
    yield Change("endpoint moved", changed, {"endpoint"}, {doc.path})
    changed, _ = _copy(doc)
    changed.method = "PATCH"
    yield Change("method changed", changed, {"endpoint"}, {"PATCH", doc.path})


def prose(doc: Doc) -> Iterator[Change]:
    for sentence in PROSE:
        changed, _ = _copy(doc)
        changed.notes.append(sentence)
        yield Change("prose", changed, set(), set())
    for words in NEW_WORDS:
        changed, _ = _copy(doc)
        for row in changed.rows():
            row.words = words
        yield Change("prose", changed, set(), set())
