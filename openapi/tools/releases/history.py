"""
What a spec said at the last release.

The base is, in this order: the merge base of HEAD and the ref that is given; the last tag `v*` that HEAD descends from;
before the first release, HEAD itself, so that what is not committed yet counts.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

from failure import Failure

RELEASES = "v[0-9]*"


class Base(NamedTuple):
    commit: str
    words: str


class NoHistory(Failure):
    """There is nothing to compare with: no git, or no commit."""


def find_base(root: Path, ref: str = "") -> Base:
    if _ask(root, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        raise NoHistory(f"{root} has no git history: there is nothing to compare with.")
    if ref:
        return _where_it_branched_off(root, ref)
    tag = _ask(root, "describe", "--tags", "--abbrev=0", f"--match={RELEASES}")
    if tag:
        return Base(_commit(root, tag), f"the release {tag}")
    shallow = _ask(root, "rev-parse", "--is-shallow-repository") == "true"
    why = "a shallow clone without tags" if shallow else f"no tag {RELEASES} yet"
    return Base(_commit(root, "HEAD"), f"the last commit ({why})")


def _where_it_branched_off(root: Path, ref: str) -> Base:
    if _ask(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is None:
        raise Failure(
            f"BASE={ref} is no commit of this repository. Fetch it (CI: fetch-depth: 0)."
        )
    commit = _ask(root, "merge-base", ref, "HEAD")
    if commit is None:
        raise Failure(
            f"BASE={ref} and HEAD have no commit in common here. Fetch all of it (CI: fetch-depth: 0)."
        )
    return Base(commit, f"{ref} ({commit[:7]})")


def text_at(root: Path, base: Base, path: str) -> str | None:
    """None for a file that was not there."""
    if not _ask(root, "ls-tree", "--name-only", base.commit, "--", path):
        return None
    run = _git(root, "show", f"{base.commit}:./{path}")
    if run.returncode:
        raise Failure(f"git show {base.commit}:{path}: {run.stderr.strip()}")
    return run.stdout


def files_at(root: Path, base: Base, folder: str, suffix: str) -> set[str]:
    """The names of the files that were in a folder."""
    listed = _ask(root, "ls-tree", "--name-only", f"{base.commit}:./{folder}") or ""
    return {name for name in listed.splitlines() if name.endswith(suffix)}


def _commit(root: Path, ref: str) -> str:
    commit = _ask(root, "rev-parse", "--verify", f"{ref}^{{commit}}")
    if commit is None:
        raise Failure(f"{ref} is no commit.")
    return commit


def _ask(root: Path, *arguments: str) -> str | None:
    """What git says, or None for no."""
    run = _git(root, *arguments)
    return run.stdout.strip() if run.returncode == 0 else None


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError as error:
        raise NoHistory("There is no git: nothing to compare with.") from error
