"""
Workers as processes of their own, to be killed.

Run by itself it stays warm and without threads: each line of its input starts a worker, in a fork.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

# Its runtime does not live through a fork.
if __name__ == "__main__":
    sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]

from imagetasks import Access, AsyncClient, PollPolicy
from imagetasks.durable import Queue, Runner
from imagetasks.durable import _runner as runner_module
from imagetasks.durable import _steward as steward_module
from imagetasks.durable import _work as work_module
from support.forks import Forks

POINTS = ("claimed", "intending", "intended", "sent", "accepted", "waited", "put")
"""Between the steps of a workflow, in its order: where a worker may be killed."""


@dataclass(kw_only=True)
class Start:
    """
    kill_at: a point, and the how manieth time that a task comes there. is_naive: sends again what may have been sent, as one
    must not. Seconds of `look` and `grace` are those of the steward.
    """

    url: str
    access: Mapping[str, tuple[str, str]]
    executor: str
    store: str
    kill_at: tuple[str, int] | None = None
    is_naive: bool = False
    queue: Mapping[str, Any] = field(default_factory=dict)
    look: float = 0.3
    grace: float = 0.5
    claim_every: float = 0.05
    min_gap: float = 0.05

    def carry_out(self) -> None:
        """Until SIGTERM."""
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        runner_module.CLAIM_EVERY = self.claim_every
        steward_module.LOOK, steward_module.GRACE = self.look, self.grace
        work_module.FIRST_PAUSE, work_module.LONGEST_PAUSE = 0.1, 1.0
        interpose(self.kill_at, is_naive=self.is_naive)
        runner = Runner(
            self.url,
            {name: Access(*held) for name, held in self.access.items()},
            executor=self.executor,
            store=self.store,
            queues={name: Queue(**self.queue) for name in self.access},
            policy=PollPolicy(
                min_gap=self.min_gap, max_gap=2 * self.min_gap, learn=False
            ),
        )
        with runner:
            while not stop.wait(0.2):
                pass


def interpose(kill_at: tuple[str, int] | None, *, is_naive: bool) -> None:
    """Kill this process where it is asked for."""
    passed: Counter[str] = Counter()

    def reach(point: str) -> None:
        passed[point] += 1
        if kill_at is not None and (point, passed[point]) == tuple(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)

    execution, worker = work_module.Execution, work_module.Worker
    wait = AsyncClient.wait

    def around(kind: Any, name: str, before: str | None, after: str | None) -> None:
        original = getattr(kind, name)

        async def reached(self: Any, *args: Any, **options: Any) -> Any:
            if before:
                reach(before)
            result = await original(self, *args, **options)
            if after:
                reach(after)
            return result

        setattr(kind, name, reached)

    around(execution, "carry_out", "claimed", None)
    around(execution, "_intend", None, "intending")
    around(execution, "_submit", "intended", None)
    around(execution, "_sent", None, "sent")
    around(execution, "_collect", "accepted", None)
    around(worker, "save", "waited", "put")
    assert AsyncClient.wait is wait
    if is_naive:
        execution._is_known_again = lambda self, intent: True  # type: ignore[method-assign]


class Workers:
    """Starts workers, from any program. What is left of them is killed at the end."""

    def __enter__(self) -> Self:
        self._running: set[int] = set()
        self._forks = Forks(__file__).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for pid in list(self._running):
            self.kill(pid)
        self._forks.__exit__()

    def start(self, start: Start) -> int:
        """Its process."""
        pid = int(self._forks.ask({"start": asdict(start)}))
        self._running.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        """Until it has ended: its exit code, or the signal that ended it, below 0."""
        status = int(self._forks.ask({"wait": pid}))
        self._running.discard(pid)
        return status

    def is_alive(self, pid: int) -> bool:
        if self._forks.ask({"poll": pid}):
            self._running.discard(pid)
            return False
        return True

    def kill(self, pid: int) -> None:
        """As the system does it, without a word."""
        os.kill(pid, signal.SIGKILL)
        assert self.wait(pid) == -signal.SIGKILL

    def stop(self, pid: int) -> None:
        """As an operator does it."""
        os.kill(pid, signal.SIGTERM)
        assert self.wait(pid) == 0


def serve() -> None:
    ended: dict[int, int] = {}
    for line in sys.stdin:
        question = json.loads(line)
        answer: Any
        if "start" in question:
            answer = _fork(Start(**question["start"]))
        elif "wait" in question:
            pid = question["wait"]
            if pid not in ended:
                ended[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            answer = ended[pid]
        else:
            pid = question["poll"]
            if pid not in ended:
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    ended[pid] = os.waitstatus_to_exitcode(status)
            answer = pid in ended
        print(json.dumps(answer), flush=True)


def _fork(start: Start) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        start.carry_out()
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
