"""Runs as programs of their own: killed, interrupted, side by side. Every picture once, nothing paid twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import read_sidecar

from .conftest import KEY, Command, events

GPT = "gptimage2api"
ROWS = 10
SUBMITS = {"akool": "createImage", GPT: "generateImage"}
"""The operation of each vendor."""


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "imagetasks", *words, "--min-gap", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def cut_off(mock: imagetasks_mock.Mock, accepted: int) -> int:
    """Of each vendor's submits so many get an answer, three become tasks without one, and no more arrive. All tasks."""
    for provider, submit in SUBMITS.items():
        where = {"provider": provider, "operation": submit}
        mock.faults.add("latency", after=accepted, count=3, seconds=300, **where)
        mock.faults.add("hang", after=accepted, **where)
    return len(SUBMITS) * (accepted + 3)


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 100
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)
    assert is_so()


def write_rows(name: str, what: str) -> None:
    rows = [f"{what} {n},{what} {n}" for n in range(ROWS)]
    Path(f"{name}.csv").write_text("\n".join(["prompt,label", *rows, ""]))


def generate_from(name: str) -> tuple[str, ...]:
    vendors = ("-p", "akool", "-p", GPT)
    return ("generate", "--from", f"{name}.csv", *vendors, "-o", name, "--yes")


def settle_what_is_unknown(command: Command, mock: imagetasks_mock.Mock) -> None:
    """As a person does who looks at the vendor's own list: a submit that was cut off may have arrived."""
    known = {each["id"] for each in events(command("list", "-n", "99", "--json"))}
    for intent in events(command("unknown", "--json")):
        lost = [
            task.id
            for task in mock.tasks
            if task.id not in known
            and (task.provider, task.prompt) == (intent["provider"], intent["prompt"])
        ]
        words = ("resolve", intent["submit"], *lost) if lost else ("abandon", intent["submit"])  # fmt: skip
        assert command(*words).exit_code == 0
    assert command("unknown").exit_code == 0


def check_each_picture_is_there_once(folder: str, what: str) -> set[str]:
    """Their ids."""
    made = [read_sidecar(path) for path in Path(folder).glob("*.json")]
    assert sorted((one.provider, str(one.label)) for one in made) == sorted(
        (vendor, f"{what} {n}") for vendor in ("akool", GPT) for n in range(ROWS)
    )
    assert len(list(Path(folder).iterdir())) == 2 * len(made)
    return {one.task_id for one in made}


def check_cost_is_as_in_the_books(command: Command, mock: imagetasks_mock.Mock) -> None:
    (cost,) = events(command("cost", "--json"))
    charged = {each["provider"]: each["charged"] for each in cost["totals"]}
    books = mock.accounts[KEY]
    assert charged == {vendor: books.spent(vendor) for vendor in ("akool", GPT)}
    assert not any(each["reserved"] for each in cost["totals"])


@pytest.mark.long
def test_killed_twice_and_resumed_it_has_every_picture_once(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    write_rows("out", "picture")
    made = cut_off(mock, accepted=4)
    with started(*generate_from("out")) as run:
        wait_until(lambda: len(mock.tasks) == made)
        run.kill()
    mock.faults.clear()
    settle_what_is_unknown(command, mock)
    mock.faults.add("status", status=503, count=5, operation="getImage")
    with started(*generate_from("out")) as run:
        wait_until(lambda: len(mock.tasks) == 2 * ROWS)
        run.kill()
    for _ in range(2):
        with started("resume") as run:
            run.communicate(timeout=200)
        settle_what_is_unknown(command, mock)
    with started(*generate_from("out")) as run:
        printed, said = run.communicate(timeout=200)
    assert (run.returncode, printed) == (0, ""), said  # nothing was left
    ids = check_each_picture_is_there_once("out", "picture")
    assert ids == {task.id for task in mock.tasks}
    check_cost_is_as_in_the_books(command, mock)


@pytest.mark.long
def test_two_runs_side_by_side_are_killed_and_resumed_side_by_side(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    names = ("piers", "boats")
    for name in names:
        write_rows(name, name)
    made = cut_off(mock, accepted=12)
    runs = [started(*generate_from(name)) for name in names]
    wait_until(lambda: len(mock.tasks) == made)
    for run in runs:
        run.kill()
        run.communicate()
    mock.faults.clear()
    settle_what_is_unknown(command, mock)
    resumed = [started("resume") for _ in names]
    for run in resumed:
        run.communicate(timeout=200)
    runs = [started(*generate_from(name)) for name in names]
    for run in runs:
        _, said = run.communicate(timeout=200)
        assert run.returncode == 0, said
    ids = [check_each_picture_is_there_once(name, name) for name in names]
    assert set().union(*ids) == {task.id for task in mock.tasks}
    assert len(mock.tasks) == 2 * 2 * ROWS
    check_cost_is_as_in_the_books(command, mock)


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


@pytest.mark.long
def test_an_interrupt_tells_of_a_submit_that_nobody_answers(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("hang", operation="createImage")
    with started("generate", "x", "-p", "akool") as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "no answer" in line:
                break
        run.send_signal(signal.SIGINT)
        assert "Stopping" in run.stderr.readline()
        run.send_signal(signal.SIGINT)
        said = run.stderr.read()
    assert run.returncode == 130
    assert "Traceback" not in said
    assert "1 submit may have been accepted" in said
    assert len(events(command("unknown", "--json"))) == 1


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
