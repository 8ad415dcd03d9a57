"""Small git repositories with specs in them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml
from support.edits import DATA, changed

CHANGELOG = """\
# Changelog

## 0.2.0 (unreleased)

- A better thing.

## 0.1.0

- **vendor** spec 1.0.0. First.
"""

# Nothing of the machine's own configuration, and no clock.
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_DATE": "2026-11-21T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-21T00:00:00Z",
    **{
        f"GIT_{who}_{what}": "tests@vendor.example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        run = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
        )
        return run.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def spec(self, *edits: tuple[str, Any], provider: str = "vendor") -> Path:
        data = DATA
        for pointer, value in edits:
            data = changed(data, pointer, value)
        text = yaml.safe_dump(data, sort_keys=False)
        return self.write(f"openapi/{provider}.yaml", text)

    def commit(self, tag: str = "") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=a change")
        if tag:
            self.git("tag", tag)


def released(root: Path) -> Repository:
    """With one spec, 1.2.3, in the release v0.1.0."""
    repository = Repository(root)
    repository.spec()
    repository.write("CHANGELOG.md", CHANGELOG)
    repository.write(".gitignore", ".venv/\n__pycache__/\n")
    repository.write("generated/imagetasks_clients/vendor/client.py", "OLD = 1\n")
    repository.write("generated/imagetasks_clients/vendor/gone.py", "OLD = 2\n")
    repository.commit(tag="v0.1.0")
    return repository
