"""
What tests ask of the generator. It runs where the generator is installed: a call is a line of JSON, and so is its answer.

    .venv/codegen/bin/python tests/support/generator_calls.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPENAPI = Path(__file__).parents[2] / "openapi"
sys.path.insert(0, str(OPENAPI / "tools"))

import client_names  # noqa: E402
import yaml  # noqa: E402
from client_rules import as_generated  # noqa: E402
from failure import Failure  # noqa: E402
from generator import generate_package  # noqa: E402


def generate(spec_file: str, output: str) -> None:
    generate_package(Path(spec_file), Path(output), OPENAPI / "codegen")


def identifiers(names: list[str]) -> list[str]:
    """The name in Python of each, were it alone."""
    return [client_names.python_names([name])[name] for name in names]


def class_names(spec_file: str) -> list[str]:
    """Those that the rules expect the generator to write."""
    spec = as_generated(yaml.safe_load(Path(spec_file).read_text(encoding="utf-8")))
    return [named.name for named in client_names.classes(spec)]


FUNCTIONS = {
    function.__name__: function for function in (generate, identifiers, class_names)
}


def answer(function: str, arguments: list[Any]) -> dict[str, Any]:
    try:
        return {"value": FUNCTIONS[function](*arguments)}
    except Failure as failure:
        return {"failure": str(failure)}


if __name__ == "__main__":
    client_names.reserve()
    for line in sys.stdin:
        print(json.dumps(answer(*json.loads(line))), flush=True)
