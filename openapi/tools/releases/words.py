"""A change as a developer would say it."""

from __future__ import annotations

import json
from typing import Any

from document import NOWHERE
from examples import Spec

BRIEF = 60  # a longer value is not shown
# Of a pointer: what is only how OpenAPI nests things.
NESTING = {"allOf", "anyOf", "content", "else", "if", "oneOf", "properties", "schema"}
NESTING |= {"then"}


def said(change: dict[str, Any], old: Spec, new: Spec) -> str:
    """Of Redocly's changes, whose own words tell half of an enum that loses and gains."""
    kind = change["kind"]
    spec, place = (old, "base") if kind == "removed" else (new, "revision")
    pointer = change[place]["pointer"].removeprefix("#")
    value = change[place].get("value")
    parent, _, last = pointer.rpartition("/")
    if kind == "modified":
        name = change["property"]
        if name == "key":
            return f"{where(pointer, new)} was called {change['base']['value']}"
        owner = pointer.removesuffix(f"/{name}")
        was = change["base"].get("value")
        return f"{where(owner, new)}: {name} {difference(was, value)}"
    listed = isinstance(spec.at(parent), list)
    if listed or last in NESTING:
        verb = "loses" if kind == "removed" else "gains"
        return f"{where(parent, spec)} {verb} {_item(value) if listed else last}"
    return f"{where(pointer, spec)} is {'gone' if kind == 'removed' else 'new'}"


def where(pointer: str, spec: Spec) -> str:
    """`Schema.field`, or an operation by its id and what of it."""
    tokens = pointer.replace("~1", "\0").replace("~0", "~").split("/")[1:]
    match [token.replace("\0", "/") for token in tokens]:
        case ["components", "schemas", *path]:
            names = [t for t in path if t not in NESTING and not t.isdigit()]
            return f"`{'.'.join(names)}`"
        case ["paths", path, method, *rest]:
            place = " ".join(_named(spec.data["paths"][path], method, rest))
            return f"`{_operation(spec, path, method)}` {place}".strip()
        case ["paths", path]:
            return f"`{path}`"
        case path:
            return f"`{' '.join(path)}`" if path else "the spec"


def difference(old: Any, new: Any) -> str:
    """From one value to another; None is none."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return _brief(
            "; ".join(f"{key} {difference(old.get(key), new.get(key))}" for key in keys)
        )
    if isinstance(old, list) and isinstance(new, list):
        return _brief(_of_lists(old, new))
    was, now = text(old), text(new)
    if len(was) > BRIEF or len(now) > BRIEF:
        return "is new" if old is None else "is gone" if new is None else "changed"
    if old is None:
        return f"is now {now}"
    return f"is no longer {was}" if new is None else f"{was} -> {now}"


def _of_lists(old: list[Any], new: list[Any]) -> str:
    lost = [text(item) for item in old if item not in new]
    gained = [text(item) for item in new if item not in old]
    if not (lost or gained):
        return "comes in another order"
    parts = [f"loses {', '.join(lost)}"] if lost else []
    parts += [f"gains {', '.join(gained)}"] if gained else []
    return " and ".join(parts)


def _brief(words: str, otherwise: str = "changed") -> str:
    return words if len(words) <= 2 * BRIEF else otherwise


def _operation(spec: Spec, path: str, method: str) -> str:
    try:
        return str(spec.data["paths"][path][method]["operationId"])
    except NOWHERE:
        return f"{method.upper()} {path}"


def _named(path: dict[str, Any], method: str, rest: list[str]) -> list[str]:
    match rest:
        case ["parameters", index, *rest]:
            parameter = path[method]["parameters"][int(index)]
            rest = ["parameter", parameter.get("name", index), *rest]
    return [token for token in rest if token not in NESTING]


def _item(value: Any) -> str:
    """Of a list: by its name, if it has one."""
    known = value.get("name") if isinstance(value, dict) else None
    return str(known) if known else _brief(text(value), "one")


def text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    return json.dumps(value, ensure_ascii=False)
