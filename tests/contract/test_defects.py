"""
What the suite is worth: each defect of `defects.py` is put into the mock, and is caught.

    pytest -m long -s tests/contract/test_defects.py

prints which checks catch which.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from contract.defects import DEFECTS
from contract.pages import VENDORS
from contract.prism import RUNNING, mocks
from contract.test_machine import run_courses
from hypothesis import Phase
from support.specs import PROVIDERS

pytestmark = pytest.mark.contract

ROOT = Path(__file__).parents[2]
CHECKS = {
    "machine": "contract/test_machine.py",
    "spec": "contract/test_check.py",
    "shapes": "contract/test_prism.py::test_the_mock_answers_in_the_shape_that_prism_serves",
    "fuzz": "contract/test_schemathesis.py::test_the_mock_keeps_to_the_spec",
    "life": "mock/test_mock.py",
    "vendors": "mock/test_mock_vendors.py",
    "accounts": "mock/test_mock_accounts.py",
    "scenario": "mock/test_mock_scenario.py",
    "results": "mock/test_mock_results.py",
}
"""All but `shapes` can do without Node."""

# The state machine catches the others: nothing else knows so many laws.
BETTER = {
    "a_tick_moves_no_clock": ["-k", "tick", f"tests/{CHECKS['scenario']}"],
    "a_field_that_not_all_need_is_missing": [
        "-k",
        "getImage-completed",
        f"tests/{CHECKS['shapes']}",
    ],
}
WRONG = (AssertionError, LookupError, TypeError, ValueError)
"""How the machine takes an answer that is not as it should be."""


# `make regenerate` runs this on a copy of the tree, which is not what is installed.
PLACES = [str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]


@pytest.mark.long
@pytest.mark.parametrize("defect", [d for d in DEFECTS if d not in BETTER])
def test_the_machine_catches(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, put_in = DEFECTS[defect]
    vendor = next(vendor for vendor in VENDORS if vendor.name == provider)
    put_in(monkeypatch)
    with pytest.raises(WRONG):
        run_courses(
            vendor, 500, derandomize=True, database=None, phases=[Phase.generate]
        )


@pytest.mark.node
@pytest.mark.long
@pytest.mark.parametrize("defect", BETTER)
def test_another_check_catches(defect: str) -> None:
    assert failures(defect, *BETTER[defect])


def failures(defect: str | None, *options: str, **env: str) -> list[str]:
    """The tests that fail, in a process whose mock has this defect."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "contract.defects"),
            *("-q", "--tb=no", "-rfE", "-p", "no:cacheprovider"),
            *("-p", "no:schemathesis"),  # its plugin takes a second to load
            *("--hypothesis-profile=defects", *options),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DEFECT": defect or "",
            "PYTHONPATH": os.pathsep.join(PLACES),
            **env,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)


@pytest.mark.node
@pytest.mark.soak
def test_every_check_catches_defects_and_nothing_else() -> None:
    """All the checks of a vendor against each of its defects, and against the mock as it is."""
    with mocks(PROVIDERS) as urls, ThreadPoolExecutor(2) as pool:

        def catching(defect: str | None, provider: str) -> set[str]:
            options = ["-m", "not long", "-k", provider]
            paths = [f"tests/{path}" for path in CHECKS.values()]
            env = {RUNNING: json.dumps(urls)}
            failed = failures(defect, *options, *paths, **env)
            return {
                check
                for check, path in CHECKS.items()
                if any(test.startswith(f"tests/{path}") for test in failed)
            }

        controls = pool.map(lambda provider: catching(None, provider), PROVIDERS)
        matrix = dict(
            zip(
                DEFECTS,
                pool.map(lambda n: catching(n, DEFECTS[n].provider), DEFECTS),
                strict=True,
            )
        )
        assert [checks for checks in controls if checks] == []
    print_matrix(matrix)
    assert [defect for defect, checks in matrix.items() if not checks] == []
    assert CHECKS.keys() == set().union(*matrix.values())


def print_matrix(matrix: dict[str, set[str]]) -> None:
    print(f"\n{'':48}", *CHECKS)
    for defect, checks in matrix.items():
        marks = (("x" if c in checks else ".").center(len(c)) for c in CHECKS)
        print(f"{defect.replace('_', ' '):48}", *marks)
