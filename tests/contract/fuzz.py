"""Schemathesis, run as its users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def schemathesis(
    spec: Path, url: str, hooks: str | None, *options: str, **env: str
) -> str:
    """What it reports of a server at `url`; `hooks` is one of the modules here."""
    loaded = {"SCHEMATHESIS_HOOKS": str(HERE / hooks)} if hooks else {}
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(HERE / "schemathesis.toml"), "run"),
            *("--url", url, "--no-color", *options, str(spec)),
        ],
        env=os.environ | env | loaded,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.stdout
