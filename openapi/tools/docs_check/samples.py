"""What the JSON on a page says: the fields, their types, the values of closed lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .facts import Facts, Said
from .lines import Line, json_values

TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class Samples:
    def __init__(self, lines: list[Line], facts: Facts) -> None:
        self._texts = [line.text for line in lines]
        # What these hold is nobody's: each key would be news.
        listed = {it.name for it in facts.fields if not it.open}
        self._open = {it.name for it in facts.fields} - listed
        self._values = list(json_values(self._texts))
        self.lines = {
            n for first, last, _ in self._values for n in range(first, last + 1)
        }
        """Those that JSON was read from. A sample that is no JSON, or is cut off, is not among them."""

    def read(self) -> Iterator[Said]:
        for first, last, value in self._values:
            yield from self._fields(value, first, last)

    def _fields(self, value: Any, first: int, last: int) -> Iterator[Said]:
        if isinstance(value, list):
            for item in value:
                yield from self._fields(item, first, last)
        elif isinstance(value, dict):
            for key, child in value.items():
                yield from self._field(key, child, first, last)

    def _field(self, key: str, value: Any, first: int, last: int) -> Iterator[Said]:
        at = self._line_of(key, first, last)
        types = [] if value is None else [TYPES[type(value)]]
        yield Said("field", key, at, types=frozenset(types))
        if type(value) in (str, int):
            yield Said("shown", str(value), at, key)
        if isinstance(value, str) and value.startswith("{"):
            value = _parsed(value)
        if key not in self._open:
            yield from self._fields(value, at, last)

    def _line_of(self, key: str, first: int, last: int) -> int:
        spelled = (f'"{key}"', f'\\"{key}\\"')  # the second in a string that holds JSON
        for at in range(first, last + 1):
            if any(spelling in self._texts[at] for spelling in spelled):
                return at
        return first


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
