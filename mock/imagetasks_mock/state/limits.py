"""Rate limits by tier, as `x-rate-limits` of a spec has them: calls per second and minute, active tasks."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from ..specs.places import Json
from .accounts import Account

_WINDOWS = {"perSecond": 1, "perMinute": 60}


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that a call went past."""

    tier: str
    limit: int
    window: int
    """Seconds."""
    retry_after: int
    """Seconds until a call would pass, at least one."""

    def __str__(self) -> str:
        return f"tier {self.tier}: {self.limit} in {self.window} s"


class Limits:
    """
    Counts the calls of each account to one vendor. A call that is refused does not count.

    Windows slide. Neither that, nor what happens at the cap on active tasks is documented: it
    gets the same answer (inferred), with the time until the first task ends.
    """

    def __init__(self, provider: str, document: Json) -> None:
        self._provider = provider
        self._tiers = document.get("x-rate-limits", {}).get("tiers", {})
        self._calls: dict[tuple[str, str, int], deque[float]] = {}

    def reset(self) -> None:
        self._calls.clear()

    def count(self, account: Account, operation: str, now: float) -> Exceeded | None:
        """Count a call, unless it goes past a limit."""
        tier = account.tier
        if tier is None or tier not in self._tiers:
            return None
        limits = self._tiers[tier].get(operation, {})
        windows, full = [], []
        for name, limit in limits.items():
            seconds = _WINDOWS[name]
            calls = self._calls.setdefault((account.key, operation, seconds), deque())
            while calls and calls[0] <= now - seconds:
                calls.popleft()
            if len(calls) >= limit:
                wait = math.ceil(calls[0] + seconds - now)
                full.append(Exceeded(tier, limit, seconds, max(wait, 1)))
            windows.append(calls)
        if full:
            return max(full, key=lambda exceeded: exceeded.retry_after)
        for calls in windows:
            calls.append(now)
        return None

    def admit(self, account: Account, tasks: int, now: float) -> Exceeded | None:
        """Whether so many tasks more may be active at once."""
        tier = account.tier
        if tier is None or tier not in self._tiers:
            return None
        limit = self._tiers[tier].get("activeTasks", math.inf)
        active = account.active(self._provider)
        if len(active) + tasks <= limit:
            return None
        wait = math.ceil(min(task.fate.at for task in active) - now)
        return Exceeded(tier, limit, 60, max(wait, 1))
