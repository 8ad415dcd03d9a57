"""`GET /_mock/wait`: an answer once something is so, for tests that would sleep otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..http.answers import Answer
from ..http.deliveries import Message, Receive, Send
from ..outside.webhooks import describe as view_webhook
from ..specs.lifecycle import TERMINAL
from ..specs.places import Json
from ..state.changes import Watcher
from .calls import AdminCall, Problem
from .later import send_later
from .tasks import STATES, VERDICTS
from .views import task_of, view_request, view_task

FOR = (
    *(f"task:{state}" for state in (*STATES, "ended")),
    *(f"request:{verdict}" for verdict in (*VERDICTS, "any")),
    "webhook:delivered",
)
LONGEST = 600.0
MOST_WAITS = 300
_LOOK_AGAIN = 0.05
"""Real seconds without an event: tasks get on by themselves, as the clock does."""


class Wanted(NamedTuple):
    """What is waited for."""

    call: AdminCall
    of: str
    which: str
    provider: str | None
    operation: str | None
    task: str | None
    after: int
    least: int
    """How many there shall be."""

    @property
    def states(self) -> tuple[str, ...]:
        """Of tasks: those that are waited for."""
        return TERMINAL if self.which == "ended" else (self.which,)

    def found(self) -> list[Json]:
        """All that fit, as their lists show them."""
        kinds: dict[str, Callable[[], list[Json]]] = {
            "task": self._tasks,
            "request": self._requests,
            "webhook": self._webhooks,
        }
        return kinds[self.of]()

    def _tasks(self) -> list[Json]:
        world = self.call.world
        return [
            view_task(task, world)
            for task in world.tasks
            if self.provider in (None, task.provider)
            and self.task in (None, task.id)
            and task.state in self.states
        ]

    def _requests(self) -> list[Json]:
        world = self.call.world
        return [
            view_request(one, world)
            for one in world.log.after(self.after)
            if self.provider in (None, one.provider)
            and self.operation in (None, one.operation)
            and self.which in ("any", one.verdict)
            and self.task
            in (None, self.task and task_of(one, world.specs[one.provider]))
        ]

    def _webhooks(self) -> list[Json]:
        return [
            view_webhook(one)
            for one in self.call.world.webhooks
            if self.provider in (None, one.provider)
            and self.task in (None, one.task_id)
            and one.delivered
        ]

    def hopeless(self) -> str | None:
        """
        Why it cannot come any more: a task that has ended stays as it is. It may have ended since
        `found` looked, and as it is waited for: then the next look finds it.
        """
        tasks = self.call.world.tasks
        if self.of != "task" or self.task is None or self.task not in tasks:
            return None
        task = tasks[self.task]
        state = task.state
        fits = state in self.states and self.provider in (None, task.provider)
        if state not in TERMINAL or (fits and self.least == 1):
            return None
        return f"task {task.id} has {state}"


def wait(call: AdminCall) -> Answer:
    """What is so already is answered at once: it may have come to be before anybody asked."""
    what = call.choice("for", FOR)
    if what is None:
        raise Problem(400, f"for is one of {', '.join(FOR)}")
    of, _, which = what.partition(":")
    wanted = Wanted(
        call,
        of,
        which,
        call.provider(),
        call.operation(),
        call.query.get("task"),
        call.number("after", least=0) or 0,
        call.number("count") or 1,
    )
    seconds = seconds_of(call.query.get("timeout", "30"))
    waits = call.world.changes.waits
    if len(waits) >= MOST_WAITS:
        raise Problem(503, f"{MOST_WAITS} are waiting already")

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        with waits.watch() as watcher:
            work = _until(wanted, what, seconds, watcher)
            await send_later(work, start, receive, send)

    return Answer(200, b"", delivery=deliver)


def seconds_of(text: str) -> float:
    try:
        seconds = float(text) if text.isascii() else -1
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST:
        words = f"timeout is real seconds from 0 to {LONGEST:g}, not {text!r}"
        raise Problem(400, words)
    return seconds


async def _until(wanted: Wanted, what: str, seconds: float, watcher: Watcher) -> Answer:
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        found: Sequence[Json] = wanted.found()
        if len(found) >= wanted.least:
            return Answer.json(200, list(found))
        if why := wanted.hopeless():
            return Answer.json(409, {"error": f"{what} cannot come: {why}"})
        now = time.monotonic()
        if now >= deadline:
            return Answer.json(409, {"error": _too_late(wanted, what, seconds)})
        await watcher.wait(min(_LOOK_AGAIN, deadline - now))
        # Together those who wait take a tenth of the time: with many tasks the server has other things to do.
        pause = 10 * (now - began) * len(wanted.call.world.changes.waits)
        await asyncio.sleep(min(pause, max(deadline - time.monotonic(), 0)))


def _too_late(wanted: Wanted, what: str, seconds: float) -> str:
    words = f"no {what} within {seconds:g} s"
    if wanted.of == "task" and wanted.call.world.clock.speed == 0:
        words += "; the clock stands still: POST /_mock/clock lets time pass"
    return words
