"""
What a page says, line by line. Heuristic: the shapes that reference pages have (`shapes`).

Tables and lists of fields or of values, blocks (a name, its type on the next line, then words), JSON, and the phrases
that `phrases` knows. The spec's own names help where a browser copied the cells of a table without a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .facts import Facts, Said
from .lines import Line, columns
from .phrases import (
    METHOD,
    defaults_in,
    durations_in,
    endpoints_in,
    limits_in,
    statuses_in,
    types_in,
)
from .samples import Samples
from .shapes import (
    CUE,
    FIELD_COLUMN,
    FIELD_ITEM,
    FIELD_LINE,
    PARTS,
    PATH,
    SEVERAL_WORDS,
    glued_field,
    values_patterns,
)


class Reader:
    def __init__(self, lines: list[Line], facts: Facts) -> None:
        self._lines = lines
        self._names = {it.name for it in facts.fields}
        self._hosts = facts.hosts
        known = {value for it in facts.fields for value in it.values}
        self._values = sorted(known, key=len, reverse=True)
        several = [value for value in self._values if " " in value]
        # Where the spec knows none of several words, a phrase is no value.
        self._value = SEVERAL_WORDS if several else re.compile(r"\S+")
        self._led, self._sequence = values_patterns(several)
        self._long_names = [name for name in self._names if " " in name]
        self._glued = glued_field(self._long_names)
        self._current = ""
        self._columns: list[str] = []
        self._group: list[tuple[str, int]] = []
        self._samples = Samples(lines, facts)

    def read(self) -> Iterator[Said]:
        yield from self._samples.read()
        for at, line in enumerate(self._lines):
            if line.kind != "row" and line.kind != "item":
                yield from self._flush()
            if line.kind != "row":
                self._columns = []
            yield from self._line(at, line)
        yield from self._flush()

    def _line(self, at: int, line: Line) -> Iterator[Said]:
        if line.kind == "code":
            yield from self._code(at, line.text)
        elif line.kind == "header":
            self._columns = columns(line.text)
        elif line.kind == "row":
            yield from self._row(at, line)
        elif block := self._block(at):
            self._current = block.value
            yield block
        elif line.kind == "heading":
            self._current = line.text if line.text in self._names else ""
            yield from self._phrases(at, line.text, "")
        else:
            yield from self._prose(at, line)

    def _block(self, at: int) -> Said | None:
        text = self._lines[at].text
        if found := FIELD_LINE.match(text):
            return Said("field", found[1], at, types=types_in(found[2]))
        name = re.fullmatch(rf"`?{PATH}`?[*?]?", text)
        following, after = (
            "".join(line.text for line in self._lines[n : n + 1])
            for n in (at + 1, at + 2)
        )
        types = types_in(following.removeprefix("Type:"))
        # A field may be called "number", and its type be in the line after.
        is_name = following in self._names and types_in(after)
        if name and types and not is_name and not types_in(text):
            return Said("field", _last(name[1]), at, types=types)
        return None

    def _row(self, at: int, line: Line) -> Iterator[Said]:
        cells = line.cells
        first = self._columns[0].lower() if self._columns else ""
        if FIELD_COLUMN.fullmatch(first):
            yield from self._field_row(at, cells)
            return
        hint = first if first in self._names else self._current
        if len(cells) == 1:
            cells = self._unglued(line.text)
        if len(cells) == 1:
            yield from self._prose(at, line)
            return
        value = cells[0].strip("`\"' ")
        if self._value.fullmatch(value):
            self._group.append((value, at))
        rest = " . ".join(cells[1:])
        if re.search(r"(?i)\(default\)|(?:^|[\s.])default\s*$", rest):
            yield Said("default", value, at, hint)
        yield from self._phrases(at, rest, hint)

    def _field_row(self, at: int, cells: list[str]) -> Iterator[Said]:
        if len(cells) == 1:
            if not (glued := self._glued.match(cells[0])):
                return
            name, types, rest = glued[1], types_in(glued[2]), glued[3]
        else:
            if not (found := self._name_in(cells[0])):
                return
            name, rest = found, " . ".join(cells[1:])
            by_column = dict(
                zip((name.lower() for name in self._columns), cells, strict=False)
            )
            types = types_in(by_column.get("type", ""))
            default = by_column.get("default", "").strip("`\"' ")
            if re.fullmatch(r"\w[\w.:/-]*", default) and default.lower() not in (
                "none",
                "null",
            ):
                yield Said("default", default, at, name)
        yield Said("field", name, at, types=types)
        yield from self._phrases(at, rest, name)

    def _name_in(self, cell: str) -> str | None:
        """Of several words where the spec has such a name; else what stands behind the first is none of it."""
        whole = re.sub(r"(?i)\s*\(?(required|optional)\)?$", "", cell)
        name = _last(whole.strip("`*? "))
        if self._long_names and SEVERAL_WORDS.fullmatch(name):
            return name
        path = re.fullmatch(rf"`?{PATH}`?\s*[*?]?(?:\s*\(?\w+\)?)?", cell)
        return _last(path[1]) if path else None

    def _unglued(self, text: str) -> list[str]:
        """The first cell, by a value that the spec knows, or by the capital that starts the next."""
        for value in self._values:
            rest = text.removeprefix(value)
            if rest != text and (
                re.match(r"[A-Z(]|$", rest) or rest.startswith(tuple(self._values))
            ):
                return [value, rest]
        alternatives = "|".join(map(re.escape, self._values)) or r"\Z"
        # A blank after it would make it the first word of a sentence.
        word = re.match(r"\S+", text)
        start = word[0] if word else ""
        found = re.match(rf"([a-z0-9][\w.:/-]*?)(?<!-)(?=[A-Z]|{alternatives})", start)
        if start in self._values:
            return [text]
        return [found[1], text[found.end() :]] if found else [text]

    def _prose(self, at: int, line: Line) -> Iterator[Said]:
        text = line.text
        if item := FIELD_ITEM.match(text):
            name = _last(item[1])
            yield Said("field", name, at, types=types_in(item[2]))
            yield from self._phrases(at, item[3], name)
            return
        led = self._led.match(text)
        if line.kind == "item" and led:
            self._group.append((led[1], at))
            if re.search(r"(?i)\(default\)", text):
                yield Said("default", led[1], at, self._current)
        about = led[1] if led and led[1] in self._names else self._current
        yield from self._phrases(at, text, about)

    def _phrases(self, at: int, text: str, about: str) -> Iterator[Said]:
        yield from self._endpoints(at, text)
        for seconds in durations_in(text):
            yield Said("duration", seconds, at, about)
        for number in limits_in(text):
            yield Said("limit", number, at, about)
        for value in defaults_in(text):
            yield Said("default", value, at, about)
        for status in statuses_in(self._lines[at].text):
            yield Said("status code", status, at)
        for group in self._lists(text, bool(about)):
            yield Said("values", tuple((value, at) for value in group), at, about)

    def _endpoints(self, at: int, text: str) -> Iterator[Said]:
        before = self._lines[at - 1].text if at else ""
        if re.fullmatch(METHOD, before) and re.fullmatch(r"/\S+", text):
            text = f"{before} {text}"
        for endpoint in endpoints_in(text):
            yield Said("endpoint", endpoint, at)
            if not endpoint.host or endpoint.host in self._hosts:
                yield from (Said("field", name, at) for name in endpoint.query)

    def _lists(self, text: str, about_a_field: bool) -> Iterator[list[str]]:
        for found in self._sequence.finditer(text):
            tokens = PARTS.split(found[1])
            if len(tokens) < 2:
                continue
            start = found.start()
            if start and not CUE.search(text[max(0, start - 20) : start]):
                tokens = tokens[1:] if len(tokens) > 2 else tokens
            if len(tokens) > 1 and (
                about_a_field
                or "=" in found[1]
                or not all(t.isdecimal() for t in tokens)
            ):
                yield [
                    re.split(r"\s?=\s?", token)[0].strip("`\"' ").rstrip(".:")
                    for token in tokens
                ]

    def _flush(self) -> Iterator[Said]:
        if self._group:
            yield Said("values", tuple(self._group), self._group[0][1], self._current)
        self._group = []

    def _code(self, at: int, text: str) -> Iterator[Said]:
        yield from self._endpoints(at, text)
        if at not in self._samples.lines and (key := re.match(r'\s*"(\w+)"\s*:', text)):
            yield Said("field", key[1], at)


def read(lines: list[Line], facts: Facts) -> list[Said]:
    return list(dict.fromkeys(Reader(lines, facts).read()))


def _last(path: str) -> str:
    return path.rpartition(".")[2]
