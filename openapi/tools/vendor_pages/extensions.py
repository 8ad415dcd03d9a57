"""The page of the `x-` extensions, made from the JSON Schemas that check every spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from document import Document

from .words import Schema, cell, code, limits, prose, table

TOOLS = Path(__file__).parents[1]
FILES = ("extensions.schema.json", "lifecycle.schema.json", "pricing.schema.json")
INTRO = """# The `x-` extensions

<!-- Made from openapi/tools/*.schema.json by `make generate`. -->

OpenAPI cannot express some facts that the vendors document: the states of a task, the price of a call, a refusal inside
an HTTP 200. The specs state them in fields that begin with `x-`. Standard tools do not know these fields. You may
ignore them, except where this page says otherwise.

`make lint-specs` checks every spec against these JSON Schemas. A misspelt field is an error, and so is a field that no
schema describes.
"""
LONGEST = 16
"""Lines of an example."""


def extensions_page(specs: Sequence[tuple[str, Document]]) -> str:
    schemas = {file: json.loads((TOOLS / file).read_text("utf-8")) for file in FILES}
    parts = [INTRO]
    first, lifecycle, pricing = schemas.values()
    names: dict[str, tuple[str, Schema, Schema]] = {
        name: (FILES[0], schema, first) for name, schema in first["properties"].items()
    }
    names[lifecycle["title"]] = (FILES[1], lifecycle, lifecycle)
    for name, schema in pricing["properties"].items():
        names[name] = (FILES[2], {"description": pricing["description"], **schema}, pricing)  # fmt: skip
    for name, (file, schema, root) in names.items():
        parts += _extension(name, file, schema, root, specs)
    return "\n".join(parts).rstrip() + "\n"


def _extension(
    name: str,
    file: str,
    schema: Schema,
    root: Schema,
    specs: Sequence[tuple[str, Document]],
) -> Iterator[str]:
    yield f"## {name}\n"
    yield prose(schema.get("description", "")) + "\n"
    yield f"Schema: [{file}](../openapi/tools/{file})\n"
    yield table(("field", "type", "required", "limits", ""), _rows(root, schema, ""))
    for provider, spec in specs:
        for value in _values(spec.data, name):
            shown = yaml.safe_dump({name: value}, sort_keys=False, allow_unicode=True, width=100)  # fmt: skip
            lines = _cut(shown.splitlines())
            yield f"Example, from [{provider}](vendors/{provider}.md):\n"
            yield "```yaml\n" + "\n".join(lines) + "\n```\n"
            return


def _cut(lines: list[str]) -> list[str]:
    """Cuts a long example at the end of an entry of its list."""
    if len(lines) <= LONGEST:
        return lines
    cut = max(n for n in range(2, LONGEST) if not re.match(r" {3,}\S", lines[n]))
    return [*lines[:cut], "# ..."]


def _values(node: Any, name: str) -> Iterator[Any]:
    if isinstance(node, dict):
        if name in node:
            yield node[name]
        for child in node.values():
            yield from _values(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from _values(child, name)


def _resolved(root: Schema, schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    named = _resolved(root, Document(root).at(schema["$ref"].removeprefix("#")))
    return {**named, **{k: v for k, v in schema.items() if k != "$ref"}}


def _rows(root: Schema, schema: Schema, above: str) -> Iterator[list[str]]:
    whole = _resolved(root, schema)
    needed = whole.get("required", ())
    for name, field in whole.get("properties", {}).items():
        part = _resolved(root, field)
        yield [
            code(above + name),
            _type(root, part),
            "yes" if name in needed else "",
            "" if _type(root, part) == "JSON pointer" else limits(part),
            cell(part.get("description", "")),
        ]
        yield from _rows(root, part, f"{above}{name}.")
    if isinstance(whole.get("additionalProperties"), dict):
        part = _resolved(root, whole["additionalProperties"])
        yield [code(f"{above}NAME"), _type(root, part), "", limits(part), cell(part.get("description", ""))]  # fmt: skip
        yield from _rows(root, part, f"{above}NAME.")
    if "items" in whole:
        yield from _rows(root, whole["items"], f"{above.rstrip('.')}[].")


def _type(root: Schema, schema: Schema) -> str:
    for key in ("oneOf", "anyOf"):
        if key in schema and "type" not in schema:
            kinds = (_type(root, _resolved(root, one)) for one in schema[key])
            return " or ".join(dict.fromkeys(kinds))
    kinds = schema.get("type", "")
    words = kinds if isinstance(kinds, str) else " or ".join(kinds)
    if "pattern" in schema and schema == root.get("$defs", {}).get("pointer"):
        return "JSON pointer"
    if words == "array" and "items" in schema:
        return f"list of {_type(root, _resolved(root, schema['items']))}"
    return words
