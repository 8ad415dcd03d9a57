"""The objects of requests and answers, one table each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from document import Document

from .words import Schema, cell, code, limits, prose, table

HERE = "/components/schemas/"


def objects(spec: Document) -> Iterator[str]:
    schemas = spec.data.get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        if "properties" in schema or "allOf" in schema:
            yield from _object(spec, name, schema)


def _object(spec: Document, name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield prose(schema["description"]) + "\n"
    heading = ("field", "type", "required", "limits", "")
    yield table(heading, _rows(spec, schema, ""))
    rule = limits({"x-size-rules": schema.get("x-size-rules", {})})
    rules = [f"Size: {rule}."] if rule else []
    rules += [cell(part["description"]) for part in schema.get("allOf", ()) if "description" in part]  # fmt: skip
    if rules:
        yield "Rules:\n\n" + "".join(f"- {one}\n" for one in rules)


def _rows(spec: Document, schema: Schema, above: str) -> Iterator[list[str]]:
    for part in schema.get("allOf", ()):
        if "if" not in part:
            yield from _rows(spec, resolved(spec, part), above)
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        whole = resolved(spec, field)
        yield [
            code(above + name),
            type_of(spec, field),
            "yes" if name in needed else "",
            limits(whole),
            cell(whole.get("description", "")),
        ]
        # An object without a name is described here.
        if "$ref" not in field and "properties" in field:
            yield from _rows(spec, field, f"{above}{name}.")


def resolved(spec: Document, schema: Schema) -> Schema:
    """The schema merged with its `$ref`; a keyword beside the `$ref` overrides the same keyword in it."""
    if "$ref" not in schema:
        return schema
    named = resolved(spec, spec.at(schema["$ref"].removeprefix("#")))
    return {**named, **{k: v for k, v in schema.items() if k != "$ref"}}


def type_of(spec: Document, schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        named = resolved(spec, schema)
        is_object = "properties" in named or "allOf" in named
        return f"[{name}](#{name.lower()})" if is_object else type_of(spec, named)
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(type_of(spec, one) for one in schema[key]))
    kinds: Any = schema.get("type", "")
    if isinstance(kinds, str):
        kinds = [kinds]
    return " or ".join(_kind(spec, schema, kind) for kind in kinds)


def _kind(spec: Document, schema: Schema, kind: str) -> str:
    if kind == "array" and "items" in schema:
        return f"list of {type_of(spec, schema['items'])}"
    if kind == "string" and schema.get("format") == "uri":
        return "URL"
    if "contentSchema" in schema and kind == "string":
        return f"string that holds {type_of(spec, schema['contentSchema'])} as JSON"
    return kind
