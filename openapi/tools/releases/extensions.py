"""
What changed in the extensions, which a diff of OpenAPI does not look into.

A state decides what the wrapper does, so each change of one is breaking, whether it comes or goes.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from document import join
from examples import Spec
from failures import KEYWORD as FAILURES
from lifecycle import KEYWORD

from releases.impact import Change, Impact
from releases.words import difference, text, where

BREAKING, NEW, PATCH = Impact.BREAKING, Impact.NEW, Impact.PATCH

Rule = Callable[[Any, Any], Impact]
Found = Iterator[tuple[Impact, str]]


def _lost_is_breaking(old: Any, new: Any) -> Impact:
    """Of names, or of parts that something stands for: what was there has to stay."""
    return BREAKING if set(_parts(old)) - set(_parts(new)) else NEW


def _changed_is_breaking(old: Any, new: Any) -> Impact:
    """Where it was not stated before, or no longer is, nobody relied on it."""
    return NEW if old is None or new is None else BREAKING


TIGHTER = {"max": operator.lt, "min": operator.gt}


def _tightened_is_breaking(old: Any, new: Any) -> Impact:
    """Of bounds by name; one that is neither upper nor lower may not change at all."""
    for name, bound in (new or {}).items():
        tighter = TIGHTER.get(name.partition("-")[0], operator.ne)
        if name not in (old or {}) or tighter(bound, old[name]):
            return BREAKING
    return NEW


def _fewer_is_breaking(old: int | None, new: int | None) -> Impact:
    """Without a number, all are used."""
    return BREAKING if (new or math.inf) < (old or math.inf) else NEW


# What is not here is new: somebody may read it, nobody has to.
RULES: dict[str, Rule] = {
    "x-balance": _lost_is_breaking,
    "x-codes": _lost_is_breaking,
    "x-documented-default": _changed_is_breaking,
    "x-enum-varnames": _lost_is_breaking,
    "x-idempotency-key": _lost_is_breaking,
    "x-size-rules": _tightened_is_breaking,
    KEYWORD: _lost_is_breaking,
    "x-source": lambda old, new: PATCH,
    "x-used-items": _fewer_is_breaking,
    "x-undocumented": lambda old, new: PATCH,
}


def extension_changes(old: Spec, new: Spec) -> Iterator[Change]:
    """Of what is there on both sides: where all of it comes or goes, the diff says so."""
    before, after = dict(_extended(old)), dict(_extended(new))
    for parent in (pointer for pointer in before if pointer in after):
        was, now = before[parent], after[parent]
        place = where(parent, new)
        for name in {**was, **now}:
            for impact, words in _found(name, was.get(name), now.get(name)):
                yield Change(impact, join(parent, name), f"{place}: {words}")


def _found(name: str, was: Any, now: Any) -> Found:
    if was == now:
        return
    if name == KEYWORD and was and now:
        yield from _lifecycle(was, now)
    elif name == FAILURES:
        yield from _failures(was or [], now or [])
    else:
        impact = RULES.get(name, lambda old, new: NEW)(was, now)
        yield impact, f"{name} {difference(was, now)}"


def _extended(spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that may have extensions, and these."""
    for pointer, node in chain(spec.objects(), spec.schemas()):
        if not pointer.endswith(("/headers", "/parameters")):  # of headers: x-what-ever
            yield pointer, {k: v for k, v in node.items() if k.startswith("x-")}


def _lifecycle(old: dict[str, Any], new: dict[str, Any]) -> Found:
    yield from _states(old.get("states", []), new.get("states", []))
    yield from _places(old.get("at", {}), new.get("at", {}))
    for name in sorted((old.keys() | new.keys()) - {"states", "at"}):
        was, now = old.get(name), new.get(name)
        if was != now:
            impact = TIMES.get(name, _lost_is_breaking)(was, now)
            yield impact, f"{name} {difference(was, now)}"


def _states(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Found:
    meant, means = (
        {json.dumps(state["value"]): state["meaning"] for state in states}
        for states in (old, new)
    )
    for value, meaning in meant.items():
        if value not in means:
            yield BREAKING, f"the state {value} is gone (it meant {meaning})"
        elif means[value] != meaning:
            yield (
                BREAKING,
                f"the state {value} means {means[value]}, no longer {meaning}",
            )
    for value, meaning in means.items():
        if value not in meant:
            yield BREAKING, f"the state {value} is new (it means {meaning})"
    if old != new and meant == means:
        yield PATCH, "the states come in another order"


def _failures(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Found:
    """The first that fits counts, so their order means something too."""
    meant, means = (
        {(e.get("code"), e.get("words")): e["reason"] for e in entries}
        for entries in (old, new)
    )
    for failure, reason in meant.items():
        said = " ".join(filter(None, failure))
        if failure not in means:
            yield BREAKING, f"the failure {said} is gone (it meant {reason})"
        elif means[failure] != reason:
            words = f"the failure {said} means {means[failure]}, no longer {reason}"
            yield BREAKING, words
    for failure, reason in means.items():
        if failure not in meant:
            said = " ".join(filter(None, failure))
            yield NEW, f"the failure {said} is new (it means {reason})"
    stayed = [failure for failure in meant if failure in means]
    if stayed != [failure for failure in means if failure in meant]:
        yield BREAKING, "the failures come in another order"
    elif meant == means:
        yield PATCH, f"the sources of {FAILURES} changed"


def _places(old: dict[str, list[Any]], new: dict[str, list[Any]]) -> Found:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, []), new.get(name, [])
        if was != now:
            # The first place that holds something counts: one more at the end takes nothing away.
            impact = NEW if now[: len(was)] == was else BREAKING
            yield impact, f"the place of {name} {difference(was or None, now or None)}"


def _shorter_is_breaking(old: float | None, new: float | None) -> Impact:
    return BREAKING if (new or 0) < (old or 0) else NEW


# Of a lifecycle. The wrapper keeps to the gaps by itself.
TIMES: dict[str, Rule] = {
    "poll-gap": lambda old, new: NEW,
    "upstream-refresh": lambda old, new: NEW,
    "result-lifetime": _shorter_is_breaking,
}


def _parts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text(item) for item in value.items()]
    items = value if isinstance(value, list) else [value]
    return [text(item) for item in items if item is not None]
