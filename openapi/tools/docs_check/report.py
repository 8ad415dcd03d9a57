"""What was found, for people (text), for programs (json), and as annotations of a GitHub job (github)."""

from __future__ import annotations

import json
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from document import join
from lines import line_of

from .check import Result
from .sources import Accepted

HEURISTIC = (
    "Heuristic: what a page says is read from tables, lists, JSON and some phrases of English. Cosmetic: lines differ,\n"
    "and nothing of the spec was found in that. The lines leave out navigation, dates, tracking and order only.\n"
)


@dataclass
class Report:
    results: list[Result]
    openapi: Path
    """Where the specs are."""
    left_out: list[str] = field(default_factory=list)
    """Names of pages that were not saved."""

    def place(self, file: str, pointer: str) -> tuple[Path, int]:
        path = self.openapi / file
        return path, line_of(path.read_text(encoding="utf-8"), pointer)

    def spec(self, result: Result, pointer: str) -> tuple[Path, int]:
        return self.place(f"{result.page.provider}.yaml", pointer)

    def accepted(self, result: Result, one: Accepted) -> tuple[Path, int]:
        index = result.page.accepted.index(one)
        return self.place("sources.yaml", join(result.page.pointer, "accepted", index))


def text(report: Report) -> str:
    lines = [
        line
        for result in report.results
        if not result.unchecked
        for line in _page(report, result)
    ]
    lines += [*_unchecked(report), *_left_out(report), _sum(report)]
    return "".join(f"{line}\n" for line in lines) + HEURISTIC


def _page(report: Report, result: Result) -> Iterator[str]:
    yield f"{result.page.name}: {result.status}  {result.page.url}"
    if result.page.lines is None:
        yield "  no lines to compare with: not read as text before"
    for _, line in result.added:
        yield f"  + {_flat(line)}"
    yield from _gone(result)
    for finding in result.findings:
        yield f"  ! {finding}"
        if finding.quote:
            yield f"      page: {_flat(finding.quote)}"
        file, number = report.spec(result, finding.at)
        yield f"      spec: {file}:{number} {finding.at}"
    for one in result.stale:
        file, number = report.accepted(result, one)
        yield f"  ! {_stale(one)}"
        yield f"      {file}:{number}"
    if result.accepted:
        yield f"  {len(result.accepted)} accepted"


def _gone(result: Result) -> Iterator[str]:
    for hash, matched in result.gone:
        if matched:
            yield f"  - {hash}: had matched {', '.join(matched)}"
    others = [hash for hash, matched in result.gone if not matched]
    if others:
        yield f"  - {len(others)} that had matched nothing: {', '.join(others)}"


def _unchecked(report: Report) -> Iterator[str]:
    """By reason: without a network there are many pages, and one reason."""
    by_reason = defaultdict(list)
    for result in report.results:
        if result.unchecked:
            by_reason[_flat(result.unchecked)].append(result.page)
    for reason, pages in by_reason.items():
        if len(pages) == 1:
            yield f"{pages[0].name}: {reason}  {pages[0].url}"
        else:
            yield f"{len(pages)} pages: {reason}"
            yield _wrapped(page.name for page in pages)


def _left_out(report: Report) -> Iterator[str]:
    if report.left_out:
        yield f"not saved, and so left out ({len(report.left_out)}):"
        yield _wrapped(report.left_out)


def _wrapped(names: Iterable[str]) -> str:
    return textwrap.fill(
        ", ".join(names),
        width=120,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _sum(report: Report) -> str:
    results = report.results
    counts = Counter(result.status for result in results)
    pages = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    findings = sum(len(result.findings) + len(result.stale) for result in results)
    return f"Pages: {pages}. Findings: {findings}."


def as_json(report: Report) -> str:
    """
    `pages`: one object each, as `_plain` writes it; `left_out`: the names of those that were not saved. A `line` is
    counted without what is around the page.
    """
    pages = [_plain(result) for result in report.results]
    whole = {"pages": pages, "left_out": report.left_out}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _plain(result: Result) -> dict[str, Any]:
    return {
        "page": result.page.name,
        "url": result.page.url,
        "status": result.status,
        "unchecked": result.unchecked or None,
        "added": [{"line": number, "text": line} for number, line in result.added],
        "gone": [{"hash": hash, "matched": matched} for hash, matched in result.gone],
        "findings": [asdict(finding) for finding in result.findings],
        "accepted": [asdict(finding) for finding in result.accepted],
        "stale": [asdict(one) for one in result.stale],
    }


def github(report: Report) -> str:
    """An annotation for each finding, at its line of the spec; the text follows, for the log."""
    return "".join(f"{line}\n" for line in _annotations(report)) + text(report)


def _annotations(report: Report) -> Iterator[str]:
    for result in report.results:
        name = result.page.name
        if result.unchecked:
            place = report.place("sources.yaml", result.page.pointer)
            yield _annotation("warning", place, f"{name}: {result.unchecked}")
        for finding in result.findings:
            quote = f" ({finding.quote})" if finding.quote else ""
            place = report.spec(result, finding.at)
            yield _annotation("error", place, f"{name}: {finding}{quote}")
        for one in result.stale:
            place = report.accepted(result, one)
            yield _annotation("error", place, f"{name}: {_stale(one)}")


def _annotation(level: str, place: tuple[Path, int], message: str) -> str:
    escaped = _flat(message).replace("%", "%25")
    return f"::{level} file={place[0]},line={place[1]}::{escaped}"


def _stale(one: Accepted) -> str:
    return f"accepted, but not found any more: {one.kind} {one.value!r} at {one.at}"


def _flat(line: str) -> str:
    """Pages are written by others: on one line, nothing that moves a cursor."""
    line = "".join(c if c.isprintable() else " " for c in line.replace("\t", " | "))
    return line if len(line) <= 300 else f"{line[:297]}..."


FORMATS = {"text": text, "json": as_json, "github": github}
