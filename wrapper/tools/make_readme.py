"""
Write the tables that adapters know: in the README the rows of "The vendors" about tasks, in docs/howto/requests.md what a
request can say.

    python wrapper/tools/make_readme.py [--check]

A vendor that has no column gets one. Rows in words are written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from imagetasks.cli._tables import capabilities_markdown, gap_in_words, life_in_words
from imagetasks.providers import PROVIDERS, Provider

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REQUESTS = ROOT / "docs" / "howto" / "requests.md"
CAPABILITIES = re.compile(r"(<!-- capabilities -->\n).*?(<!-- /capabilities -->)", re.S)
VENDORS = re.compile(r"^\| \| .*\n(?:\|.*\n)+", re.M)
"""The table with a column for each vendor."""
UNWRITTEN = "TODO"


def states(adapter: Provider) -> str:
    return " ".join(
        f"`{wire}`" if isinstance(wire, str) else str(wire) for wire in adapter.states
    )


def gap(adapter: Provider) -> str:
    is_documented = adapter.poll_gap != (None, None)
    words = (
        f"{gap_in_words(adapter)}, documented" if is_documented else "2-5 s, inferred"
    )
    looks = adapter.refresh
    return f"{words}; the vendor looks upstream every {looks:g} s" if looks else words


def times(adapter: Provider) -> str:
    return "ISO 8601" if adapter.times == "iso8601" else adapter.times


ROWS: dict[str, Callable[[Provider], str]] = {
    "states": states,
    "poll gap": gap,
    "result lives": lambda adapter: life_in_words(adapter.lifetime),
    "times": times,
}


def written(page: str) -> str:
    """A page with its tables as they should be."""
    page = CAPABILITIES.sub(
        lambda found: f"{found[1]}{capabilities_markdown()}\n{found[2]}", page
    )
    return VENDORS.sub(lambda found: vendors(found[0]), page)


def vendors(table: str) -> str:
    heading, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
    )
    names = [*heading[1:], *(name for name in PROVIDERS if name not in heading)]
    lines = [["", *names], ["---"] * (len(names) + 1)]
    for what, *cells in rows:
        by_hand = dict(zip(heading[1:], cells, strict=True))
        lines.append([what, *(_cell(what, name, by_hand) for name in names)])
    head, rule, *body = lines
    return (
        f"| {' | '.join(head)} |\n".replace("|  |", "| |", 1)
        + f"|{'|'.join(rule)}|\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in body)
    )


def _cell(what: str, name: str, by_hand: dict[str, str]) -> str:
    # A vendor may have its column before it has an adapter.
    if what in ROWS and name in PROVIDERS:
        return ROWS[what](PROVIDERS[name])
    return by_hand.get(name, UNWRITTEN)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say what differs")
    wants_check = parser.parse_args().check
    is_stale = False
    for page in (README, REQUESTS):
        text = page.read_text(encoding="utf-8")
        if (renewed := written(text)) == text:
            continue
        is_stale = True
        if wants_check:
            print(f"{page.name}: its tables are not what adapters and specs say: make readme", file=sys.stderr)  # fmt: skip
        else:
            page.write_text(renewed, encoding="utf-8")
            print(f"{page.name}: tables renewed")
    return int(is_stale and wants_check)


if __name__ == "__main__":
    sys.exit(main())
