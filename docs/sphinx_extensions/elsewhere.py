"""
Pages of the repository that stand outside of `docs/`, as pages of the documentation; and links to files out there.

A page whose whole text is a link, `[Changes](../../CHANGELOG.md)`, is replaced by what it links to. So nothing is kept
twice, and the page leads somewhere on a code host too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

LINK = re.compile(r"(\]\()([^)\s:#]+)(#[^)\s]*)?\)")
COPIED = (".yaml", ".json")
WHOLE = re.compile(r"\[[^\]]+\]\((\S+\.md)\)\s*")


def stands_for(page: Path) -> Path | None:
    """The file that a page of nothing but a link leads to."""
    found = WHOLE.fullmatch(page.read_text("utf-8"))
    return (page.parent / found[1]).resolve() if found else None


def links_from(
    text: str, base: Path, folder: Path, docs: Path, shown: dict[Path, Path]
) -> str:
    """
    The text of a page, its links as Sphinx needs them: `base` is where they lead from, `folder` the page's own in the
    documentation. `shown`: of files outside of `docs`, the pages that they are. Specs and schemas are copied. A link to
    another file out there becomes plain words, as no such file is built.
    """

    def link(found: re.Match[str]) -> str:
        target = (base / found[2]).resolve()
        if target in shown or target.is_relative_to(docs):
            place = shown.get(target, target).relative_to(docs)
            return f"](/{place.as_posix()}{found[3] or ''})"
        if not target.exists():
            return found[0]  # Sphinx says so
        if target.suffix in COPIED:
            return f"]({Path(os.path.relpath(target, folder)).as_posix()})"
        return "](#elsewhere)"

    def plain(line: str) -> str:
        return re.sub(r"\[([^\]]+)\]\(#elsewhere\)", r"\1", LINK.sub(link, line))

    return "".join(plain(line) if is_text else line for line, is_text in _lines(text))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each, and whether it stands outside of a fenced block."""
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = re.match(r" *(```+|~~~+|:::+)", line)
        if fence:
            yield line, False
            if mark and line.strip() == fence:
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield line, not fence


def without_empty(text: str, docs: Path) -> str:
    """A table of contents without the patterns that no page fits: Sphinx warns of one."""

    def is_empty(line: str) -> bool:
        pattern = line.strip()
        return bool(re.fullmatch(r"[\w/-]*\*", pattern)) and not any(docs.glob(f"{pattern}.md"))  # fmt: skip

    return "".join(line for line in text.splitlines(True) if not is_empty(line))


def read(app: Sphinx, name: str, source: list[str]) -> None:
    docs = Path(app.srcdir).resolve()
    page = docs / f"{name}.md"
    other = stands_for(page)
    if other is not None:
        app.env.note_dependency(str(other))
        source[0] = other.read_text("utf-8")
    elif name == app.config.root_doc:
        source[0] = without_empty(source[0], docs)
    base = other.parent if other else page.parent
    source[0] = links_from(
        source[0], base, page.parent, docs, app.config.elsewhere_pages
    )


def find(app: Sphinx, config: Any) -> None:
    docs = Path(app.srcdir).resolve()
    pages = {page: stands_for(page) for page in docs.rglob("*.md")}
    shown = {other: page for page, other in pages.items() if other}
    readme = Path(os.path.normpath(docs / ".." / "README.md"))
    config.elsewhere_pages = {readme: docs / "index.md", **shown}


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("elsewhere_pages", {}, "", dict)
    app.connect("config-inited", find)
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
