"""
A copy of the tree for steps that may fail, and the way back for what they made.

The tree itself is written to once, at the end, by renaming: either all of it is new, or nothing. A run that is killed
right then leaves a journal, and the next one undoes it.
"""

from __future__ import annotations

import contextlib
import json
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
    ".staging",
)
LINKED = (".venv", "mock/node_modules")
# What comes back.
RESULTS = (
    "openapi/*.yaml",
    "generated/**/*",
    "docs/vendors/**/*",
    "docs/extensions.md",
    "CHANGELOG.md",
)
STAGING = ".staging"
JOURNAL = "journal.json"

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
    staging = root / STAGING
    try:
        for path in changed:  # may find the disk full; renaming does not
            if path in after:
                _parent(staging / "new" / path).write_bytes(after[path])
        _write_journal(staging, [path for path in changed if path not in before])
        for path in changed:
            _move(root / path, staging / "old" / path)
            _move(staging / "new" / path, root / path)
        # From here on it is done, and not undone any more.
        (staging / JOURNAL).unlink(missing_ok=True)
    finally:
        recover(root)
        for path in changed:
            _drop_empty_folders(root, path)
    return changed


def recover(root: Path) -> bool:
    """Undo what was not brought back to the end. Whether there was something to undo."""
    staging = root / STAGING
    journal, old = staging / JOURNAL, staging / "old"
    is_undone = journal.exists()
    if is_undone:
        for name in json.loads(journal.read_text(encoding="utf-8")):
            (root / name).unlink(missing_ok=True)
            _drop_empty_folders(root, Path(name))
        for path in old.rglob("*"):
            if path.is_file():
                _move(path, root / path.relative_to(old))
    shutil.rmtree(staging, ignore_errors=True)
    return is_undone


def _write_journal(staging: Path, made: list[Path]) -> None:
    """What was not there before; what was is in `old`."""
    new = _parent(staging / f"{JOURNAL}.new")
    new.write_text(json.dumps([str(path) for path in made]), encoding="utf-8")
    rename(new, staging / JOURNAL)


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
