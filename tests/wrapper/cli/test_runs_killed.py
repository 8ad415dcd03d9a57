"""Runs as programs of their own: killed, interrupted, side by side. Every picture once, nothing paid twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import read_sidecar

from .conftest import Command

GPT = "gptimage2api"
ROWS = 20


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "imagetasks", *words, "--min-gap", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_a_task(mock: imagetasks_mock.Mock, run: subprocess.Popen[str]) -> None:
    """One more than there are."""
    known, until = len(mock.tasks), time.monotonic() + 60
    while len(mock.tasks) == known and run.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert len(mock.tasks) > known


@pytest.mark.long
def test_killed_twice_and_resumed_it_has_every_picture_once(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    rows = [f"picture {n},row {n}" for n in range(ROWS)]
    Path("rows.csv").write_text("\n".join(["prompt,label", *rows, ""]))
    mock.faults.add("status", status=503, count=5)
    vendors = ("-p", "akool", "-p", GPT)
    words = ("generate", "--from", "rows.csv", *vendors, "-o", "out", "--yes")
    for _ in range(2):
        with started(*words) as run:
            wait_for_a_task(mock, run)
            run.kill()
    for _ in range(3):
        with started("resume") as run:
            run.communicate(timeout=120)
    # A submit that was cut off by the kill may have arrived: the mock's own list says so.
    listed = command("unknown", "--json")
    for line in listed.stdout.splitlines():
        intent = json.loads(line)
        known_ids = {json.loads(each)["id"] for each in command("list", "-n", "99", "--json").stdout.splitlines()}  # fmt: skip
        lost = [
            task
            for task in mock.tasks
            if task.id not in known_ids
            and task.provider == intent["provider"]
            and task.prompt == intent["prompt"]
        ]
        what = ("resolve", intent["submit"], lost[0].id) if lost else ("abandon", intent["submit"])  # fmt: skip
        assert command(*what).exit_code == 0
    with started(*words) as run:
        _, said = run.communicate(timeout=120)
    assert run.returncode == 0, said
    with started("resume") as run:
        run.communicate(timeout=120)
    assert len(mock.tasks) == 2 * ROWS
    made = [read_sidecar(path) for path in Path("out").glob("*.json")]
    assert {(one.provider, one.label) for one in made} == {
        (vendor, f"row {n}") for vendor in ("akool", GPT) for n in range(ROWS)
    }
    assert len(made) == 2 * ROWS
    totals = json.loads(command("cost", "--json").stdout)["totals"]
    charged = {each["provider"]: each["charged"] for each in totals}
    assert charged == {"akool": ROWS * 1, GPT: ROWS * 3}


@pytest.mark.long
def test_two_runs_side_by_side_disturb_each_other_in_nothing(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    words = ("-p", "akool", "-p", GPT, "-n", "3", "-o", "out")
    runs = [started("generate", f"picture {n}", *words) for n in range(2)]
    for run in runs:
        with run:
            printed, said = run.communicate(timeout=120)
        assert run.returncode == 0, said
        assert len(printed.splitlines()) == 6
    assert len(list(Path("out").glob("*.png"))) == len(mock.tasks) == 12


@pytest.mark.long
def test_an_interrupt_says_what_goes_on_and_how_to_resume_it(command: Command) -> None:
    words = ("generate", "x", "-p", "akool", "-n", "3", "-o", "out", "--min-gap", "5")
    with imagetasks_mock.serve(speed=0) as slow:
        environment = {**os.environ, "AKOOL_BASE_URL": slow.base_url("akool")}
        with subprocess.Popen(
            [sys.executable, "-m", "imagetasks", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as run:
            assert run.stderr is not None
            for line in run.stderr:
                if "QUEUED" in line:  # the first one is accepted: all three are
                    break
            run.send_signal(signal.SIGINT)
            said = run.stderr.read()
        assert run.returncode == 130
        assert "Traceback" not in said
        assert said.count("goes on at the vendor") == 3
        assert "Go on with: imagetasks resume" in said


INTERRUPTED = """
import os, signal, sys

class Interrupts:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
sys.argv[1:] = ["generate", "x"]
from imagetasks.cli import main
main()
"""


@pytest.mark.parametrize(
    "module", ["rich", "typer", "imagetasks.cli._output", "imagetasks.cli._generate"]
)
def test_an_interrupt_while_it_starts_is_quiet(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(module=module)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 130
    assert done.stderr == ""
