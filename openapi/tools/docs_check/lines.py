"""A page as lines: from HTML, from Markdown, or from the plain text that a browser copies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from .normalise import normalised
from .phrases import METHOD, NAME, types_in

Kind = Literal["heading", "header", "row", "item", "code", "text"]
Format = Literal["html", "markdown", "text"]


LONGEST_LINE = 4000
LONGEST_SAMPLE = 500
"""Lines of JSON."""


class Line(NamedTuple):
    """`header` and `row` belong to a table, their cells parted by tabs, or by nothing in copied text."""

    text: str
    kind: Kind = "text"

    @property
    def cells(self) -> list[str]:
        return self.text.split("\t")


def read(content: str, format: Format) -> list[Line]:
    readers = {"html": _html, "markdown": _markdown, "text": _text}
    return [
        Line(text, line.kind)
        for line in readers[format](content)
        for part in _parts(line)
        if (text := normalised(part))
    ]


def _parts(line: Line) -> list[str]:
    """No page has paragraphs like that, and searching them would take long."""
    if line.kind == "code" or len(line.text) <= LONGEST_LINE:
        return [line.text]
    return re.findall(rf"(?s).{{1,{LONGEST_LINE}}}", line.text)


# HTML, and Markdown by way of it

# What repeats on each page of a site, or is not for reading.
ASIDE = (
    "head, script, style, noscript, template, svg, nav, footer, aside, dialog, button, select, textarea, [hidden], "
    "[role=navigation], [role=banner], [role=dialog], [class*=cookie], [id*=cookie], [class*=breadcrumb], "
    "[class*=sidebar]"
)
INLINE = re.compile(
    "a|abbr|b|bdi|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|time|tt|u|var|wbr"
)


def _markdown(content: str) -> Iterator[Line]:
    # Front matter is about the page, not on it.
    content = re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL)
    return _html(
        MarkdownIt("commonmark", {"html": True}).enable("table").render(content)
    )


def _html(content: str) -> Iterator[Line]:
    tree = LexborHTMLParser(content)
    for node in tree.css(ASIDE):
        node.decompose()
    main = tree.css_first("main") or tree.css_first("article")
    # A page may have a `main` that its script fills later.
    root = main if main and main.text(strip=True) else tree.body
    return _blocks(root) if root else iter(())


def _blocks(node: LexborNode, kind: Kind = "text") -> Iterator[Line]:
    """Depth first; text between two block elements is one line."""
    pending: list[str] = []

    def flushed() -> Iterator[Line]:
        if text := " ".join("".join(pending).split()):
            yield Line(text, kind)
        pending.clear()

    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            pending.append(child.text_content or "")
        elif INLINE.fullmatch(tag or "") and not child.css_first(
            "div, p, li, table, pre"
        ):
            pending.append(child.text())
        elif tag != "-comment":
            yield from flushed()
            yield from _block(child, kind)
    yield from flushed()


def _block(node: LexborNode, kind: Kind) -> Iterator[Line]:
    tag = node.tag or ""
    if tag == "pre":
        yield from (Line(text, "code") for text in node.text().splitlines())
    elif tag == "tr":
        cells = [cell for cell in node.iter() if cell.tag in ("td", "th")]
        texts = [" ".join(cell.text(separator=" ").split()) for cell in cells]
        header = all(cell.tag == "th" for cell in cells)
        yield Line("\t".join(texts), "header" if header else "row")
    elif tag in FIELD_TAGS:
        yield from _component(node)
    elif re.fullmatch("h[1-6]", tag):
        yield Line(" ".join(node.text(separator=" ").split()), "heading")
    else:
        yield from _blocks(node, "item" if tag == "li" else kind)


# Mintlify's Markdown has a field's name and type in attributes.
FIELD_TAGS = ("paramfield", "responsefield")
FIELD_NAMES = ("name", "body", "path", "query", "header")


def _component(node: LexborNode) -> Iterator[Line]:
    """As the page shows it: a line each for name, type, `required`, the default."""
    has = {key: (value or "").strip("{}\"'") for key, value in node.attributes.items()}
    yield from (Line(has[key]) for key in (*FIELD_NAMES, "type") if has.get(key))
    if "required" in has:
        yield Line("required")
    if has.get("default"):
        yield Line(f'default:"{has["default"]}"')
    yield from _blocks(node)


# Plain text

BULLET = re.compile(r"^\s*[-*•‣◦]\s+(?=\S)")
CODE = re.compile(r"""^\s*(?:curl\b|-[HXd]\s|--\w|[{}\[\]"]|\\$)""")
RULE = re.compile(r"^\s*\|?\s*:?-{3,}[-:|\s]*$")
HEADING = re.compile(r"^(?:#{1,6}\s+)?[A-Z][^.:;!?|]{0,60}$")
# The first words of tables whose cells stand together: "ValueMeaning".
FIRST = re.compile(
    r"(?i)attribute|code|error|field|header|key|model|name|option|parameter|property|stage|state|status|type|value"
)


def _text(content: str) -> Iterator[Line]:
    texts = content.splitlines()
    code = _json_lines(texts)
    in_table = False
    for at, text in enumerate(texts):
        alone = _blank(texts, at - 1) and _blank(texts, at + 1)
        if at in code or CODE.match(text):
            yield Line(text, "code")
        elif not text.strip():
            in_table = False
        elif text.lstrip().startswith("|"):
            if not RULE.match(text):
                cells = text.strip().strip("|").split("|")
                header = at + 1 < len(texts) and RULE.match(texts[at + 1])
                yield Line(
                    "\t".join(map(str.strip, cells)), "header" if header else "row"
                )
        elif not in_table and columns(text):
            in_table = True
            yield Line(text, "header")
        elif "\t" in text or (in_table := in_table and not _starts_block(texts, at)):
            yield Line(text, "row")
        elif BULLET.match(text):
            yield Line(BULLET.sub("", text), "item")
        elif alone and HEADING.match(text):
            yield Line(text.lstrip("# "), "heading")
        else:
            yield Line(text)


def _starts_block(texts: list[str], at: int) -> bool:
    """A field's name, its type on the next line; or a method, a path on the next."""
    following = texts[at + 1] if at + 1 < len(texts) else ""
    text = texts[at].strip()
    return bool(
        (re.fullmatch(NAME, text) and types_in(following)) or re.fullmatch(METHOD, text)
    )


def columns(header: str) -> list[str]:
    """The columns of a table's header, also where nothing parts them; empty when it is none."""
    if "\t" in header:
        return [name.strip() for name in header.split("\t")]
    names = re.split(r"(?<=[a-z)])(?=[A-Z])", header.strip())
    return names if len(names) > 1 and FIRST.fullmatch(names[0]) else []


def json_values(texts: list[str]) -> Iterator[tuple[int, int, object]]:
    """First and last line of each JSON object, and its value."""
    decoder, done = json.JSONDecoder(strict=False), -1
    for at, text in enumerate(texts):
        start = re.search(r"^\s*\{|['\"]\{|\s\{\s*$", text)
        if at <= done or not start:
            continue
        rest = "\n".join(texts[at : at + LONGEST_SAMPLE])
        opening = rest.index("{", start.start())
        try:
            value, end = decoder.raw_decode(rest, opening)
        except (ValueError, RecursionError):
            continue
        done = at + rest.count("\n", 0, end)
        yield at, done, value


def _json_lines(texts: list[str]) -> set[int]:
    return {n for first, last, _ in json_values(texts) for n in range(first, last + 1)}


def _blank(texts: list[str], at: int) -> bool:
    return not 0 <= at < len(texts) or not texts[at].strip()
