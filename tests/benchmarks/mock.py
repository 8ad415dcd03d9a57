"""
The mock beside Prism, which answers from the same specs: start, requests per second, memory.

    make bench-mock

What the figures mean, and the last ones, stand in the README beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from typing import NamedTuple

from contract.prism import PRISM

from .calls import Calls, to_bytes
from .load import Load, Script, ask, play, repeated
from .machine import LEAST_SHARE, calibrate, load
from .servers import NODE, Server, our_mock, pin_load, prism, start_serve
from .verdict import Target, at_least, at_most

VENDORS = ("akool", "xingchaoyiqing")
"""A status call with the id in its query, and one with it in its path."""
MANY = 16
"""Connections."""
BATCH = 50
"""Tasks that one connection has under way."""
ADVANCE = to_bytes("POST", "/_mock/clock", {"Host": "127.0.0.1"}, b'{"advance": 60}')
"""Then all tasks have ended."""
FEW_TASKS, MANY_TASKS = 20_000, 100_000


HALF, FLAT = at_most(0.5), at_most(1.05)


class Side(NamedTuple):
    """One vendor at one of the two servers."""

    server: Server
    calls: Calls

    def make_task(self) -> bytes:
        """Returns the request that asks for it."""
        submitted = ask(self.server.port, self.calls.submit)
        return self.calls.status(self.calls.task_id(submitted))


Sides = dict[str, tuple[Side, Side]]
"""By vendor: at the mock, at Prism."""


class Table:
    """Rows of figures of the mock and of Prism. A ratio is the median of those of neighbours."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        print(f"\n{'':43}{'mock / Prism':19}{'target':16}{'mock':23}Prism")

    def measure(
        self,
        what: str,
        mock: Callable[[], float],
        prism: Callable[[], float],
        target: Target | None = None,
    ) -> None:
        # The first round does not count: compilers and file caches get warm in it, Prism's above all.
        rounds = [(mock(), prism()) for _ in range(self._rounds + 1)][1:]
        ours, theirs = zip(*rounds, strict=True)
        self.add(what, ours, theirs, target)

    def add(
        self,
        what: str,
        mock: Sequence[float],
        prism: Sequence[float],
        target: Target | None = None,
    ) -> None:
        ratios = [ours / theirs for ours, theirs in zip(mock, prism, strict=True)]
        is_met = target and target.is_met(statistics.median(ratios))
        verdict = f"{target}: {'met' if is_met else 'NOT MET'}" if target else ""
        cells = f"{what:43}{_spread(ratios, '.2f'):19}{verdict:16}{_spread(mock):23}"
        print(f"{cells}{_spread(prism)}", flush=True)


class Client:
    """Sends for so many seconds at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loads: list[Load] = []

    def rate(self, server: Server, request: bytes, connections: int) -> float:
        """Requests per second."""
        scripts = [repeated(request, self._seconds) for _ in range(connections)]
        load = play(server.port, scripts)
        self._loads.append(load)
        return load.requests / load.seconds

    def __str__(self) -> str:
        most = max(self._loads, key=lambda load: load.cpu / load.seconds)
        return (
            f"The load took {most.cpu / most.seconds:.0%} of its core at most; "
            f"it could send {most.requests / most.cpu:,.0f} requests/s."
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="mock", description="The mock beside Prism.")
    parser.add_argument("--quick", action="store_true", help="a trial of 20 seconds")
    quick = parser.parse_args().quick
    before = calibrate()
    print(_machine(), pin_load(), sep="\n")
    table, client = Table(1 if quick else 3), Client(0.5 if quick else 1.2)
    compare_starts(table)
    with ExitStack() as stack:
        mock = stack.enter_context(our_mock(_ours("akool").submit))
        sides: Sides = {}
        for name in VENDORS:
            calls = Calls(name)
            server = stack.enter_context(prism(name, calls.submit))
            sides[name] = Side(mock, _ours(name)), Side(server, calls)
        prisms = [side.server for _, side in sides.values()]
        table.add("memory after the start, MB", *_memory(mock, prisms))
        compare_status(table, client, sides)
        loaded = _memory(mock, prisms)
        table.add("memory after all these, MB", *loaded, HALF)
        if not quick:
            add_tasks(table, [ours for ours, _ in sides.values()], beside=loaded[1])
        for name, (ours, theirs) in sides.items():
            table.measure(
                f"submits/s, {name}, connections: {MANY}",
                partial(client.rate, ours.server, ours.calls.submit, MANY),
                partial(client.rate, theirs.server, theirs.calls.submit, MANY),
                at_least(1),
            )
    print(client)
    shares = (before.share, calibrate().share)
    print(f"{load()}; {shares[0]:.2f} of a core before, {shares[1]:.2f} after")
    if min(shares) < LEAST_SHARE:
        print("NOTICE: the machine was busy: these targets say nothing.")


def compare_starts(table: Table) -> None:
    ours, theirs = _ours("akool").submit, Calls("akool").submit
    table.measure(
        "serve() to first answer, ms",
        lambda: start_serve(ours) * 1000,
        lambda: _start(prism("akool", theirs)),
        HALF,
    )
    table.measure(
        "imagetasks mock to first answer, ms",
        lambda: _start(our_mock(ours)),
        lambda: _start(prism("akool", theirs)),
    )


def compare_status(table: Table, client: Client, sides: Sides) -> None:
    """Of a task that has succeeded."""
    for name, (ours, theirs) in sides.items():
        at_ours, at_theirs = ours.make_task(), theirs.make_task()
        ask(ours.server.port, ADVANCE)
        for connections, target in ((1, at_least(1.2)), (MANY, at_least(1.5))):
            table.measure(
                f"status/s, {name}, connections: {connections}",
                partial(client.rate, ours.server, at_ours, connections),
                partial(client.rate, theirs.server, at_theirs, connections),
                target,
            )


def add_tasks(table: Table, sides: Sequence[Side], beside: list[float]) -> None:
    """What the mock needs for many tasks, beside Prism, which keeps none."""
    mock = sides[0].server
    memory = []
    for tasks in (FEW_TASKS, MANY_TASKS - FEW_TASKS):
        calls = islice(cycle(side.calls for side in sides), MANY)
        play(mock.port, [lives(c, tasks // MANY) for c in calls])
        memory.append(mock.memory())
    few, many = memory
    table.add(f"memory after {FEW_TASKS:,} tasks, MB", [few], beside)
    table.add(f"memory after {MANY_TASKS:,} tasks, MB", [many], beside, HALF)
    table.add(f"the mock, beside itself after {FEW_TASKS:,}", [many], [few], FLAT)


def lives(calls: Calls, tasks: int) -> Script:
    """Each task is submitted, asked for while it waits, and asked for when it has ended."""
    for _ in range(tasks // BATCH):
        asked = []
        for _ in range(BATCH):
            submitted = yield calls.submit
            asked.append(calls.status(calls.task_id(submitted)))
            yield asked[-1]
        yield ADVANCE
        while asked:
            yield asked.pop()


def _ours(provider: str) -> Calls:
    return Calls(provider, under=f"/{provider}")


def _start(starting: AbstractContextManager[Server]) -> float:
    with starting as server:
        return server.started_in * 1000


def _memory(mock: Server, prisms: Sequence[Server]) -> tuple[list[float], list[float]]:
    """Prism serves one vendor: the one that needs less stands for it."""
    return [mock.memory()], [min(server.memory() for server in prisms)]


def _spread(values: Sequence[float], form: str = ",.0f") -> str:
    """The median, and the range where there is one."""
    told = f"{statistics.median(values):{form}}"
    if len(values) == 1:
        return told
    return f"{told} ({min(values):{form}}-{max(values):{form}})"


def _machine() -> str:
    cores = os.cpu_count()
    package = PRISM.parents[1] / "@stoplight" / "prism-cli" / "package.json"
    node = subprocess.check_output([NODE, "--version"], text=True).strip()
    parts = [
        f"{platform.system()} {platform.machine()}, {cores} cores, {load()}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "httptools")),
        f"Node {node}",
        f"Prism {json.loads(package.read_bytes())['version']}",
    ]
    return ", ".join(parts)


if __name__ == "__main__":
    main()
