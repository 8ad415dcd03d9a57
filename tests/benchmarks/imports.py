"""
What an import costs, beside `import httpx`.

    make bench-import

Each cost is measured in a fresh interpreter that does nothing else: the CPU time, user and system, from right before
the code to right after it. So neither the start of Python is in it, nor what has been loaded before: pytest, for the
plugin, and `Client`, for what a vendor's client costs more. Everything has been compiled. What is compared takes turns,
each figure is divided by that of `import httpx` in the same round, and the median of eleven rounds counts. Takes a
minute or two; ends with an error when a target is missed on a quiet machine.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple

import imagetasks_clients

from . import verdict
from .machine import load, pin
from .verdict import Busy, Judged, Target, at_most

ROUNDS = 11
PACKAGES = ("imagetasks", "imagetasks_clients", "imagetasks_mock")
# httpx loads click and rich, where they are, for a command of its own. Without the extra [cli] they often are not.
WITHOUT_CLI = "sys.modules['click'] = None"
HTTPX, BARE_HTTPX = "import httpx", "import httpx, without [cli]"
CLIENT, BARE_CLIENT = "from imagetasks import Client", "Client, without [cli]"
# With this variable set, each run would compile anew what nobody has compiled yet.
COMPILING = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PROGRAM = """
import sys, time
{before}
began = time.process_time()
try:
    {code}
except SystemExit:
    pass
took = time.process_time() - began
print()
print(took)
"""

Costs = Mapping[str, float]
"""Seconds of CPU, by name."""


class Case(NamedTuple):
    name: str
    code: str
    target: Target | None = None
    """Times `import httpx`."""
    before: str = ""
    """What is loaded already."""


def running(option: str) -> str:
    return f"sys.argv[1:] = ['{option}']; from imagetasks.cli import main; main()"


def a_client_of(vendor: str) -> Case:
    code = f"Client({{'{vendor}': 'secret-key-0123'}})"
    return Case(f"a client of {vendor}, more", code, at_most(0.2), CLIENT)


CASES = [
    Case(HTTPX, HTTPX),
    Case("import imagetasks", "import imagetasks", at_most(0.25)),
    Case(CLIENT, CLIENT, at_most(1.6)),
    *map(a_client_of, imagetasks_clients.PROVIDERS),
    Case("imagetasks --version", running("--version"), at_most(0.5)),
    Case("imagetasks --help", running("--help"), at_most(1.3)),
    Case(
        "the pytest plugin, more",
        "import imagetasks_mock.pytest_plugin",
        at_most(0.05),
        "import pytest",
    ),
    Case(BARE_HTTPX, HTTPX, before=WITHOUT_CLI),
    Case(BARE_CLIENT, CLIENT, before=WITHOUT_CLI),
]


def cost(case: Case) -> float:
    program = PROGRAM.format(before=case.before, code=case.code)
    command = [sys.executable, "-c", program]
    said = subprocess.check_output(command, text=True, env=COMPILING)
    return float(said.splitlines()[-1])


def costs() -> Costs:
    return {case.name: cost(case) for case in CASES}


def judged(rounds: Sequence[Costs]) -> list[Judged]:
    return [
        Judged(case.name, [one[case.name] / one[HTTPX] for one in rounds], case.target)
        for case in CASES
        if case.target is not None
    ]


def compile_all() -> None:
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations
        for folder in spec.submodule_search_locations:
            compileall.compile_dir(folder, quiet=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial of two rounds")
    quick = parser.parse_args().quick
    pin(1)
    compile_all()
    costs()  # compiles what these import
    try:
        found = verdict.measure([costs], 2 if quick else ROUNDS)
    except Busy as busy:
        print(busy)
        return 0
    rounds = [one for (one,) in found.counted]
    print(f"{found}; {load()}, Python {sys.version.split()[0]}\n\nms of CPU, median:")
    for case in CASES:
        took = statistics.median(one[case.name] for one in rounds)
        print(f"{case.name:32} {took * 1e3:7.1f}")
    bare = statistics.median(one[BARE_CLIENT] / one[BARE_HTTPX] for one in rounds)
    print(f"\nWithout [cli], Client / httpx: {bare:.2f}\n\ncost / {HTTPX}:")
    return verdict.judge(judged(rounds), found.refusal)


if __name__ == "__main__":
    sys.exit(main())
