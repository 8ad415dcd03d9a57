"""
Hold `x-failure-reasons` against the examples: mock and tests bring about what it says by what an example shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from document import Problems, join
from examples import Example, Spec, flaws
from lifecycle import KEYWORD as LIFECYCLE
from lifecycle import SCHEMA as LIFECYCLE_SCHEMA
from lifecycle import first, read, shown_states, submitted

KEYWORD = "x-failure-reasons"
_DESCRIBED = json.loads(Path(__file__).with_name("extensions.schema.json").read_text())
SCHEMA = {**_DESCRIBED, **_DESCRIBED["properties"][KEYWORD]}

ENDS = ("failed", "cancelled")


def failure_reasons_are_shown(spec: Spec) -> Problems:
    """Each by the answer of a failed task, or by a refusal of a submit, that no entry above it explains."""
    entries = spec.data.get(KEYWORD, [])
    if any(flaws(SCHEMA, entries, "")):  # `extensions_are_described` says so
        return
    shown = [*_failures(spec), *_refusals(spec)]
    explained = {_explaining(entries, code, words) for code, words in shown}
    for n in range(len(entries)):
        if n not in explained:
            yield (
                join("", KEYWORD, n),
                "no example of a failed task, or of a refused submit, shows it first",
            )


def _explaining(entries: list[Any], code: str | None, words: str) -> int | None:
    fitting = (
        n
        for n, entry in enumerate(entries)
        if entry.get("code", code) == code
        and entry.get("words", "").casefold() in words.casefold()
    )
    return next(fitting, None)


def _failures(spec: Spec) -> Iterator[tuple[str | None, str]]:
    """Code and words of each failed task that an example shows."""
    for pointer, operation in spec.operations():
        lifecycle = operation.get(LIFECYCLE)
        if lifecycle is None or any(flaws(LIFECYCLE_SCHEMA, lifecycle, "")):
            continue  # the latter is a finding of its own
        at = lifecycle["at"]
        ends = [s["value"] for s in lifecycle["states"] if s["meaning"] in ENDS]
        tasks = [each.example for each in shown_states(spec, pointer, lifecycle)]
        tasks += submitted(spec, operation["operationId"])
        for example in tasks:
            if first(example, at["state"]) in ends:
                code, words = (
                    first(example, at.get(f"error-{part}", []))
                    for part in ("code", "message")
                )
                yield None if code is None else str(code), str(words or "")


def _refusals(spec: Spec) -> Iterator[tuple[None, str]]:
    """The same of each submit that an example shows refused: only the words of such a refusal count."""
    for pointer, operation in spec.operations():
        answers = {
            status: spec.follow(join(pointer, "responses", status))
            for status in operation["responses"]
        }
        if any("links" in spec.at(place) for place in answers.values()):
            for status, place in answers.items():
                for example in spec.examples(place):
                    if status != "200" or _is_refused(spec, example):
                        yield None, " ".join(_texts(example.value))


def _is_refused(spec: Spec, example: Example) -> bool:
    """By a code inside of a 200."""
    codes = spec.data.get("x-codes", {})
    code = read(example, codes.get("at", ""))
    return "ok" in codes and bool(code != codes["ok"])


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
