"""
A program with a journal that is killed and started again, as often as it is asked to.

Run by itself it stays warm and without threads: each line of its input is a run, in a fork of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
import types
from collections.abc import Coroutine, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Its runtime does not live through a fork.
if __name__ == "__main__":
    sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]

from imagetasks import (
    Access,
    AsyncClient,
    Client,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
)
from imagetasks._http.environment import tls_context
from imagetasks._submitting.bookkeeper import Bookkeeper
from imagetasks.providers import PROVIDERS
from support.forks import Forks

POLICY = PollPolicy(min_gap=0.005, max_gap=0.01, learn=False)
AT_ONCE = 6


@dataclass(kw_only=True)
class Run:
    """kill_after: seconds. kill_at: so many resumptions of coroutines. intents_late: after the POST, as one must not."""

    access: dict[str, tuple[str, str]]
    journal: str
    handed_out: str
    tasks: int
    is_async: bool = True
    kill_after: float | None = None
    kill_at: int | None = None
    intents_late: bool = False
    awaits: int = field(default=0, init=False)

    def client_options(self) -> dict[str, Any]:
        access = {name: Access(*held) for name, held in self.access.items()}
        return {"access": access, "policy": POLICY, "journal": self.journal}

    def left(self) -> list[tuple[str, ImageRequest]]:
        """What the journal knows nothing of, and what it knows to have been turned down."""
        done = set()
        if Path(self.journal).exists():
            with closing(sqlite3.connect(self.journal)) as connection:
                try:
                    found = connection.execute(
                        "SELECT request FROM intents WHERE outcome IS NULL OR outcome NOT IN ('refused', 'not sent')"
                    )
                    done = {json.loads(r)["ImageRequest"]["prompt"] for (r,) in found}
                except sqlite3.OperationalError:  # killed before it had any tables
                    pass
        providers = list(self.access)
        return [
            (providers[n % len(providers)], ImageRequest(f"number {n}"))
            for n in range(self.tasks)
            if f"number {n}" not in done
        ]

    def hand_out(self, provider: str, task_id: str) -> None:
        """Somebody outside has seen it: from now on it must not be lost."""
        with open(self.handed_out, "ab", buffering=0) as file:
            file.write(f"{provider} {task_id}\n".encode())

    async def carry_out(self) -> None:
        left = iter(self.left())
        async with AsyncClient(**self.client_options()) as client:
            await client.resume_all()

            async def work() -> None:
                for provider, request in left:
                    try:
                        task = await client.submit(provider, request)
                        self.hand_out(task.provider, task.id)
                        await client.wait(task)
                    except ImageTasksError:
                        pass

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    def carry_out_in_threads(self) -> None:
        with Client(**self.client_options()) as client:
            client.resume_all()

            def work(one: tuple[str, ImageRequest]) -> None:
                try:
                    task = client.submit(*one)
                    self.hand_out(task.provider, task.id)
                    client.wait(task)
                except ImageTasksError:
                    pass

            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(work, self.left()))

    def start(self) -> None:
        if self.intents_late:
            write_intents_late()
        if not self.is_async:
            self.carry_out_in_threads()
            return
        with asyncio.Runner() as runner:
            runner.get_loop().set_task_factory(self._make_task)
            runner.run(self.carry_out())

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(self._counted(coroutine), loop=loop, **options)

    async def _counted(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Since Python 3.12 a task takes no generator, but a coroutine may await one."""
        return await self._steps(coroutine)

    @types.coroutine
    def _steps(self, coroutine: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same, but killed when it is about to go on for the n-th time."""
        go_on, value = coroutine.send, None
        while True:
            self.awaits += 1
            if self.awaits == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                future = go_on(value)
            except StopIteration as end:
                return end.value
            try:
                go_on, value = coroutine.send, (yield future)
            except BaseException as error:
                go_on, value = coroutine.throw, error


def write_intents_late() -> None:
    """The mistake that the journal is there to avoid."""
    write_intent, write_outcome = Bookkeeper.write_intent, Bookkeeper.write_outcome

    def late(self: Any, submission: Any, outcome: Any) -> Any:
        write_intent(self, submission)
        return write_outcome(self, submission, outcome)

    Bookkeeper.write_intent = lambda self, submission: None  # type: ignore[method-assign]
    Bookkeeper.write_outcome = late  # type: ignore[method-assign]


class Killer(Forks):
    """Starts and kills runs, from any program."""

    def __init__(self) -> None:
        super().__init__(__file__)

    def run(self, run: Run) -> dict[str, Any]:
        """`killed`, and `awaits` of one that came to its end."""
        known = {k: v for k, v in asdict(run).items() if k != "awaits"}
        answer: dict[str, Any] = self.ask(known)
        assert answer["status"] in (0, -signal.SIGKILL), answer
        return answer | {"killed": answer["status"] != 0}


def warm_up() -> None:
    """What a fork need not do again."""
    tls_context()
    for provider in PROVIDERS.values():
        provider.submit(ImageRequest("a lighthouse"))


def serve(lines: Iterable[str]) -> None:
    warm_up()
    for line in lines:
        run = Run(**json.loads(line))
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            run.start()
            os.write(writer, str(run.awaits).encode())
            os._exit(0)
        os.close(writer)
        if run.kill_after is not None:
            time.sleep(run.kill_after)
            os.kill(child, signal.SIGKILL)
        awaits = os.read(reader, 100).decode()
        os.close(reader)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "awaits": int(awaits or 0)}), flush=True)


if __name__ == "__main__":
    serve(sys.stdin)
