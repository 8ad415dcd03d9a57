"""What `make provider` left to be filled in, from pages: in a spec, and in the files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from document import Problems, join
from provider import FILES, MORE, README

MARK = re.compile("TODO|//todo.example")


def in_spec(node: Any, pointer: str = "") -> Problems:
    match node:
        case dict():
            for key, value in node.items():
                yield from in_spec(value, join(pointer, key))
        case list():
            for index, value in enumerate(node):
                yield from in_spec(value, join(pointer, index))
        case str() if MARK.search(node):
            yield pointer, f"to be filled in: {node.strip()}"


def beside_specs(root: Path, names: list[str]) -> Iterator[tuple[str, int, str]]:
    """File, number of the line, and message, for the vendors of these names."""
    of_a_vendor = [place for file, place in FILES.items() if file != "spec.yaml"]
    own = [place.format(name) for name in names for place in of_a_vendor]
    for place in (*own, *MORE.values(), README):
        # A vendor may do without some of them.
        lines = (
            (root / place).read_text().splitlines() if (root / place).exists() else []
        )
        for number, line in enumerate(lines, 1):
            if MARK.search(line):
                yield place, number, f"to be filled in: {line.strip()}"
