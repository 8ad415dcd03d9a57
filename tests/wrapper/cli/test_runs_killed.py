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
ROWS = 12


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "imagetasks", *words, "--min-gap", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_tasks(mock: imagetasks_mock.Mock, at_least: int) -> None:
    until = time.monotonic() + 60
    while len(mock.tasks) < at_least and time.monotonic() < until:
        time.sleep(0.02)
    assert len(mock.tasks) >= at_least


@pytest.mark.long
def test_killed_twice_and_resumed_it_has_every_picture_once(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    rows = [f"picture {n},row {n}" for n in range(ROWS)]
    Path("rows.csv").write_text("\n".join(["prompt,label", *rows, ""]))
    mock.faults.add("status", status=503, count=5)
    words = ("generate", "--from", "rows.csv", "-p", "akool", "-p", GPT, "-o", "out")
    for more in (5, 5):
        known = len(mock.tasks)
        with started(*words) as run:
            wait_for_tasks(mock, known + more)
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
def test_an_interrupt_is_quiet_and_says_how_to_go_on(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    mock.clock.advance(0)
    words = ("generate", "x", "-p", "akool", "-n", "3", "-o", "out")
    command_line = [sys.executable, "-m", "imagetasks", *words, "--min-gap", "5"]
    with imagetasks_mock.serve(speed=0) as slow:
        environment = {**os.environ, "AKOOL_BASE_URL": slow.base_url("akool")}
        for wait_until_accepted in (True, False):
            run = subprocess.Popen(
                command_line,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )
            with run:
                if wait_until_accepted:
                    wait_for_tasks(slow, 3)
                    time.sleep(1)
                else:
                    time.sleep(0.3)
                run.send_signal(signal.SIGINT)
                _, said = run.communicate(timeout=30)
            assert run.returncode in (130, -signal.SIGINT)
            assert "Traceback" not in said
            if wait_until_accepted:
                assert said.count("goes on at the vendor") == 3
                assert "imagetasks resume" in said
