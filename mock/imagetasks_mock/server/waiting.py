"""`GET /_mock/wait`: an answer once something is so, for tests that would sleep otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..http.answers import Answer
from ..http.deliveries import Message, Receive, Send, never, whole
from ..outside.webhooks import describe as view_webhook
from ..specs.places import Json
from .calls import AdminCall, Problem
from .tasks import STATES, VERDICTS
from .views import task_of, view_request, view_task

ENDED = STATES[-3:]
FOR = (
    *(f"task:{state}" for state in (*STATES, "ended")),
    *(f"request:{verdict}" for verdict in (*VERDICTS, "any")),
    "webhook:delivered",
)
LONGEST = 600.0
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
        states = ENDED if self.which == "ended" else (self.which,)
        return [
            view_task(task, world)
            for task in world.tasks
            if self.provider in (None, task.provider)
            and self.task in (None, task.id)
            and task.state in states
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
        """Why it cannot come any more: a task that has ended stays as it is."""
        tasks = self.call.world.tasks
        if self.of != "task" or self.task is None or self.task not in tasks:
            return None
        task = tasks[self.task]
        return f"task {task.id} has {task.state}" if task.is_terminal else None


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

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        answer = await _unless_gone(_until(wanted, what, seconds), start, receive, send)
        if answer is not None:
            await whole(_start_of(answer, start), answer.body, receive, send)

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


async def _until(wanted: Wanted, what: str, seconds: float) -> Answer:
    deadline = time.monotonic() + seconds
    with wanted.call.world.changes.watch() as watcher:
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
            # Ten times as long as the look took: with many tasks the server has other things to do.
            await asyncio.sleep(10 * (now - began))


def _too_late(wanted: Wanted, what: str, seconds: float) -> str:
    words = f"no {what} within {seconds:g} s"
    if wanted.of == "task" and wanted.call.world.clock.speed == 0:
        words += "; the clock stands still: POST /_mock/clock lets time pass"
    return words


async def _unless_gone(
    work: Any, start: Message, receive: Receive, send: Send
) -> Answer | None:
    """What the work gives; None once the client has left."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(never(start, b"", receive, send))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        gone.cancel()


def _start_of(answer: Answer, start: Message) -> Message:
    others = [
        h for h in start["headers"] if h[0] not in (b"content-length", b"content-type")
    ]
    length = (b"content-length", b"%d" % len(answer.body))
    return {
        **start,
        "status": answer.status,
        "headers": [*others, *answer.headers, length],
    }
