"""
Hold each spec's `info.version` against what changed since the base.

    python openapi/tools/check_versions.py [--base REF]

Fails when a spec changed and its version did not, or rose by less than the change takes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from failure import Failure
from lines import line_of
from releases.history import NoHistory, find_base
from releases.report import reports

ROOT = Path(__file__).parents[2]


def check(root: Path, ref: str = "") -> str:
    """What to say when all is well."""
    try:
        base = find_base(root, ref)
    except NoHistory as nothing:
        return f"versions of specs: not checked. {nothing}"
    found = list(reports(root, root, base))
    complaints = []
    for report in found:
        if report.complaint:
            name = f"openapi/{report.provider}.yaml"
            line = line_of((root / name).read_text(encoding="utf-8"), "/info/version")
            complaints.append(f"{name}:{line}: {report.complaint} (semantic-version)")
    if complaints:
        hint = f"Compared with {base.words}. make regenerate raises them."
        raise Failure("\n".join([*complaints, hint]))
    changed = sum(report.impact is not None for report in found)
    return f"versions of specs: {changed} of {len(found)} changed since {base.words}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default="", help="a branch or tag")
    try:
        print(check(ROOT, parser.parse_args().base))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
