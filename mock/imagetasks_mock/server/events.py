"""
`GET /_mock/events`: what happens, as server-sent events. Each reader is told from what the mock keeps anyway, at its own
pace: where nobody reads nothing is made, and a reader that is slow takes no memory.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .._world import World
from ..http.answers import Answer
from ..http.deliveries import Message, Receive, Send, dropped, never
from ..http.fault import describe as view_fault
from ..specs.lifecycle import WireState
from ..specs.times import iso
from ..state.changes import Watcher
from ..state.log import Received
from .calls import AdminCall, Problem
from .views import summarise, view_task
from .waiting import seconds_of

MOST_READERS = 32
PATIENCE = 30.0
"""Real seconds that a reader may take to read what waits for it. Then its connection ends."""
_HEARTBEAT = 15.0
_PAUSE = 0.05
"""Real seconds between two batches at least: a busy server tells more at once, not more often."""
_BATCH = 200
_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_BEGINNING = "start"
_LONGEST = 2_000
"""Characters of a text: a prompt of a megabyte is for who asks for its task."""


class Reader:
    """What one reader has been told, and what there is to tell it."""

    def __init__(self, world: World, position: tuple[int, int] | None) -> None:
        self.world = world
        self._generation, self._request = position or (world.generation, 0)
        self._states: dict[str, WireState] = {}
        self._around: dict[str, Any] = {}
        self._unanswered: dict[int, Received] = {}
        """Requests that were told of before they had an answer."""
        self.open = 0
        """How many tasks may change by themselves."""
        self.is_behind = True
        """Whether the last batch had no room for all that there was to tell."""

    def skip_all(self) -> None:
        """Only what comes from now on."""
        self._request = self.world.log.last_id
        now = self.world.clock.time()
        self._states = {task.id: task.wire_state_at(now) for task in self.world.tasks}

    def batch(self) -> bytes:
        """Empty if nothing has happened. What does not fit in is in the next one."""
        text = "\n".join(self._events())
        if not text:
            return b""
        # On the last one only: a batch that was cut is told again as a whole.
        # Who comes back hears again of what had no answer yet, and so of its answer.
        last = min(self._unanswered, default=self._request + 1) - 1
        return f"{text}id: {self._generation}-{last}\n\n".encode()

    def _events(self) -> Iterator[str]:
        world = self.world
        if self._generation != world.generation:
            self._generation, self._request = world.generation, 0
            self._states.clear()
            self._around.clear()
            self._unanswered.clear()
            yield _event("reset", {})
        clock = {"now": iso(world.clock.time()), "speed": world.clock.speed}
        # Beside its speed a clock is news when it was moved; where it stands still that shows.
        yield from self._news("clock", (world.clock.moves, clock["speed"]), clock)
        faults = [view_fault(fault) for fault in world.faults]
        yield from self._news("faults", faults, faults)
        yield from self._tasks()
        yield from self._answered()
        for received in world.log.after(self._request)[:_BATCH]:
            self._request = received.id
            if received.took is None:
                self._unanswered[received.id] = received
            yield _event("request", summarise(received, world))
        self.is_behind |= self._request < world.log.last_id

    def _answered(self) -> Iterator[str]:
        """Requests once more, now with the time that they took."""
        log, told = self.world.log, 0
        for received in list(self._unanswered.values()):
            is_kept = received.id > log.last_id - len(log)
            if is_kept and (received.took is None or told == _BATCH):
                continue
            del self._unanswered[received.id]
            if is_kept:
                told += 1
                yield _event("request", summarise(received, self.world))
        self.is_behind |= told == _BATCH

    def _news(self, name: str, mark: Any, value: Any) -> Iterator[str]:
        if self._around.get(name) != mark:
            self._around[name] = mark
            yield _event(name, value)

    def _tasks(self) -> Iterator[str]:
        now, told, self.open = self.world.clock.time(), 0, 0
        tasks = list(self.world.tasks)
        for task in tasks:
            state = task.wire_state_at(now)
            self.open += now < task.ends
            if self._states.get(task.id) != state and told < _BATCH:
                self._states[task.id] = state
                told += 1
                yield _event("task", view_task(task, self.world))
        self.is_behind = told == _BATCH
        if len(self._states) > 2 * len(tasks) + _BATCH:  # those that were forgotten
            kept = {task.id for task in tasks}
            self._states = {i: s for i, s in self._states.items() if i in kept}


def _event(name: str, value: Any) -> str:
    if isinstance(value, dict):
        value = {field: _cut(content) for field, content in value.items()}
    return f"event: {name}\ndata: {json.dumps(value, separators=(',', ':'))}\n"


def _cut(content: Any) -> Any:
    return content[:_LONGEST] if isinstance(content, str) else content


def stream(call: AdminCall) -> Answer:
    """
    From now on; with `from=start` from the oldest that is kept; with the header Last-Event-ID, or
    its value as `from`, from there.
    """
    world = call.world
    position = _position(call)
    seconds = seconds_of(call.query["timeout"]) if "timeout" in call.query else None
    if len(world.changes.readers) >= MOST_READERS:
        raise Problem(503, f"there are {MOST_READERS} readers already")
    headers = ((b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"))
    if call.is_head:
        return Answer(200, b"", headers)

    async def deliver(
        start: Message, body: bytes, receive: Receive, send: Send
    ) -> None:
        reader = Reader(world, position)
        if position is None and call.query.get("from") != _BEGINNING:
            reader.skip_all()
        kept = [h for h in start["headers"] if h[0] != b"content-length"]
        with world.changes.readers.watch() as watcher:
            await send({**start, "headers": kept})
            await _tell_until(reader, watcher, seconds, receive, send)

    return Answer(200, b"", headers, delivery=deliver)


async def _tell_until(
    reader: Reader,
    watcher: Watcher,
    seconds: float | None,
    receive: Receive,
    send: Send,
) -> None:
    """For so many seconds, or until the reader is gone or too slow."""
    telling = asyncio.ensure_future(_tell(reader, watcher, send))
    gone = asyncio.ensure_future(never({}, b"", receive, send))
    try:
        done, _ = await asyncio.wait(
            {telling, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        telling.cancel()
        gone.cancel()
    if telling in done:
        telling.result()
        await dropped({}, b"", receive, send)
    elif gone not in done:
        with suppress(asyncio.CancelledError):
            await telling
        await _end(receive, send)


async def _end(receive: Receive, send: Send) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        await dropped({}, b"", receive, send)


def _position(call: AdminCall) -> tuple[int, int] | None:
    last, given = call.headers.get("last-event-id"), call.query.get("from")
    if not last and given in (None, "", _BEGINNING):
        return None
    text = last or given or ""
    if found := _ID.fullmatch(text):
        return int(found[1]), int(found[2])
    raise Problem(400, f"from is 'start' or the id of an event, not {text!r}")


async def _tell(reader: Reader, watcher: Watcher, send: Send) -> None:
    """Until the reader takes too long to read."""
    world = reader.world
    last, newest = 0.0, world.log.last_id
    with suppress(TimeoutError):
        while True:
            is_idle, newest = world.log.last_id == newest, world.log.last_id
            began = time.monotonic()
            batch = reader.batch()
            cost = time.monotonic() - began
            if batch or began - last >= _HEARTBEAT:
                last = began
                async with asyncio.timeout(PATIENCE):
                    await send(_part(batch or b": still here\n\n"))
            # While requests come in, one reader costs the server a twentieth at most; else it soon has all.
            is_catching_up = is_idle and reader.is_behind
            await asyncio.sleep(cost if is_catching_up else max(_PAUSE, 20 * cost))
            if not reader.is_behind:
                by_itself = world.clock.speed and reader.open
                await watcher.wait(2 * _PAUSE if by_itself else _HEARTBEAT)


def _part(batch: bytes) -> Message:
    return {"type": "http.response.body", "body": batch, "more_body": True}
