"""Schemathesis on every spec against the mock: examples, coverage, fuzzing, and state through links."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks_clients import PROVIDERS

pytestmark = pytest.mark.contract

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "openapi"


def schemathesis(
    provider: str, mock: imagetasks_mock.Mock, key: str, *options: str
) -> str:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(HERE / "schemathesis.toml"), "run"),
            *("--url", mock.base_url(provider), "--no-color", *options),
            str(SPECS / f"{provider}.yaml"),
        ],
        env=os.environ
        | {
            "MOCK_KEY": key,
            "MOCK_URL": mock.url,
            "SCHEMATHESIS_HOOKS": str(HERE / "checks.py"),
        },
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.stdout


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="short"),
        pytest.param(("--max-examples", "400"), id="long", marks=pytest.mark.long),
    ],
)
def test_the_mock_keeps_to_the_spec(provider: str, options: tuple[str, ...]) -> None:
    with imagetasks_mock.serve(speed=0, check=True, keys=["right-key"]) as mock:
        report = schemathesis(provider, mock, "right-key", *options)
        assert list(mock.violations) == []
        terminal = [task for task in mock.tasks if task.is_terminal]
    assert "No issues found" in report, report
    assert "Failures" not in report, report
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅ +{phase}", report), report
    # The links of the spec were followed, and tasks ended meanwhile.
    assert re.search(r"API Links: +[1-9]\d* covered", report), report
    assert terminal
