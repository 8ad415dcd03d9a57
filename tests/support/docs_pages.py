"""
Reference pages as vendors write them: a document, rendered as HTML, as Markdown, and as what a browser copies.

`docs_of_specs` makes the documents, `docs_changes` changes them. Nothing here shares code with the check.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Row:
    """A field: what its table says of it."""

    name: str
    type: str
    words: str
    path: str = ""
    values: list[str] = field(default_factory=list)
    default: str | None = None
    limit: tuple[str, int] | None = None
    """The phrase around a number, and the number."""

    @property
    def description(self) -> str:
        parts = [self.words]
        if self.limit:
            parts.append(self.limit[0].format(f"{self.limit[1]:,}"))
        if self.values:
            parts.append(f"One of: {', '.join(self.values)}.")
        if self.default is not None:
            parts.append(f"Defaults to `{self.default}`.")
        return " ".join(parts)


@dataclass
class Doc:
    title: str
    method: str
    path: str
    request: list[Row]
    response: list[Row]
    states: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    example: Json = field(default_factory=dict)
    lifetime: tuple[int, str] | None = None
    notes: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        return [*self.request, *self.response]


Block = tuple[str, Any]
"""Heading, paragraph, table (of rows, the first is the header), or code."""


def blocks(doc: Doc) -> Iterator[Block]:
    yield "heading", doc.title
    yield (
        "text",
        "Use this endpoint with your API key. It is processed in the background.",
    )
    yield "heading", "Endpoint"
    yield "text", f"{doc.method} {doc.path}"
    for title, rows in (("Parameters", doc.request), ("Response fields", doc.response)):
        if rows:
            yield "heading", title
            header = ["Field", "Type", "Description"]
            cells = [[r.path + r.name, r.type, r.description] for r in rows]
            yield "table", [header, *cells]
    if doc.states:
        yield "heading", "States"
        yield (
            "table",
            [
                ["State", "Meaning"],
                *([s, f"The task is there: {n}"] for n, s in enumerate(doc.states)),
            ],
        )
    if doc.errors:
        yield "heading", "Errors"
        yield (
            "table",
            [
                ["Code", "Meaning"],
                *(
                    [e, "Refused for a reason that the message names"]
                    for e in doc.errors
                ),
            ],
        )
    if doc.example:
        yield "heading", "Example"
        yield "code", json.dumps(doc.example, indent=2)
    if doc.lifetime:
        yield (
            "text",
            f"Result URLs are valid for {doc.lifetime[0]} {doc.lifetime[1]}, save them promptly.",
        )
    for note in doc.notes:
        yield "text", note


def as_html(doc: Doc) -> str:
    body = "".join(_html(*block) for block in blocks(doc))
    return (
        "<!doctype html><html lang=en><head><title>Docs</title><script>var up = 'to 99 images'</script></head><body>"
        "<nav><a href=/pricing>GET a quote: 12 images</a></nav><div class=cookie-banner>We use cookies for 30 days</div>"
        f"<main>{body}</main><footer>Last updated on November 21, 2026</footer></body></html>"
    )


def _html(kind: str, content: Any) -> str:
    if kind == "table":
        header, *rows = content
        cells = [f"<tr>{''.join(f'<th>{html.escape(c)}</th>' for c in header)}</tr>"]
        cells += [
            f"<tr>{''.join(f'<td>{_inline(c)}</td>' for c in row)}</tr>" for row in rows
        ]
        return f"<table>{''.join(cells)}</table>"
    if kind == "code":
        return f"<pre><code>{html.escape(content)}</code></pre>"
    return (
        f"<h2>{_inline(content)}</h2>"
        if kind == "heading"
        else f"<p>{_inline(content)}</p>"
    )


def _inline(text: str) -> str:
    first, *rest = html.escape(text).split("`")
    return first + "".join(
        f"{'<code>' if n % 2 == 0 else '</code>'}{part}" for n, part in enumerate(rest)
    )


def as_markdown(doc: Doc) -> str:
    out = []
    for kind, content in blocks(doc):
        if kind == "heading":
            out.append(f"## {content}\n")
        elif kind == "code":
            out.append(f"```json\n{content}\n```\n")
        elif kind == "table":
            header, *rows = content
            lines = [
                "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
                for cells in (header, *rows)
            ]
            out.append(
                "\n".join([lines[0], "|---" * len(header) + "|", *lines[1:]]) + "\n"
            )
        else:
            out.append(f"{content}\n")
    return "\n".join(out)


def as_text(doc: Doc) -> str:
    """As browsers copy it: cells without a gap, marks gone, the navigation in between."""
    out = ["Skip to main content"]
    for kind, content in blocks(doc):
        if kind == "table":
            out.append("\n".join("".join(cells) for cells in content).replace("`", ""))
        else:
            out.append(content if kind == "code" else content.replace("`", ""))
    return "\n\n".join([*out, "Was this page helpful?"]) + "\n"


def as_blocks(doc: Doc) -> str:
    """The other shape of copied pages: each field a block of lines."""
    out = []
    for kind, content in blocks(doc):
        if kind == "table" and content[0][0] == "Field":
            for name, type, description in content[1:]:
                out.append(f"{name}\n{type}\n{description}".replace("`", ""))
        elif kind == "table":
            out.append("\n".join("".join(cells) for cells in content))
        else:
            out.append(content if kind == "code" else content.replace("`", ""))
    return "\n\n".join(out) + "\n"


FORMATS = {
    "html": (as_html, "html"),
    "markdown": (as_markdown, "markdown"),
    "text": (as_text, "text"),
    "blocks": (as_blocks, "text"),
}
