"""Time for tests."""

from __future__ import annotations

import asyncio


class FakeClock:
    """
    Seconds that pass by sleeping only. Give it to a client as `clock`, and its `sleep` or `asleep` as `sleep`.

    `now` may be moved by hand, as for an exchange that takes its time. `slept` has the length of each sleep.
    """

    def __init__(self) -> None:
        self.now = self._began = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    @property
    def elapsed(self) -> float:
        return self.now - self._began

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)
        # Others get their turn, as in a real sleep.
        await asyncio.sleep(0)
