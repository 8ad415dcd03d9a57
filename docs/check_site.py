"""
Hold the built pages against two promises: every link between them leads somewhere, and nothing is loaded from elsewhere.

    python docs/check_site.py FOLDER
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data", "use": "href"}  # fmt: skip
FOREIGN_IN_CSS = re.compile(
    r"""(?:url\(\s*["']?|@import\s+["'])(?:https?:)?//[^)"']+"""
)


@cache
def parsed(page: Path) -> LexborHTMLParser:
    return LexborHTMLParser(page.read_text("utf-8"))


@cache
def anchors(page: Path) -> set[str]:
    return {node.attributes["id"] or "" for node in parsed(page).css("[id]")}


def problems(folder: Path) -> Iterator[str]:
    for page in sorted(folder.rglob("*.html")):
        name = page.relative_to(folder)
        for link in (node.attributes.get("href") or "" for node in parsed(page).css("a[href]")):  # fmt: skip
            if not _leads_somewhere(page, link, folder):
                yield f"{name}: leads nowhere: {link}"
        for tag, attribute in LOADED.items():
            for node in parsed(page).css(f"{tag}[{attribute}]"):
                target = node.attributes[attribute] or ""
                if urlsplit(target).netloc:
                    yield f"{name}: loads from elsewhere: {target}"
                elif not _leads_somewhere(page, target, folder):
                    yield f"{name}: is not there: {target}"
    for file in sorted({*folder.rglob("*.css"), *folder.rglob("*.svg")}):
        for found in FOREIGN_IN_CSS.findall(file.read_text("utf-8")):
            yield f"{file.relative_to(folder)}: loads from elsewhere: {found}"


def _leads_somewhere(page: Path, link: str, folder: Path) -> bool:
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return True  # outside: not asked here
    target = page
    if address.path:
        target = (page.parent / unquote(address.path)).resolve()
    if not target.is_relative_to(folder) or not target.exists():
        return False
    fragment = unquote(address.fragment)
    return not fragment or target.suffix != ".html" or fragment in anchors(target)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]).resolve()
    found = list(problems(folder))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    pages = len(list(folder.rglob("*.html")))
    if not pages:
        print(f"{folder}: no pages", file=sys.stderr)
    elif not found:
        print(f"{pages} pages: every link between them leads somewhere, nothing is loaded from elsewhere")  # fmt: skip
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
