"""What was found, for people (text), for programs (json), and as annotations of a GitHub job (github)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .check import Result

HEURISTIC = "Matching is heuristic: it reads tables, lists, JSON and some phrases. The line diff leaves out navigation, dates and order only."


def text(results: list[Result]) -> str:
    return (
        "\n".join(line for result in results for line in _page(result))
        + f"\n{_sum(results)}\n{HEURISTIC}\n"
    )


def _page(result: Result) -> Iterator[str]:
    yield f"{result.page.name}: {result.unchecked or result.status}  {result.page.url}"
    if result.unchecked:
        return
    if result.page.lines is None:
        yield "  no lines to compare with: not read as text before"
    for number, line in result.added:
        yield f"  + line {number}: {_flat(line)}"
    for hash, matched in result.gone:
        yield f"  - {hash}: had matched {', '.join(matched) or 'nothing'}"
    for finding in result.findings:
        yield f"  ! {finding}"
        if finding.line is not None:
            yield f"      line {finding.line}: {_flat(finding.quote)}"
        yield f"      {result.page.provider}.yaml {finding.pointer}"
    for stale in result.stale:
        yield f"  ! accepted, but not found any more: {stale.kind} {stale.value!r} at {stale.at}"
    if result.accepted:
        yield f"  {len(result.accepted)} accepted"


def _sum(results: list[Result]) -> str:
    counts = Counter(result.status for result in results)
    pages = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    findings = sum(len(result.findings) + len(result.stale) for result in results)
    return f"{len(results)} pages: {pages or 'none'}; {findings} findings"


def as_json(results: list[Result]) -> str:
    return (
        json.dumps([_plain(result) for result in results], indent=1, ensure_ascii=False)
        + "\n"
    )


def _plain(result: Result) -> dict[str, Any]:
    return {
        "page": result.page.name,
        "url": result.page.url,
        "status": result.status,
        "unchecked": result.unchecked or None,
        "added": [{"line": number, "text": line} for number, line in result.added],
        "gone": [{"hash": hash, "matched": matched} for hash, matched in result.gone],
        "findings": [finding.__dict__ for finding in result.findings],
        "accepted": [finding.__dict__ for finding in result.accepted],
        "stale": [one.__dict__ for one in result.stale],
    }


def github(results: list[Result], openapi: Path) -> str:
    """One annotation per finding, at the line of the spec; the text follows, for the log."""
    out = []
    for result in results:
        file = openapi / f"{result.page.provider}.yaml"
        if result.unchecked:
            out.append(
                _annotation(
                    "warning",
                    openapi / "sources.yaml",
                    1,
                    f"{result.page.name}: {result.unchecked}",
                )
            )
        for finding in result.findings:
            quote = f" (line {finding.line}: {finding.quote})" if finding.line else ""
            message = f"{result.page.name}: {finding}{quote}"
            out.append(
                _annotation("error", file, line_of(file, finding.pointer), message)
            )
        for stale in result.stale:
            message = f"{result.page.name}: accepted, but not found any more: {stale.kind} {stale.value} at {stale.at}"
            out.append(_annotation("error", openapi / "sources.yaml", 1, message))
    return "".join(f"{line}\n" for line in out) + text(results)


def _annotation(level: str, file: Path, line: int, message: str) -> str:
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{level} file={file},line={line}::{_flat(escaped)}"


def line_of(file: Path, pointer: str) -> int:
    """Of what a JSON pointer leads to in a YAML file; of the last part that exists."""
    node, line = yaml.compose(file.read_text(encoding="utf-8")), 1
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == token), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and token.isdecimal():
            node = node.value[int(token)]
            line = node.start_mark.line + 1
    return line


def _flat(line: str) -> str:
    """Pages are written by others: on one line, nothing that moves a cursor."""
    line = "".join(c if c.isprintable() else " " for c in line.replace("\t", " | "))
    return line if len(line) <= 300 else f"{line[:297]}..."
