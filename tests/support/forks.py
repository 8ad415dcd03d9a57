"""A program of its own that forks: it is asked by lines of JSON, and answers by lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

TESTS = Path(__file__).parents[1]


class Forks:
    """Runs a file that reads questions from its input until that ends."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> Self:
        paths = [str(TESTS), os.environ.get("PYTHONPATH")]
        self._process = subprocess.Popen(
            [sys.executable, self._file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout
        return self

    def __exit__(self, *_: object) -> None:
        self._questions.close()
        self._process.wait()
        self._answers.close()

    def ask(self, question: Any) -> Any:
        self._questions.write(json.dumps(question) + "\n")
        return json.loads(self._answers.readline())
