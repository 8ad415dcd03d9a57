"""Whoever waits for something to happen is woken; where nobody waits, that costs one look at a list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Watcher:
    """One who waits, on the event loop that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._is_told = False

    def tell(self) -> None:
        """From any thread; what happens until `wait` looks again is told once."""
        if not self._is_told:
            self._is_told = True
            with suppress(RuntimeError):  # the loop has been closed meanwhile
                self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout: float) -> None:
        """Until something has happened since the last call, or for so many real seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        self._event.clear()
        self._is_told = False


class Watchers:
    """Those who wait for the same kind of thing."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []

    def __len__(self) -> int:
        return len(self._watchers)

    def tell(self) -> None:
        for watcher in self._watchers:
            watcher.tell()

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        watcher = Watcher()
        # New lists: other threads may be going through the old ones.
        self._watchers = [*self._watchers, watcher]
        try:
            yield watcher
        finally:
            self._watchers = [one for one in self._watchers if one is not watcher]


class Changes:
    """The two kinds that there are; each has its own bound."""

    def __init__(self) -> None:
        self.readers = Watchers()
        """Of `/_mock/events`."""
        self.waits = Watchers()
        """Of `/_mock/wait`."""

    def tell(self) -> None:
        """Something has happened: a request, a task that was ended, a fault, time that was moved by hand."""
        self.readers.tell()
        self.waits.tell()
