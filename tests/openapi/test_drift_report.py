"""Drift as a file: read and printed by the command, and turned into a proposal for the specs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import propose
import pytest
import yaml
from imagetasks import Drift
from imagetasks._drift.answers import Answers
from imagetasks._drift.drift import Finding
from imagetasks._http.answer import Answer
from imagetasks._specs.spec import Spec
from imagetasks.cli import program
from imagetasks.cli._console import stdout
from imagetasks.providers import PROVIDERS
from round_trip import edited
from typer.testing import CliRunner
from vendors import AIG, AKOOL, GPT, XING, finished
from vendors import STATUSES as FETCHES

pytestmark = pytest.mark.long

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPECS = Path(propose.__file__).parents[1]


def drift(pointer: str = "/data/x_new", **other: Any) -> Drift:
    return Drift(
        **{
            "provider": AKOOL,
            "operation": "getImage",
            "status": 200,
            "pointer": pointer,
            "kind": "extra_field",
            "expected": "nothing",
            "seen": "object",
            "count": 1,
            "first_seen": NOON,
            "last_seen": NOON,
        }
        | other
    )


@pytest.fixture
def report(tmp_path: Path):
    def write(drifts: Iterable[Drift]) -> Path:
        path = tmp_path / "drift.jsonl"
        path.write_text("".join(f"{each.to_json()}\n" for each in drifts))
        return path

    return write


# The command


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as a table is: nothing is folded. The width was read when the command line was imported."""
    monkeypatch.setattr(stdout, "_width", 200)


def run(path: Path) -> Any:
    return CliRunner().invoke(program(), ["drift", str(path)])


def test_drift_prints_a_table_and_ends_with_1(report) -> None:
    result = run(report([drift(), drift("/data/[red]", count=12)]))
    assert result.exit_code == 1
    heading, often, seldom = result.stdout.splitlines()
    assert heading.split()[0] == "operation"
    assert "/data/[red]" in often
    assert "12" in often
    for word in ("akool getImage 200", "/data/x_new", "extra field", "object"):
        assert word in seldom


def test_no_drift_ends_with_0(report) -> None:
    result = run(report([]))
    assert (result.exit_code, result.stdout) == (0, "no drift\n")


def test_reports_of_several_clients_are_counted_together(report) -> None:
    later = NOON + timedelta(hours=3)
    result = run(report([drift(count=5, last_seen=later), drift(count=4), drift("/y")]))
    assert result.stdout.count("/data/x_new") == 1
    assert " 9 " in result.stdout
    assert "15:00" in result.stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no JSON", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ("[]", "it is not a JSON object"),
        ('{"provider": "akool"}', "fields are provider, operation"),
        (drift(kind="whim").to_json(), "kind is one of unknown_value"),
        (drift(count=True).to_json(), "count is no int"),
        (drift(first_seen=datetime(2026, 1, 1)).to_json(), "has no time zone"),
        ("\ufffd", "Expecting value"),
    ],
    ids=lambda text: text[:20],
)
def test_a_line_that_is_no_drift_is_named(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "drift.jsonl"
    path.write_text(f"{drift().to_json()}\n\n{line}\n")
    result = run(path)
    assert result.exit_code == 2
    assert f"{path}, line 3: not a Drift: " in result.stderr
    assert why in result.stderr
    assert "Traceback" not in result.stderr


def test_a_report_that_is_not_there_is_a_mistake_in_use(tmp_path: Path) -> None:
    assert run(tmp_path / "gone.jsonl").exit_code == 2


# The proposal


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_spec_without_drift_stays_as_it_is_to_the_letter(provider: str) -> None:
    """Where it does not, the diff has the layout that is kept."""
    patch, _ = propose.patch_of(SPECS / f"{provider}.yaml", [])
    assert not patch, patch


def test_what_is_not_written_as_a_tool_would_stays_as_it_was_written() -> None:
    text = "a: &unused\n  - {b: [{c: 1}], d:   ~}  # why\nx: [1]\n"
    expected = text.replace("x: [1]", "x: [1, 2]")
    assert edited(text, lambda tree: tree["x"].append(2)) == expected


def differences(provider: str, document: Any, body: Any, status: int) -> list[Finding]:
    at = PROVIDERS[provider].at
    answers = Answers(Spec(provider, document), at.state_pointers, at.headers)
    fetch = FETCHES[provider]
    operation = answers.operation(fetch.method, fetch.path)
    assert operation is not None
    return answers.check(operation, Answer(status, {}, json.dumps(body).encode()))


def without(provider: str, name: str) -> Any:
    body = finished(provider)
    del body.get("data", body)[name]
    return body


def with_(provider: str, **fields: Any) -> Any:
    body = finished(provider)
    body.get("data", body).update(fields)
    return body


@pytest.mark.long
@pytest.mark.parametrize(
    ("provider", "body", "status"),
    [
        (AKOOL, with_(AKOOL, image_status=99), 200),
        (XING, with_(XING, status="moderating"), 200),
        (XING, with_(XING, x_new=[1], y_new={"a": 1}), 200),
        (AIG, with_(AIG, resultJson='{"resultUrls": [], "seed": 7}'), 200),
        (AIG, with_(AIG, costTime="7 s", x=None), 200),
        (GPT, with_(GPT, creditsUsed=1.5), 200),
        (GPT, with_(GPT, imageUrls="https://x/1.png"), 200),
        (XING, without(XING, "id"), 200),
        (AKOOL, without(AKOOL, "image_status"), 200),
        (AKOOL, {}, 503),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_proposed_allows_what_was_seen(provider, body, status) -> None:
    text = (SPECS / f"{provider}.yaml").read_text()
    before = differences(provider, yaml.safe_load(text), body, status)
    assert before

    def edit(spec: Any) -> None:
        for finding in before:
            seen = drift(
                provider=provider,
                operation=FETCHES[provider].id,
                status=status,
                **finding._asdict(),
            )
            propose.propose(spec, seen)

    after = yaml.safe_load(edited(text, edit))
    assert differences(provider, after, body, status) == []


def test_a_proposal_is_a_patch_and_changes_nothing(report, capfd, tmp_path) -> None:
    seen = [
        drift("/data/image_status", kind="unknown_value", seen="99"),
        drift(seen="integer"),
        drift(seen="null"),
        drift("/data/*", seen="integer"),
        drift("", kind="unreadable", seen="text"),
        drift("/data/state", provider=AIG, operation="getTask", kind="unknown_value", seen="string"),
        drift(operation="gone"),
    ]  # fmt: skip
    specs = {path: path.read_bytes() for path in SPECS.glob("*.yaml")}
    assert propose.main(report(seen)) == 0
    assert {path: path.read_bytes() for path in SPECS.glob("*.yaml")} == specs
    patch, notes = capfd.readouterr()
    added = {line[1:].strip() for line in patch.splitlines() if line[:1] == "+"}
    assert {
        "enum: [1, 2, 3, 4, 99]",
        "x_new:",
        "type: [integer, 'null']",
    } <= added
    for words in (
        "x-task-lifecycle",
        "its name looks like no field's",
        "look at an answer",
        "the report does not show the value",
        "no such operation any more",
    ):
        assert words in notes

    (tmp_path / "openapi").mkdir()
    for path, content in specs.items():
        (tmp_path / "openapi" / path.name).write_bytes(content)
    subprocess.run(
        ["git", "apply", "-"], input=patch.encode(), cwd=tmp_path, check=True
    )
    changed = (tmp_path / "openapi" / f"{AKOOL}.yaml").read_text()
    assert "[1, 2, 3, 4, 99]" in changed


def test_no_proposal_comes_of_a_file_that_is_no_report(
    report, capsys, tmp_path
) -> None:
    (tmp_path / "spec.yaml").write_text("openapi: 3.1.0")
    assert propose.main(tmp_path / "spec.yaml") == 2
    assert "spec.yaml, line 1: not a Drift" in capsys.readouterr().err
    assert propose.main(report([drift(provider="../../etc/x")])) == 2
    assert "no spec of '../../etc/x'" in capsys.readouterr().err
