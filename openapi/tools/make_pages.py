"""
Write `docs/vendors/<provider>.md` and its picture, and `docs/extensions.md`.

    python openapi/tools/make_pages.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml
from document import Document
from vendor_pages.diagram import diagram
from vendor_pages.extensions import extensions_page
from vendor_pages.page import lifecycles, page, submits

ROOT = Path(__file__).parents[2]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VENDORS = Path("docs", "vendors")
EXTENSIONS = Path("docs", "extensions.md")


def pages(root: Path) -> dict[Path, str]:
    """By path from the root: all that is made."""
    files = sorted(set((root / "openapi").glob("*.yaml")) - {root / "openapi" / "sources.yaml"})  # fmt: skip
    specs = [(f.stem, Document(yaml.load(f.read_text("utf-8"), Loader=LOADER))) for f in files]  # fmt: skip
    made = {EXTENSIONS: extensions_page(specs)}
    for name, spec in specs:
        made[VENDORS / f"{name}.md"] = page(spec, name)
        for _, lifecycle in lifecycles(spec):
            title = f"The states of a task at {name}"
            picture = diagram(lifecycle, title, submits(spec))
            made[VENDORS / "images" / f"{name}.svg"] = picture
    return made


def differences(root: Path, made: dict[Path, str]) -> list[Path]:
    """What is not as it would be made, or is there and would not be made."""

    def is_as_made(path: Path) -> bool:
        file = root / path
        return file.is_file() and file.read_text("utf-8") == made[path]

    vendors = (root / VENDORS).rglob("*")
    there = {path.relative_to(root) for path in vendors if path.is_file()}
    stale = {path for path in made if not is_as_made(path)}
    return sorted(stale | (there - made.keys()))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say what differs")
    wants_check = parser.parse_args().check
    made = pages(ROOT)
    changed = differences(ROOT, made)
    if wants_check and changed:
        print("docs/ is not what the specs give; run make generate:", *changed, sep="\n  ", file=sys.stderr)  # fmt: skip
        return 1
    for path in changed:
        if path in made:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(made[path], "utf-8")
        else:
            (ROOT / path).unlink()
    print(f"{len(made)} pages and pictures {'as made' if wants_check else f'made, {len(changed)} changed'}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
