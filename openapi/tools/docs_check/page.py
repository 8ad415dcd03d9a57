"""
What a page says, line by line. Heuristic: the shapes that reference pages have.

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
    NAME,
    TYPE_OF,
    defaults_in,
    durations_in,
    endpoints_in,
    limits_in,
    statuses_in,
    types_in,
)
from .samples import Samples

TYPE_WORD = "|".join(sorted(TYPE_OF, key=len, reverse=True))
ANY_TYPE = rf"(?:{TYPE_WORD})(?:\[\]|\s+of\s+\w+)?(?:\s*(?:\||or)\s*(?:{TYPE_WORD}))*"
PATH = r"[-\s]*((?:[A-Za-z_][\w-]*(?:\[\])?\.)*" + NAME + r")(?:\[\])?"
FIELD_COLUMN = re.compile(
    "(?i)argument|attribute|field|header|key|name|param|parameter|property"
)
GLUED_FIELD = re.compile(
    rf"^(?:[\w\[\]]+\.)*([A-Za-z_][\w-]*?)[*?]?(?i:({ANY_TYPE}))(?=[A-Z`]|$)(.*)$"
)
# "id*string", "- `id` (string, required): ..."
FIELD_LINE = re.compile(rf"^`?([a-z_][\w-]+)`?\*\s*({ANY_TYPE})$")
FIELD_ITEM = re.compile(rf"^`?{PATH}`?\s*\(({ANY_TYPE})\b[^)]*\)(.*)$")
LED = re.compile(r"^[`\"']?([\w][\w.:/+-]*?)[`\"']?(?:\s+-\s|:\s|\s?=\s?|\s\(|$)")
TOKEN = r"[`\"']?\w[\w.:/+-]*[`\"']?(?:\s?=\s?\w+)?"
SEQUENCE = re.compile(
    rf"(?:(?<=^)|(?<=[\s(>]))({TOKEN}(?:\s*[,|]\s*{TOKEN})*(?:\s*,?\s*\b(?:or|and)\s+{TOKEN})?)"
)
# What may stand before a list. After other words its first element may be part of the sentence.
CUE = re.compile(r"(?i)(?:[:(=]|\b(?:of|are|be|is|either|include|includes))\s*$")
PARTS = re.compile(r"\s*[,|]\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+")


class Reader:
    def __init__(self, lines: list[Line], facts: Facts) -> None:
        self._lines = lines
        self._names = {it.name for it in facts.fields}
        self._hosts = facts.hosts
        known = {value for it in facts.fields for value in it.values}
        self._values = sorted(known, key=len, reverse=True)
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
        following = "".join(line.text for line in self._lines[at + 1 : at + 2])
        types = types_in(following.removeprefix("Type:"))
        if name and types and not types_in(text):
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
        if re.fullmatch(r"\S+", value):
            self._group.append((value, at))
        rest = " . ".join(cells[1:])
        if re.search(r"(?i)\(default\)|(?:^|[\s.])default\s*$", rest):
            yield Said("default", value, at, hint)
        yield from self._phrases(at, rest, hint)

    def _field_row(self, at: int, cells: list[str]) -> Iterator[Said]:
        if len(cells) == 1:
            if not (glued := GLUED_FIELD.match(cells[0])):
                return
            name, types, rest = glued[1], types_in(glued[2]), glued[3]
        else:
            path = re.fullmatch(rf"`?{PATH}`?\s*[*?]?(?:\s*\(?\w+\)?)?", cells[0])
            if not path:
                return
            name, rest = _last(path[1]), " . ".join(cells[1:])
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
        led = LED.match(text)
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
        for group in _lists_in(text, bool(about)):
            yield Said("values", tuple((value, at) for value in group), at, about)

    def _endpoints(self, at: int, text: str) -> Iterator[Said]:
        before = self._lines[at - 1].text if at else ""
        if re.fullmatch(METHOD, before) and re.fullmatch(r"/\S+", text):
            text = f"{before} {text}"
        for endpoint in endpoints_in(text):
            yield Said("endpoint", endpoint, at)
            if not endpoint.host or endpoint.host in self._hosts:
                yield from (Said("field", name, at) for name in endpoint.query)

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


def _lists_in(text: str, about_a_field: bool) -> Iterator[list[str]]:
    for found in SEQUENCE.finditer(text):
        tokens = PARTS.split(found[1])
        if len(tokens) < 2:
            continue
        start = found.start()
        if start and not CUE.search(text[max(0, start - 20) : start]):
            tokens = tokens[1:] if len(tokens) > 2 else tokens
        if len(tokens) > 1 and (
            about_a_field or "=" in found[1] or not all(t.isdecimal() for t in tokens)
        ):
            yield [
                re.split(r"\s?=\s?", token)[0].strip("`\"' ").rstrip(".:")
                for token in tokens
            ]


def _last(path: str) -> str:
    return path.rpartition(".")[2]
