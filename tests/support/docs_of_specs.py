"""What a page would say of an operation, at length, taken from a spec. Shares nothing with what checks pages."""

from __future__ import annotations

from typing import Any

from support.docs_pages import Doc, Row

Json = dict[str, Any]

PHRASES = {
    "maxLength": "Up to {} characters.",
    "minLength": "At least {} characters.",
    "maxItems": "At most {} items.",
    "minItems": "Minimum {} items.",
    "maximum": "Must not exceed {}.",
    "minimum": "Must be at least {}.",
    "multipleOf": "Multiples of {} only.",
}


def doc_of(spec: Json, method: str, path: str) -> Doc:
    operation = spec["paths"][path][method]
    request, response, example = [], [], {}
    for parameter in operation.get("parameters", ()):
        request.append(_row(spec, parameter["name"], parameter["schema"], ""))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        request += _rows(spec, body["schema"])
    answer = operation["responses"]["200"]["content"]["application/json"]
    response += _rows(spec, answer["schema"])
    if examples := answer.get("examples"):
        example = _resolved(spec, next(iter(examples.values())))["value"]
    lifecycle = operation.get("x-task-lifecycle", {})
    lifetime = lifecycle.get("result-lifetime")
    return Doc(
        title=operation["summary"],
        method=method.upper(),
        path=path,
        request=request,
        response=response,
        states=[str(state["value"]) for state in lifecycle.get("states", ())],
        errors=[
            code
            for code in operation["responses"]
            if code.isdecimal() and code != "200"
        ],
        example=example,
        lifetime=_lifetime(lifetime) if lifetime else None,
        notes=[
            f"Poll every {gap['min']} seconds."
            for gap in [lifecycle.get("poll-gap")]
            if gap
        ],
    )


def _lifetime(seconds: int) -> tuple[int, str]:
    return (seconds // 60, "minutes") if seconds % 3600 else (seconds // 3600, "hours")


def _rows(spec: Json, schema: Json, path: str = "") -> list[Row]:
    rows = []
    for name, child in _resolved(spec, schema).get("properties", {}).items():
        rows.append(_row(spec, name, child, path))
        inner = _resolved(spec, child)
        for branch in [inner, *inner.get("oneOf", ())]:
            rows += _rows(spec, branch, f"{path}{name}.")
    return rows


def _row(spec: Json, name: str, schema: Json, path: str) -> Row:
    schema = _resolved(spec, schema)
    limit = next(
        (
            (words, schema[key])
            for key, words in PHRASES.items()
            if schema.get(key, 0) > 1
        ),
        None,
    )
    return Row(
        name,
        " | ".join(_types(spec, schema)),
        "What it is for.",
        path,
        [str(value) for value in schema.get("enum", ())],
        schema.get("x-documented-default"),
        limit,
    )


def _types(spec: Json, schema: Json) -> list[str]:
    schema = _resolved(spec, schema)
    if "type" in schema:
        return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    branches = [
        *schema.get("oneOf", ()),
        *schema.get("anyOf", ()),
        *schema.get("allOf", ()),
    ]
    return list(
        dict.fromkeys(type for branch in branches for type in _types(spec, branch))
    )


def _resolved(spec: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    target: Json = spec
    for token in schema["$ref"].split("/")[1:]:
        target = target[token]
    return {
        **_resolved(spec, target),
        **{k: v for k, v in schema.items() if k != "$ref"},
    }
