"""
Turn `openapi/<provider>.yaml` into `generated/imagetasks_clients/<provider>/`.

    python openapi/tools/generate.py            write
    python openapi/tools/generate.py --check    fail when generated/ is not what the specs give

All packages are built aside first and moved into place together: a spec with a mistake leaves the tree as it was.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from examples import spec_files
from failure import Failure

OPENAPI = Path(__file__).parents[1]
CODEGEN = OPENAPI / "codegen"
TARGET = OPENAPI.parent / "generated" / "imagetasks_clients"
# From requirements/codegen.txt: what the generator needs decides nothing about what else is installed.
GENERATOR = Path(sys.prefix, "codegen", "bin", "python")


def generate_all(output: Path) -> None:
    """All clients, by the generator in its own environment."""
    if not GENERATOR.exists():
        raise Failure("The generator is not installed; run make .venv/codegen/ok")
    script = Path(__file__).with_name("generator.py")
    done = subprocess.run(
        [GENERATOR, script, output, CODEGEN, *spec_files(OPENAPI)],
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Failure(done.stderr.strip())


def differences(left: Path, right: Path) -> list[str]:
    def tree(root: Path) -> set[Path]:
        return {
            p.relative_to(root)
            for p in root.rglob("*")
            if p.is_file() and "__pycache__" not in p.parts
        }

    changed = {
        p
        for p in tree(left) & tree(right)
        if not filecmp.cmp(left / p, right / p, shallow=False)
    }
    return sorted(str(p) for p in changed | (tree(left) ^ tree(right)))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on any difference"
    )
    check = parser.parse_args().check
    try:
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder) / TARGET.name
            generate_all(built)
            changed = differences(built, TARGET)
            if check and changed:
                raise Failure(
                    "generated/ is not what the specs give; run make generate:\n  "
                    + "\n  ".join(changed)
                )
            if changed:
                shutil.rmtree(TARGET, ignore_errors=True)
                shutil.copytree(built, TARGET)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    count = len(spec_files(OPENAPI))
    print(
        f"{count} clients as generated"
        if check
        else f"{count} clients, {len(changed)} files changed"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
