"""Time for tests."""

from __future__ import annotations

import asyncio


class FakeClock:
    """
    A clock for tests: its seconds pass only when something sleeps.

        clock = FakeClock()
        client = Client(access, clock=clock, sleep=clock.sleep)     # AsyncClient: sleep=clock.asleep

    now: the time in seconds. You may move it by hand, for an exchange that takes its time.
    slept: the length of each sleep, in seconds.
    """

    def __init__(self) -> None:
        self.now = self._began = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    @property
    def elapsed(self) -> float:
        """Seconds that have passed since the clock was made."""
        return self.now - self._began

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, at once."""
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        """The same for asyncio. Other tasks get their turn, as in a real sleep."""
        self.sleep(seconds)
        # Others get their turn, as in a real sleep.
        await asyncio.sleep(0)
