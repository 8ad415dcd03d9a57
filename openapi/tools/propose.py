"""
Turn a report of drift into a proposal for the specs: a unified diff, for a person to judge.

    python openapi/tools/propose.py drift.jsonl > drift.patch

What was seen is no documentation: find the page that says so first, and put it into `x-source`. Nothing is written. What
a diff cannot say comes on stderr.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imagetasks._drift.drift import Drift, read_report
from imagetasks._specs.spec import HEADER
from round_trip import Node, edited, in_one_line
from ruamel.yaml.scalarstring import SingleQuotedScalarString

OPENAPI = Path(__file__).parents[1]
SEEN = "Seen in answers; on no page that was read"
JSON_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


class NoChange(Exception):
    """Why a difference is nothing that a tool can write into a spec."""


def propose(spec: Node, drift: Drift) -> str | None:
    """Change a spec so that it allows what was seen. Returns what there is to add by hand, if anything."""
    operation = _operation(spec, drift.operation)
    match drift.kind:
        case "undocumented_status":
            status = SingleQuotedScalarString(drift.seen)
            answer = {"description": SEEN, "x-undocumented": True}
            operation["responses"][status] = answer
            return None
        case "extra_field":
            return _add_property(_body(spec, operation, drift), drift)
        case "missing_field":
            return _require_no_more(_body(spec, operation, drift), drift)
        case "wrong_type":
            return _widen(_body(spec, operation, drift), drift)
        case "unknown_value":
            return _add_value(_body(spec, operation, drift), drift)
        case _:
            raise NoChange("look at an answer: the report has none")


class Body:
    """The schema of a body, as a tree that pointers lead through."""

    def __init__(self, spec: Node, schema: Node) -> None:
        self._spec = spec
        self._schema = schema

    def at(self, pointer: str) -> list[Node]:
        """All schemas that say something of the value there."""
        found = list(self._parts(self._schema))
        for step in pointer.split("/")[1:]:
            inner = [
                part["items"] if step == "*" else part["properties"][step]
                for part in found
                if (step == "*" and "items" in part)
                or step in part.get("properties", ())
            ]
            found = [part for node in inner for part in self._parts(node)]
        return found

    def _parts(self, node: Node) -> Iterator[Node]:
        yield node
        if "$ref" in node:
            yield from self._parts(_look_up(self._spec, node["$ref"]))
        inner = [
            node[word] for word in ("then", "else", "contentSchema") if word in node
        ]
        for word in ("oneOf", "anyOf", "allOf"):
            inner += node.get(word, ())
        for each in inner:
            yield from self._parts(each)


def _operation(spec: Node, id: str) -> Node:
    for item in spec["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and operation.get("operationId") == id:
                return operation
    raise NoChange("the spec has no such operation any more")


def _body(spec: Node, operation: Node, drift: Drift) -> Body:
    responses, status = operation["responses"], drift.status
    for name in (str(status), f"{status // 100}XX", "default"):
        if name in responses:
            response = responses[name]
            try:
                return Body(spec, _schema(spec, _behind(spec, response), drift))
            except KeyError:
                break
    raise NoChange("the spec describes no such answer any more")


def _schema(spec: Node, response: Node, drift: Drift) -> Node:
    """Of the body, or of the header that the difference is in."""
    if drift.pointer.startswith(HEADER):
        name = drift.pointer.removeprefix(HEADER)
        return _behind(spec, response["headers"][name])["schema"]
    return response["content"]["application/json"]["schema"]


def _add_property(body: Body, drift: Drift) -> str | None:
    parent, _, name = drift.pointer.rpartition("/")
    if name == "*":
        raise NoChange("its name looks like no field's, so the report does not show it")
    if body.at(drift.pointer):  # seen with another type, too
        return _widen(body, drift)
    homes = [part for part in body.at(parent) if "properties" in part]
    if not homes:
        raise NoChange("the spec lists no properties there any more")
    schema = {**_schema_of(drift.seen), "description": SEEN}
    properties = homes[0]["properties"]
    # Before the last one: the comment behind that belongs to what follows.
    properties.insert(len(properties) - 1, name, schema)
    return None


def _require_no_more(body: Body, drift: Drift) -> str | None:
    if drift.pointer.startswith(HEADER):
        raise NoChange("say by hand that the header is not always there")
    parent, _, name = drift.pointer.rpartition("/")
    homes = [part for part in body.at(parent) if name in part.get("required", ())]
    if not homes:
        raise NoChange("the spec does not require it any more")
    for home in homes:
        home["required"].remove(name)
        if not home["required"]:
            del home["required"]
    return "does the adapter do without it?"


def _widen(body: Body, drift: Drift) -> str | None:
    seen = drift.seen.partition(" ")[0]
    parts = body.at(drift.pointer)
    if any("enum" in part or "const" in part for part in parts):
        raise NoChange("it is a closed list: say by hand what it may be")
    typed = [part for part in parts if seen not in _types(part) and "type" in part]
    if not typed:
        raise NoChange("the spec allows it by now")
    for part in typed:
        types = [*_types(part), seen]
        if "number" in types and "integer" in types:
            types.remove("integer")
        part["type"] = types[0] if len(types) == 1 else in_one_line(types)
    return None


def _add_value(body: Body, drift: Drift) -> str | None:
    if drift.seen in JSON_TYPES:
        raise NoChange("the report does not show the value")
    lists = [part for part in body.at(drift.pointer) if "enum" in part]
    if not lists:
        raise NoChange("the spec has no closed list there any more")
    for part in lists:
        is_number = all(isinstance(value, int) for value in part["enum"])
        value: str | int = int(drift.seen) if is_number else drift.seen
        if value in part["enum"]:
            continue
        part["enum"].append(value)
        if "x-enum-varnames" in part:
            word = f"NEW_{value}" if is_number else str(value)
            part["x-enum-varnames"].append(re.sub(r"\W", "_", word).upper())
    return "is it a state? Then x-task-lifecycle, an example and the adapter's STATES need it, and only its page says what it means"


def _types(part: Node) -> list[str]:
    types = part.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _schema_of(seen: str) -> dict[str, Any]:
    """`array of string` as a schema."""
    kind, _, inner = seen.partition(" of ")
    return {"type": kind, "items": {"type": inner}} if inner else {"type": kind}


def _behind(spec: Node, node: Node) -> Node:
    while "$ref" in node:
        node = _look_up(spec, node["$ref"])
    return node


def _look_up(spec: Node, reference: str) -> Node:
    for step in reference.removeprefix("#/").split("/"):
        spec = spec[step.replace("~1", "/").replace("~0", "~")]
    return spec


def patch_of(file: Path, drifts: list[Drift]) -> tuple[str, list[str]]:
    """The diff for one spec, and what there is to be said beside it."""
    text, notes = file.read_text(encoding="utf-8"), []

    def edit(spec: Node) -> None:
        for drift in drifts:
            try:
                note = propose(spec, drift)
            except NoChange as why:
                note = f"nothing proposed, {why}"
            if note is not None:
                notes.append(f"{drift}\n  {note}")

    lines = difflib.unified_diff(
        text.splitlines(keepends=True),
        edited(text, edit).splitlines(keepends=True),
        f"a/openapi/{file.name}",
        f"b/openapi/{file.name}",
    )
    return "".join(lines), notes


def main(report: Path) -> int:
    try:
        drifts = read_report(report)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for provider in sorted({drift.provider for drift in drifts}):
        file = OPENAPI / f"{provider}.yaml"
        if not file.is_file():
            print(f"{report}: no spec of {provider!r}", file=sys.stderr)
            return 2
        patch, notes = patch_of(file, [d for d in drifts if d.provider == provider])
        print(patch, end="")
        for note in notes:
            print(note, file=sys.stderr)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} REPORT")
    sys.exit(main(Path(sys.argv[1])))
