"""A schema in words, and Markdown that code hosts and MyST read alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Schema = dict[str, Any]


def code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"``{text}``" if "`" in text else f"`{text}`"


def codes(values: Iterable[Any]) -> str:
    return ", ".join(map(code, values))


def prose(text: str) -> str:
    """A description, with `<` escaped outside of code."""
    parts = re.split(r"(`[^`]*`)", text.strip())
    return "".join(p if p.startswith("`") else p.replace("<", "&lt;") for p in parts)


def cell(text: str) -> str:
    """For a cell of a table: one line, with `<br>` between paragraphs."""
    paragraphs = re.split(r"\n\s*\n", prose(text))
    lines = [" ".join(part.split()) for part in paragraphs]
    return "<br>".join(lines).replace("|", "\\|")


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Empty if there are no rows. An empty column is left out."""
    listed = [list(row) for row in rows]
    if not listed:
        return ""
    kept = [n for n in range(len(heading)) if any(row[n] for row in listed)]
    lines = [
        [heading[n] for n in kept],
        ["---"] * len(kept),
        *([row[n] for n in kept] for row in listed),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def seconds(number: float) -> str:
    """As a person would say it."""
    for unit, length in (("days", 86400), ("hours", 3600)):
        if number >= 2 * length and number % length == 0:
            return f"{number / length:g} {unit}"
    return "24 hours" if number == 86400 else f"{number:g} s"


def limits(schema: Schema) -> str:
    """For a cell of a table."""
    return "; ".join(_limits(schema)).replace("|", "\\|")


def _limits(schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield codes(schema["enum"])
    if "const" in schema:
        yield f"always {code(schema['const'])}"
    yield from _range(schema, "minimum", "maximum", "")
    if "exclusiveMinimum" in schema:
        yield f"above {schema['exclusiveMinimum']:g}"
    yield from _range(schema, "minLength", "maxLength", " characters")
    yield from _range(schema, "minItems", "maxItems", " entries")
    if "multipleOf" in schema:
        yield f"a multiple of {schema['multipleOf']:g}"
    if "x-used-items" in schema:
        used = schema["x-used-items"]
        yield f"only the first {'is' if used == 1 else f'{used} are'} used"
    yield from _size_rules(schema.get("x-size-rules", {}))
    if len(schema.get("pattern", "")) in range(1, 41):
        yield f"matches {code(schema['pattern'])}"
    if "x-documented-default" in schema:
        yield f"default {code(schema['x-documented-default'])}"


def _range(schema: Schema, least: str, most: str, unit: str) -> Iterator[str]:
    if least in schema and most in schema:
        same = schema[least] == schema[most]
        yield f"{schema[least]:,}{'' if same else f' to {schema[most]:,}'}{unit}"
    elif schema.get(least) == 1 and unit:
        yield "not empty"
    elif least in schema:
        yield f"at least {schema[least]:,}{unit}"
    elif most in schema:
        yield f"up to {schema[most]:,}{unit}"


SIZE_RULES = {
    "edge-multiple-of": "both edges multiples of {:,}",
    "max-edge": "no edge above {:,} pixels",
    "max-aspect": "long edge at most {:g} times the short edge",
    "min-pixels": "at least {:,} pixels",
    "max-pixels": "at most {:,} pixels",
}


def _size_rules(rules: dict[str, Any]) -> Iterator[str]:
    for name, words in SIZE_RULES.items():
        if name in rules:
            yield words.format(rules[name])
