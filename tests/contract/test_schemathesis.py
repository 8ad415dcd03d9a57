"""Schemathesis on every spec against the mock: examples, coverage, fuzzing, and state through links."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
from contract.fuzz import schemathesis
from imagetasks_clients import PROVIDERS
from support.specs import Lifecycle, document, key_header

pytestmark = pytest.mark.contract

SPECS = Path(__file__).parents[2] / "openapi"


def with_key(provider: str) -> list[str]:
    """The option that sends the right key, in the header of this vendor."""
    [(name, value)] = key_header(provider, "right-key").items()
    return ["--header", f"{name}: {value}"]


LONG, SHORT = pytest.mark.long, pytest.mark.short


@pytest.mark.parametrize(
    ("provider", "examples"),
    [
        # Of one vendor in a quick run, and of a new one in its own.
        *(
            pytest.param(name, 10, id=f"short-{name}", marks=[SHORT, LONG][: n + 1])
            for n, name in enumerate(PROVIDERS)
        ),
        *(pytest.param(name, 400, id=f"long-{name}", marks=LONG) for name in PROVIDERS),
    ],
)
def test_the_mock_keeps_to_the_spec(provider: str, examples: int) -> None:
    with imagetasks_mock.serve(
        speed=0, tick=0.5, check=True, keys=["right-key"]
    ) as mock:
        report = schemathesis(
            SPECS / f"{provider}.yaml",
            mock.base_url(provider),
            "checks.py",
            *with_key(provider),
            *("--max-examples", str(examples)),
            MOCK_KEY="right-key",
            MOCK_URL=mock.url,
        )
        assert list(mock.violations) == []
        terminal = [task for task in mock.tasks if task.is_terminal]
    assert "No issues found" in report, report
    assert "Failures" not in report, report
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅ +{phase}", report), report
    # The links of the spec were followed, and tasks ended meanwhile.
    assert re.search(r"API Links: +[1-9]\d* covered", report), report
    assert terminal


@pytest.mark.parametrize(
    "provider", [pytest.param(name, marks=LONG) for name in PROVIDERS]
)
def test_a_stock_run_sees_tasks_end(provider: str, tmp_path: Path) -> None:
    """No hook moves the clock: with `tick` each request does, and links lead to tasks that have ended."""
    archive = tmp_path / "run.har"
    with imagetasks_mock.serve(
        speed=0, tick=0.5, duration=1, keys=["right-key"]
    ) as mock:
        schemathesis(
            SPECS / f"{provider}.yaml",
            mock.base_url(provider),
            None,
            *with_key(provider),
            *("--phases", "stateful", "--max-examples", "15"),
            *("--report", "har", "--report-har-path", str(archive)),
        )
    life = Lifecycle(provider)
    entries = json.loads(archive.read_bytes())["log"]["entries"]
    told = {life.read("state", answer_in(entry)) for entry in entries}
    assert {"succeeded"} <= {life.meanings.get(state) for state in told}


def answer_in(entry: Any) -> Any:
    """What the lifecycle reads, of an entry of a HAR file."""
    answer = entry["response"]
    headers = {header["name"]: header["value"] for header in answer["headers"]}
    return document(json.loads(answer["content"]["text"]), headers)
