"""
The skeleton of a new vendor: spec and its pages, adapter, tests, a line of the mock's realistic scenario, a column of the
README.

    python openapi/tools/provider.py NAME

It can be generated, imported and tested as it is; `make lint` names every place that is still to be filled in.
"""

from __future__ import annotations

import keyword
import re
import sys
from datetime import date
from pathlib import Path
from string import Template

from failure import Failure

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).with_name("provider_templates")
FILES = {
    "spec.yaml": "openapi/{}.yaml",
    "adapter.py.txt": "wrapper/imagetasks/providers/{}.py",
    "vendor.py.txt": "tests/vendors/{}.py",
}
MORE = {
    "sources.yaml.txt": "openapi/sources.yaml",
    "realistic.yaml.txt": "mock/imagetasks_mock/scenarios/realistic.yaml",
}
"""What is added at the end of files that are there."""
README = "README.md"
VENDORS = re.compile(r"^\| \| .*\n(?:\|.*\n)+", re.MULTILINE)
"""The README's table with a column for each vendor."""


def skeleton(name: str, root: Path, today: date) -> dict[Path, str]:
    """All that is to be written, by path. Raises Failure."""
    if not re.fullmatch(r"[a-z][a-z0-9]*", name) or keyword.iskeyword(name):
        raise Failure(
            f"{name!r} is no name: it becomes a module, a class and {name.upper()}_API_KEY, so it takes lower-case "
            "letters and digits, and begins with a letter."
        )
    words = {"name": name, "Class": name.capitalize(), "today": today.isoformat()}

    def text(template: str) -> str:
        return Template((TEMPLATES / template).read_text()).substitute(words)

    new = {root / place.format(name): text(file) for file, place in FILES.items()}
    taken = [str(path.relative_to(root)) for path in new if path.exists()]
    if taken:
        raise Failure(f"There is {', '.join(taken)} already.")
    longer = {
        root / place: (root / place).read_text() + text(file)
        for file, place in MORE.items()
    }
    readme = root / README
    return new | longer | {readme: with_column(readme.read_text(), name)}


def with_column(readme: str, name: str) -> str:
    table = VENDORS.search(readme)
    if table is None:
        raise Failure("README.md has no table of the vendors to add a column to.")
    heading, line, *rows = table[0].splitlines()
    wider = [f"{heading} {name} |", f"{line}---|", *(f"{row} TODO |" for row in rows)]
    return readme[: table.start()] + "\n".join(wider) + "\n" + readme[table.end() :]


def write(files: dict[Path, str]) -> None:
    """All of them or none."""
    before = {path: path.read_text() for path in files if path.exists()}
    try:
        for path, text in files.items():
            path.write_text(text)
    except BaseException:
        for path in files:
            if path in before:
                path.write_text(before[path])
            else:
                path.unlink(missing_ok=True)
        raise


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print("Say which: make provider NAME=...", file=sys.stderr)
        return 2
    try:
        files = skeleton(arguments[0], ROOT, date.today())
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    write(files)
    print("Written:", *(f"  {path.relative_to(ROOT)}" for path in files), sep="\n")
    print("Fill in what says TODO, then: make generate lint test")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
