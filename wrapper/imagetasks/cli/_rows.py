"""The file of `generate --from`: a row for each prompt, read whole before anything is sent."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """What one row asks for: options by their names, as `generate` has them. `place` is for messages."""

    place: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def error(self, why: str, field: str = "") -> ValueError:
        return ValueError(f"{', '.join(filter(None, (self.place, field)))}: {why}")


def read_rows(path: Path) -> list[Row]:
    """Raises ValueError, which names line and field."""
    kind = path.suffix.lower()
    read = {".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl}.get(kind, _lines)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as cause:
        raise ValueError(f"{path} cannot be read: {cause.strerror or cause}") from cause
    except UnicodeDecodeError as cause:
        raise ValueError(f"{path} is not UTF-8: {cause.reason}") from cause
    rows = [Row(place, _checked(place, values)) for place, values in read(path, text)]
    if not rows:
        raise ValueError(f"{path} has no prompts")
    return rows


def _lines(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for n, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield f"{path}, line {n}", {"prompt": line.strip()}


def _csv(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    began = 1
    try:
        for cells in reader:
            # A cell may hold line breaks: a row is named by its first line.
            place, began = f"{path}, line {began + 1}", reader.line_num
            if None in cells:
                raise ValueError(
                    f"{place}: more cells than columns; put a cell with commas into quotes"
                )
            yield place, {name: cell for name, cell in cells.items() if cell}
    except csv.Error as cause:
        raise ValueError(f"{path}, line {reader.line_num}: {cause}") from cause


def _jsonl(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for n, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}, line {n}"
        try:
            values = json.loads(line)
        except ValueError as cause:
            raise ValueError(f"{place}: not JSON: {cause}") from cause
        if not isinstance(values, dict):
            raise ValueError(f"{place}: a row is a JSON object")
        yield place, {key: each for key, each in values.items() if each is not None}


def _checked(place: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given, value in values.items():
        name = str(given).strip().replace("-", "_").lower()
        if name not in READERS:
            known = ", ".join(READERS)
            raise ValueError(
                f"{place}, {given}: no such option; a column is one of {known}"
            )
        try:
            found[name] = READERS[name](value)
        except (ValueError, TypeError) as cause:
            raise ValueError(f"{place}, {given}: {cause}") from cause
    if not str(found.get("prompt", "")).strip():
        raise ValueError(f"{place}, prompt: it is missing")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"it is text, not {value!r}")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"it is a whole number, not {value!r}")
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"it is a whole number, not {value!r}") from None


def _count(value: object) -> int:
    if (number := _whole(value)) < 1:
        raise ValueError(f"it is a whole number from 1, not {value!r}")
    return number


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"it is a number of seconds, not {value!r}")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"it is a number of seconds, not {value!r}") from None
    return int(number) if number.is_integer() else number


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}  # fmt: skip
    if str(value).lower() not in known:
        raise ValueError(f"it is true or false, not {value!r}")
    return known[str(value).lower()]


def _urls(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(_text, value))
    return tuple(_text(value).split())


def _object(value: object) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError as cause:
        raise ValueError(f"it is not JSON: {cause}") from cause
    if not isinstance(found, dict):
        raise TypeError('it is a JSON object, such as {"similar": 0.7}')
    return found


READERS: Mapping[str, Callable[[object], Any]] = {
    "prompt": _text,
    "label": _text,
    "provider": _text,
    "model": _text,
    "aspect_ratio": _text,
    "resolution": _text,
    "size": _text,
    "quality": _text,
    "reference": _urls,
    "negative_prompt": _text,
    "seed": _whole,
    "count": _count,
    "idempotency_key": _text,
    "extra": _object,
    "video": _flag,
    "duration": _seconds,
    "first_image": _text,
}
