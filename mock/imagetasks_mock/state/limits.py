"""Rate limits, as `x-rate-limits` of a spec has them for each tier and for keys without one: calls, active tasks."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from ..specs.places import Json
from .accounts import Account

_BY_ACTIVE_TASKS = 60
"""The window that an answer tells of where it is not calls that were too many."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that a call went past."""

    tier: str | None
    limit: int
    window: float
    """Seconds."""
    retry_after: int
    """Seconds until a call would pass, at least one."""

    def __str__(self) -> str:
        whose = "without a tier" if self.tier is None else f"tier {self.tier}"
        return f"{whose}: {self.limit} in {self.window:g} s"


class Limits:
    """
    Counts the calls of each account to one vendor. A call that is refused does not count.

    Windows slide. Neither that, nor what happens at the cap on active tasks is documented: it
    gets the same answer (inferred), with the time until the first task ends.
    """

    def __init__(self, provider: str, document: Json) -> None:
        self._provider = provider
        self._rates = document.get("x-rate-limits", {})
        self._calls: dict[tuple[str, str, float], deque[float]] = {}

    def reset(self) -> None:
        self._calls.clear()

    def count(self, account: Account, operation: str, now: float) -> Exceeded | None:
        """Count a call, unless it goes past a limit."""
        windows, full = [], []
        for described in self._limits(account).get(operation, ()):
            limit, seconds = described["requests"], described["seconds"]
            calls = self._calls.setdefault((account.key, operation, seconds), deque())
            while calls and calls[0] <= now - seconds:
                calls.popleft()
            if len(calls) >= limit:
                wait = math.ceil(calls[0] + seconds - now)
                full.append(Exceeded(account.tier, limit, seconds, max(wait, 1)))
            windows.append(calls)
        if full:
            return max(full, key=lambda exceeded: exceeded.retry_after)
        for calls in windows:
            calls.append(now)
        return None

    def admit(self, account: Account, tasks: int, now: float) -> Exceeded | None:
        """Whether so many tasks more may be active at once."""
        limit = self._limits(account).get("activeTasks", math.inf)
        if (
            limit == math.inf
        ):  # most vendors: a submit does not go through its active tasks
            return None
        active = account.active(self._provider)
        if len(active) + tasks <= limit:
            return None
        wait = math.ceil(min(task.fate.at for task in active) - now)
        return Exceeded(account.tier, limit, _BY_ACTIVE_TASKS, max(wait, 1))

    def _limits(self, account: Account) -> Json:
        """By operation, and of active tasks; a tier of another vendor has none here."""
        if account.tier is None:
            return self._rates.get("limits", {})
        return self._rates.get("tiers", {}).get(account.tier, {})
