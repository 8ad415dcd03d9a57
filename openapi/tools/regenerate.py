"""
From changed specs to checked clients, a CHANGELOG entry and a version, in one go.

    python openapi/tools/regenerate.py [--base REF]

All steps work on a copy of the tree. What they make comes back when the last one has passed; until then nothing here changes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from failure import Failure
from releases.changelog import with_entries
from releases.history import Base, find_base
from releases.report import Report, reports
from releases.versions import written as with_version
from staging import bring_back, copy_of, recover, results

ROOT = Path(__file__).parents[2]


@dataclass
class Work:
    root: Path  # the repository, which is only read
    tree: Path  # its copy
    base: Base
    reports: list[Report] = field(default_factory=list)


Step = Callable[[Work], None]


def lint(work: Work) -> None:
    """The specs are valid, and keep to the rules."""
    _run(work.tree, "openapi/tools/lint.py")


def compare(work: Work) -> None:
    """What changed since the base; a version that is too low for it is raised."""
    work.reports = list(reports(work.tree, work.root, work.base))
    for report in work.reports:
        if report.proposed is not None and report.version != report.proposed:
            file = work.tree / "openapi" / f"{report.provider}.yaml"
            text = file.read_text(encoding="utf-8")
            file.write_text(with_version(text, report.proposed), encoding="utf-8")


def generate(work: Work) -> None:
    """The clients, formatted."""
    _run(work.tree, "openapi/tools/generate.py")


def pages(work: Work) -> None:
    """The vendors' pages of the documentation."""
    _run(work.tree, "openapi/tools/make_pages.py")


def types(work: Work) -> None:
    """The adapters against the clients: they stop compiling where the contract moved."""
    _run(work.tree, "-m", "mypy")
    # Where a module is gone, mypy finds that of the clients that are installed.
    _run(work.tree, "-c", "import imagetasks")


def contract(work: Work) -> None:
    """Specs, clients, wrapper and mock against each other."""
    selected = "(contract or node) and not long"
    _run(work.tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", selected)


def changelog(work: Work) -> None:
    """An entry per provider."""
    file = work.tree / "CHANGELOG.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(with_entries(text, work.reports), encoding="utf-8")


STEPS: tuple[Step, ...] = (lint, compare, generate, pages, types, contract, changelog)


def regenerate(root: Path, ref: str = "", steps: Sequence[Step] = STEPS) -> str:
    """The summary. A step that fails raises `Failure`, and the tree is as it was."""
    if recover(root):
        print("A run before this one was killed at its end: undone.")
    base = find_base(root, ref)
    before = results(root)
    with copy_of(root) as tree:
        work = Work(root, tree, base)
        for number, step in enumerate(steps, 1):
            _perform(step, f"[{number}/{len(steps)}] {step.__name__}", work)
        changed = bring_back(root, before, results(tree))
    return summary(work, changed)


def _perform(step: Step, title: str, work: Work) -> None:
    started = time.monotonic()
    print(f"{title} ...", end=" ", flush=True)
    try:
        step(work)
    except Failure as failure:
        print("failed")
        parts = [str(failure), compared(work)] if work.reports else [str(failure)]
        parts.append(f"{title} failed; nothing was changed.")
        advice = ADVICE if step in (types, contract) else ""
        raise Failure("\n\n".join(parts) + advice) from failure
    print(f"{time.monotonic() - started:.0f} s")


ADVICE = """
Where the adapter has to follow: `make generate` writes the clients alone. Change wrapper/imagetasks/providers/ and the
tests' tables, then run this again."""


def compared(work: Work) -> str:
    lines = [f"Since {work.base.words}:"]
    for report in work.reports:
        lines.append(f"{report.provider} {_verdict(report)}")
        lines += [f"  {change.impact!s:9} {change.words}" for change in report.changes]
    return "\n".join(lines)


def _verdict(report: Report) -> str:
    if report.impact is None:
        return f"{report.version}: unchanged"
    if report.proposed is None:
        return f"{report.was} -> gone ({report.impact})"
    was = f"{report.was} -> " if report.was else ""
    by = "as the spec says" if report.version == report.proposed else "raised"
    return f"{was}{report.proposed} ({report.impact}; {by})"


def summary(work: Work, changed: list[Path]) -> str:
    clients = sum(path.parts[0] == "generated" for path in changed)
    written = [str(p) for p in changed if p.parts[0] not in ("generated", "docs")]
    pages = sum(path.parts[0] == "docs" for path in changed)
    if pages:
        written.append(f"docs/ ({pages} file{'s' * (pages > 1)})")
    if clients:
        written.append(f"generated/ ({clients} file{'s' * (clients > 1)})")
    return f"""{compared(work)}
Written: {", ".join(written) or "nothing, all is as it should be"}.
Versions and words are a proposal: look at git diff before you commit."""


def _run(tree: Path, *arguments: str) -> None:
    places = [str(tree / name) for name in ("wrapper", "mock", "generated")]
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if run.returncode:
        # In the words of who reads it, for whom the copy is not there.
        raise Failure(run.stdout.strip().replace(f"{tree}{os.sep}", ""))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default="", help="a branch or tag")
    try:
        print(regenerate(ROOT, parser.parse_args().base))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{error}; nothing was changed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was changed.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
