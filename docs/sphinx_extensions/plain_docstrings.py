"""
Docstrings as this project writes them, made reStructuredText for Sphinx:

    `name`                          as in Markdown
    code, indented by four          under a paragraph
    field: what it is               one a line, longer ones indented further: a list
    | a table | of Markdown |

Sections of Google's style (`Raises:`) are left to napoleon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx

NAME = re.compile(r"(?<![`:\w])`([^`\n]+)`(?!`|_)")
FIELD = re.compile(r"\w[\w, `.*]*: ")
SECTION = re.compile(r"(Args|Arguments|Attributes|Examples?|Notes?|Raises|Returns|Yields):$")  # fmt: skip


def as_rest(lines: list[str]) -> list[str]:
    """What is indented as a whole is code, if it stands under a paragraph."""
    made: list[str] = []
    is_under_text = False
    for is_blank, paragraph in groupby(lines, lambda line: not line.strip()):
        part = list(paragraph)
        if is_blank:
            made += part
        elif all(line.startswith("    ") for line in part) and is_under_text:
            if not _is_in_code(made):
                made += [".. code-block:: python", ""]
            made += part
        else:
            is_under_text = not part[0].startswith((" ", "- ", "* ", "..")) and not SECTION.match(part[0])  # fmt: skip
            made += _paragraph(part)
    return made


def _is_in_code(made: list[str]) -> bool:
    above = [line for line in made if line.strip()]
    code = [line for line in reversed(above) if not line.startswith("    ")]
    return bool(code) and code[0].startswith(".. code-block")


def _paragraph(lines: list[str]) -> list[str]:
    words = [NAME.sub(r"``\1``", line) for line in lines]
    if lines[0].startswith("|"):
        return list(_table(words))
    if SECTION.match(lines[0]) or lines[0].startswith(" "):
        return words
    if len(lines) > 1 and FIELD.match(lines[0]) and _is_list(lines):
        return [_entry(line) for line in words]
    return words


def _entry(line: str) -> str:
    if line.startswith(" "):
        return f"  {line.strip()}"
    names, _, words = line.partition(": ")
    return f"- **{names.replace('*', chr(92) + '*')}**: {words}"


def _is_list(lines: list[str]) -> bool:
    return all(line.startswith("    ") or FIELD.match(line) for line in lines)


def _table(lines: list[str]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", "")
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            for mark, cell in zip(
                ["*  -", *["   -"] * len(cells)], cells, strict=False
            ):
                yield f"   {mark} {cell}"


def process(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    lines[:] = as_rest(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    # Before napoleon, which makes lists of what stands under its headings.
    app.connect("autodoc-process-docstring", process, priority=400)
    return {"parallel_read_safe": True}
