"""
Is this machine free enough for its figures to be judged?

A calibration spins on each of the cores that client and vendor have, on both at once: whoever else wants to run has to
take the time from one of them. A spin on one core alone sees nothing, as the scheduler moves the other process to the
free core.

A slice is a fixed piece of work. Its CPU time by its wall time is the share of a core that it got. On a free
core that is close to 1 (0.99 was seen); another process that wants a whole core leaves half of one, or two thirds of
both. `LEAST_SHARE` lies between, and allows for what an idle system does by itself. In a calibration the lower quartile of the slices
counts: a single blip does not decide, somebody who runs for more than a quarter of the time does.

The load average is printed and decides nothing: it looks back a minute, and a benchmark that has just run is in it.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection
from typing import NamedTuple

SLICES = 30
TURNS = 200_000
"""Of a slice: 3 to 10 ms, longer than a scheduler lets one process go on while another waits."""
LEAST_SHARE = 0.9

_SPAWN = multiprocessing.get_context("spawn")


def _two_cores() -> list[int]:
    """Empty where there are not two, or the system does not say."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))[:2]
    return cores if len(cores) == 2 else []


CORES = _two_cores()


def pin(which: int) -> None:
    """Keep this process on the first or the second of the two cores."""
    if CORES:
        os.sched_setaffinity(0, {CORES[which]})


class Slice(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


class Calibration(NamedTuple):
    share: float
    """Of the core that got less."""
    seconds: float
    """Of CPU that a slice took: how fast the machine is at the moment."""

    @property
    def is_quiet(self) -> bool:
        return self.share >= LEAST_SHARE


def read_slices(cores: Iterable[Sequence[Slice]]) -> Calibration:
    """`cores`: the slices of each, two at least."""
    slices = [list(core) for core in cores]
    share = min(
        statistics.quantiles((one.cpu / one.wall for one in core), n=4)[0]
        for core in slices
    )
    return Calibration(
        share, statistics.median(one.cpu for core in slices for one in core)
    )


def calibrate() -> Calibration:
    """Takes half a second."""
    spinners = [Spinner(which) for which in range(2)]
    for spinner in spinners:
        spinner.wait_until_ready()
    for spinner in spinners:
        spinner.start()
    return read_slices([spinner.slices() for spinner in spinners])


def load() -> str:
    return "load average " + " ".join(f"{average:.1f}" for average in os.getloadavg())


class Spinner:
    """A process on one of the two cores. It starts to spin when it is told to, so that both spin at once."""

    def __init__(self, which: int) -> None:
        self._pipe, other = _SPAWN.Pipe()
        # The cores are named: a process that was started by a pinned one sees one core alone.
        args = (other, CORES[which : which + 1])
        self._process = _SPAWN.Process(target=_spin, args=args, daemon=True)
        self._process.start()
        other.close()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def wait_until_ready(self) -> None:
        self._pipe.recv()

    def start(self) -> None:
        self._pipe.send(None)

    def slices(self) -> list[Slice]:
        slices: list[Slice] = self._pipe.recv()
        self._process.join()
        return slices


def _spin(pipe: Connection, cores: Sequence[int]) -> None:
    if cores:
        os.sched_setaffinity(0, cores)
    pipe.send(None)
    pipe.recv()
    pipe.send([_slice() for _ in range(SLICES)])


def _slice() -> Slice:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(TURNS):
        pass
    return Slice(time.perf_counter() - wall, time.process_time() - cpu)
