"""
What it costs to hold an answer against the spec: microseconds, beside those that reading it takes.

Ratios to the time of reading stand in brackets: they carry over to other machines. Nothing is judged.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import httpx
from imagetasks import ImageTasksError, State, Task
from imagetasks._drift.recorder import DriftRecorder
from imagetasks._http.answer import Answer
from imagetasks.providers import PROVIDERS, Call, Provider

TIMES = 500
ROUNDS = 60
Work = Callable[[], object]


class Told(NamedTuple):
    """What an answer says, in its body and in headers."""

    content: bytes
    headers: dict[bytes, bytes]

    def with_more(self) -> Told:
        more = self.content.replace(b"{", b'{"x_new": {"since": "today"},', 1)
        return self._replace(content=more)


def answers_of(provider: Provider) -> dict[str, Told]:
    """The spec's own examples: a task that is not ready, and one that is."""
    found: dict[str, Told] = {}
    for _, body, headers in provider.spec.examples(provider.status.id):
        raw = {name.lower().encode(): text.encode() for name, text in headers.items()}
        told = Told(httpx.Response(200, json=body).content, raw)
        try:
            task = read(provider.fetch("x"), told)
        except ImageTasksError:
            continue
        kind = "done" if task.state is State.SUCCEEDED else "not ready"
        found.setdefault(kind, told)
    return found


def read(call: Call[Task], told: Told) -> Task:
    return call.read(Answer(200, told.headers, told.content))


def best(*works: Work) -> list[float]:
    """Microseconds of each: of the best of rounds in which they take turns."""
    times = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for n, work in enumerate(works):
            began = time.perf_counter()
            for _ in range(TIMES):
                work()
            times[n] = min(times[n], time.perf_counter() - began)
    return [seconds / TIMES * 1e6 for seconds in times]


def row(provider: Provider, told: Told) -> list[float]:
    recorder, answers, other = DriftRecorder(), provider.answers, told.with_more()

    def watched(told: Told) -> Task:
        call = provider.fetch("x")
        response = Answer(200, told.headers, told.content)
        recorder.look(provider.name, answers, call.kwargs, response)
        return call.read(response)

    watched(told)
    assert not recorder.seen
    plain, checked, drifted = best(
        lambda: read(provider.fetch("x"), told),
        lambda: watched(told),
        lambda: watched(other),
    )
    assert recorder.seen
    return [plain, checked - plain, drifted - plain]


def main() -> None:
    print(f"load average {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print("| us | to read it | to check it | with drift in it |")
    print("|---|---|---|---|")
    for name, provider in PROVIDERS.items():
        for kind, told in answers_of(provider).items():
            read_in, *more = row(provider, told)
            cells = (f"{us:.1f} ({us / read_in:.2f})" for us in more)
            print(f"| {name}, {kind} | {read_in:.1f} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
