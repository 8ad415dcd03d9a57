"""A browser that tests drive: Chromium out of an npm package, through `browser.mjs`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("browser.mjs")


class Browser:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(DRIVER), str(ROOT / "mock")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **arg: Any) -> Any:
        """The body of an async function of `page`, `open`, `axe` and `arg`; see browser.mjs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"code": code, "arg": arg}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        with self._process:  # closes its pipes, then waits: it ends with its input
            pass
