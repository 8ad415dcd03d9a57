"""When the benchmarks judge, and what. Nothing is timed here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import download, imports, lag, machine, poll
from benchmarks.contenders import CONTENDERS
from benchmarks.lag import Lag
from benchmarks.machine import Calibration, Slice, read_slices
from benchmarks.verdict import Busy, Judged, at_least, at_most, judge, measure

QUIET, NOISY = Calibration(0.99, 0.005), Calibration(0.5, 0.005)
FREE, SHARED = Slice(wall=1.0, cpu=0.99), Slice(wall=2.0, cpu=1.0)


def calibrations(*shown: Calibration) -> Iterator[Calibration]:
    """As listed, then quiet for good."""
    yield from shown
    while True:
        yield QUIET


def costs(**others: float) -> poll.Costs:
    """Of one round in which every target is met."""
    usual = {
        "imagetasks [fast], wait_all": 125.0,
        "imagetasks, wait_all": 660.0,
        "pyreqwest by hand": 100.0,
        "aiohttp by hand": 192.0,
        "httpx by hand": 600.0,
    }
    return {
        (name, n): others.get(name, usual.get(name, 800.0))
        for name in CONTENDERS
        for n in poll.IN_FLIGHT
    }


HELD = {poll.OURS: 700.0}


def missed(rows: list[Judged]) -> list[str]:
    return [row.what for row in rows if not row.is_met]


def test_a_machine_is_quiet_when_both_cores_are_free() -> None:
    assert read_slices([[FREE] * 30, [FREE] * 30]).is_quiet


def test_a_machine_is_busy_when_one_of_the_cores_is_shared() -> None:
    assert not read_slices([[FREE] * 30, [SHARED] * 30]).is_quiet


def test_one_blip_does_not_make_a_machine_busy() -> None:
    blip = Slice(wall=10.0, cpu=1.0)
    assert read_slices([[FREE] * 30, [FREE] * 29 + [blip]]).is_quiet


def test_a_process_that_runs_for_a_third_of_the_time_makes_a_machine_busy() -> None:
    assert not read_slices([[FREE] * 30, [FREE] * 20 + [SHARED] * 10]).is_quiet


def test_a_slow_machine_is_not_a_busy_one() -> None:
    slow = Slice(wall=20.0, cpu=19.8)
    assert read_slices([[slow] * 30, [slow] * 30]).is_quiet


def test_a_round_with_a_noisy_step_does_not_count() -> None:
    # Calibrated before the first round, and after each of the two steps of every round.
    shown = calibrations(QUIET, QUIET, QUIET, NOISY, QUIET)
    steps = iter(range(10))
    work = [lambda: next(steps)] * 2
    found = measure(work, rounds=5, calibrate=lambda: next(shown))
    assert found.counted == [[0, 1], [4, 5], [6, 7], [8, 9]]
    assert found.refusal is None


def test_measuring_stops_once_most_rounds_cannot_be_quiet_any_more() -> None:
    shown = calibrations(QUIET, NOISY, NOISY, NOISY)
    found = measure([lambda: 1], rounds=3, calibrate=lambda: next(shown))
    assert found.counted == [[1], [1]]
    assert found.refusal is not None
    assert "busy" in found.refusal


def test_measuring_begins_in_a_quiet_moment() -> None:
    shown = calibrations(NOISY, NOISY)
    found = measure([lambda: 1], rounds=3, calibrate=lambda: next(shown))
    assert found.counted == [[1], [1], [1]]


def test_measuring_does_not_begin_where_no_quiet_moment_comes() -> None:
    with pytest.raises(Busy, match=r"0\.50 of a core"):
        measure([pytest.fail], rounds=3, calibrate=lambda: NOISY)


def test_a_trial_is_measured_on_a_busy_machine_and_not_judged() -> None:
    found = measure([lambda: 1], rounds=1, calibrate=lambda: NOISY)
    assert found.counted == [[1]]
    assert found.refusal == "This was a trial."


_FROM_A_PINNED_PROCESS = """
import os
from benchmarks import machine

if __name__ == "__main__":
    machine.pin(1)
    spinners = [machine.Spinner(which) for which in (0, 1)]
    for spinner in spinners:
        spinner.wait_until_ready()
    print([sorted(os.sched_getaffinity(spinner.pid)) for spinner in spinners] == [[core] for core in machine.CORES])
"""


@pytest.mark.skipif(len(machine.CORES) < 2, reason="there is one core only")
def test_a_benchmark_that_keeps_to_one_core_calibrates_both(tmp_path: Path) -> None:
    """Else the two spinners share that core, and each machine seems busy."""
    program = tmp_path / "pinned.py"
    program.write_text(_FROM_A_PINNED_PROCESS)
    command = [sys.executable, str(program)]
    environment = os.environ | {"PYTHONPATH": str(Path(machine.__file__).parents[1])}
    said = subprocess.check_output(command, text=True, env=environment)
    assert said == "True\n"


def test_a_missed_target_ends_with_an_error_that_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [Judged("slow", [2.0], at_most(1)), Judged("good", [2.0], at_least(1))]
    assert judge(rows, refusal=None) == 1
    assert "MISSED: slow\n" in capsys.readouterr().out


def test_nothing_is_judged_on_a_busy_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [Judged("slow", [2.0], at_most(1))]
    assert judge(rows, refusal="The machine was busy.") == 0
    out = capsys.readouterr().out
    assert "NOTICE: not judged. The machine was busy." in out
    assert "MISSED" not in out


def test_the_usual_costs_meet_every_target() -> None:
    assert missed(poll.judged([costs()], HELD)) == []


def test_costs_are_judged_alike_on_a_machine_of_another_speed() -> None:
    halved = {key: cost * 2 for key, cost in costs().items()}
    here, there = poll.judged([costs()], HELD), poll.judged([halved], HELD)
    assert [row.values for row in here] == [row.values for row in there]


@pytest.mark.parametrize(
    ("dearer", "what"),
    [
        ({"pyreqwest by hand": 92.0}, "[fast], 64 in flight / pyreqwest by hand"),
        ({"aiohttp by hand": 166.0}, "[fast], 64 in flight / aiohttp by hand"),
        ({"imagetasks, wait_all": 721.0}, "httpx, 64 in flight / httpx by hand at its best"),
        ({"fal-client": 437.0}, "best SDK / [fast], 64 in flight"),
    ],
)  # fmt: skip
def test_each_ratio_has_its_target(dearer: dict[str, float], what: str) -> None:
    assert missed(poll.judged([costs(**dearer)], HELD)) == [what]


def test_memory_has_its_target() -> None:
    assert missed(poll.judged([costs()], {poll.OURS: 1025.0})) == [
        "each of 10,000 waiting, KB"
    ]


def test_one_noisy_round_does_not_decide() -> None:
    noisy = costs(**{poll.OURS: 500.0})
    assert missed(poll.judged([costs(), noisy, costs()], HELD)) == []


def test_tasks_that_wait_go_by_what_the_transport_reaches_by_hand() -> None:
    shares = {row.share: row.tasks(10_000) for row in lag.ROWS if row.gap == 0.1}
    assert shares == {0.3: 300, 0.6: 600, 0.8: 800}
    assert [row.tasks(5_000) for row in lag.ROWS[:3]] == [150, 300, 400]


@pytest.mark.parametrize(("row", "limit"), list(enumerate((1.1, 1.1, 1.25, 1.2, 1.2))))
def test_each_lag_has_its_target(row: int, limit: float) -> None:
    def round_with(times: float) -> list[Lag]:
        return [
            Lag(one.theory * (times if n == row else 1.0), 1, 1.0, 0.5)
            for n, one in enumerate(lag.ROWS)
        ]

    assert missed(lag.judged([round_with(limit - 0.01)])) == []
    assert missed(lag.judged([round_with(limit + 0.01)])) == [lag.ROWS[row].name]


IMPORTS_AT_MOST = {
    "import imagetasks": 0.25,
    "from imagetasks import Client": 1.6,
    "a client of akool, more": 0.2,
    "imagetasks --version": 0.5,
    "imagetasks --help": 1.3,
    "the pytest plugin, more": 0.05,
}


@pytest.mark.parametrize(("name", "limit"), IMPORTS_AT_MOST.items())
@pytest.mark.parametrize("httpx", [0.1, 0.3])
def test_each_import_has_its_target_beside_httpx(
    name: str, limit: float, httpx: float
) -> None:
    free = dict.fromkeys((case.name for case in imports.CASES), 0.0)
    for times, expected in ((limit * 0.99, []), (limit * 1.01, [name])):
        one = {**free, imports.HTTPX: httpx, name: httpx * times}
        assert missed(imports.judged([one, one])) == expected


def test_what_is_measured_of_imports_can_be_run(
    capfd: pytest.CaptureFixture[str],
) -> None:
    (version,) = (case for case in imports.CASES if "--version" in case.name)
    assert 0 < imports.cost(version) < 60
    assert imports.cost(imports.Case("nothing", "pass")) < imports.cost(version)


@pytest.mark.parametrize(("kind", "n"), [("AsyncClient", 100), ("AsyncClient", 1000), ("Client", 64)])  # fmt: skip
def test_a_download_that_costs_more_beside_others_misses_its_target(
    kind: str, n: int
) -> None:
    flat = {
        (each, at_once): 2000.0
        for each, numbers in download.AT_ONCE.items()
        for at_once in numbers
    }
    assert missed(download.judged([flat])) == []
    dearer = download.judged([flat | {(kind, n): 2700.0}])
    assert missed(dearer) == [f"{kind}: {n} at once / 8 at once"]
