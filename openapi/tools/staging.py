"""
A copy of the tree for steps that may fail, and the way back for what they made.

The tree itself is written to once, at the end, by renaming: either all of it is new, or nothing.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from os import replace as rename
from pathlib import Path

from failure import Failure

# Nothing that steps read: it is made anew, or so large that a link has to do.
LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    "node_modules",
    "out",
    "dist",
    "build",
    "__pycache__",
    "*.egg-info",
    ".*_cache",
    ".hypothesis",
    ".coverage",
    ".staging-*",
)
LINKED = (".venv", "mock/node_modules")
# What comes back.
RESULTS = ("openapi/*.yaml", "generated/**/*", "CHANGELOG.md")

Files = dict[Path, bytes]


@contextlib.contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="imagetasks-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(root, copy, ignore=LEFT_OUT)
        for name in LINKED:
            if (root / name).exists():
                (copy / name).symlink_to((root / name).resolve())
        yield copy


def results(tree: Path) -> Files:
    return {
        path.relative_to(tree): path.read_bytes()
        for pattern in RESULTS
        for path in tree.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }


def bring_back(root: Path, before: Files, after: Files) -> list[Path]:
    """What differs comes into the tree; its paths."""
    if results(root) != before:
        raise Failure("The tree was changed while the steps ran. Run it again.")
    changed = sorted(
        path
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    )
    with tempfile.TemporaryDirectory(dir=root, prefix=".staging-") as folder:
        new, old = Path(folder) / "new", Path(folder) / "old"
        for path in changed:  # may find the disk full; renaming does not
            if path in after:
                _parent(new / path).write_bytes(after[path])
        moved: list[Path] = []
        try:
            for path in changed:
                moved.append(path)
                _move(root / path, old / path)
                _move(new / path, root / path)
        except BaseException:
            for path in moved:
                _move(old / path, root / path)
                if path not in before:
                    (root / path).unlink(missing_ok=True)
            raise
        finally:
            for path in changed:
                _drop_empty_folders(root, path)
    return changed


def _move(source: Path, target: Path) -> None:
    if source.exists():
        rename(source, _parent(target))


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _drop_empty_folders(root: Path, path: Path) -> None:
    for folder in path.parents[:-1]:
        with contextlib.suppress(OSError):
            (root / folder).rmdir()
