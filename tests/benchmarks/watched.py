"""
What a reader of `/_mock/events` costs the mock: CPU of its process for each request, with one beside none.

    make bench-mock

The reader is a process of its own that only reads. What is asked comes as fast as the mock answers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .calls import Calls
from .load import ask, play, repeated
from .machine import load
from .mock import ADVANCE, MANY, VENDORS
from .servers import Server, our_mock, pin_load
from .verdict import Busy, Judged, at_most, judge, measure

TARGET = at_most(1.1)
TICKS = os.sysconf("SC_CLK_TCK")

_READER = """
import socket, sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as stream:
    stream.sendall(b"GET /_mock/events HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n")
    stream.recv(65536)
    print("reads", flush=True)
    while stream.recv(1 << 20):
        pass
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="watched", description="A reader's cost.")
    parser.add_argument("--quick", action="store_true", help="a trial")
    quick = parser.parse_args().quick
    print(f"\n{pin_load()}, {load()}")
    calls = {name: Calls(name, under=f"/{name}") for name in VENDORS}
    with our_mock(calls[VENDORS[0]].submit) as mock:
        requests = dict(requests_of(mock, calls))
        steps = [
            partial(ratio, mock, r, 0.5 if quick else 2) for r in requests.values()
        ]
        try:
            rounds = measure(steps, 1 if quick else 5)
        except Busy as busy:
            print(busy)
            return 0
        rows = [
            Judged(f"{what}, one reader / none", values, TARGET)
            for what, values in zip(
                requests, zip(*rounds.counted, strict=True), strict=True
            )
        ]
        print(rounds)
        return judge(rows, rounds.refusal)


Make = Callable[[], bytes]


def requests_of(mock: Server, calls: dict[str, Calls]) -> Iterator[tuple[str, Make]]:
    for name, of in calls.items():
        yield f"status, {name}", partial(status_of_a_new_task, mock, of)
    for name, of in calls.items():
        yield f"submit, {name}", partial(bytes, of.submit)


def status_of_a_new_task(mock: Server, of: Calls) -> bytes:
    """Of one that has ended. The mock forgets the oldest tasks, so one of an earlier round may be gone."""
    task = of.task_id(ask(mock.port, of.submit))
    ask(mock.port, ADVANCE)
    return of.status(task)


def ratio(mock: Server, make: Make, seconds: float) -> float:
    """Of the CPU for a request. What comes first has no company twice, so that no trend counts."""
    request = make()
    cost: Callable[[], float] = partial(cpu_per_request, mock, request, seconds)
    before = cost()
    with reading(mock.port):
        watched = cost()
    return watched / ((before + cost()) / 2)


def cpu_per_request(mock: Server, request: bytes, seconds: float) -> float:
    began = cpu_of(mock.pid)
    done = play(mock.port, [repeated(request, seconds) for _ in range(MANY)])
    return (cpu_of(mock.pid) - began) / done.requests


def cpu_of(pid: int) -> float:
    """Seconds, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def reading(port: int) -> Iterator[None]:
    command = [sys.executable, "-c", _READER, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        try:
            yield
        finally:
            reader.kill()


if __name__ == "__main__":
    sys.exit(main())
