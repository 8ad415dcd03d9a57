"""PollPolicy: the caller's settings for a wait, and the gap between two polls that follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

# inferred: what the one vendor with a full recommendation asks for
DEFAULT_GAP = (2.0, 5.0)


class Gap(NamedTuple):
    """Seconds between two polls of a task."""

    min: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """
    How to wait. All numbers are seconds, except `jitter`.

        client = Client.from_env(policy=PollPolicy(deadline=1800, max_gap=10))

    min_gap, max_gap: bounds of the gap between two polls of a task. None uses the vendor's documented gaps, else 2 to 5. A gap that
        you give replaces them, even below 2.
    deadline: the longest wait, unless the call has a `timeout`.
    attempt: the longest exchange, body included.
    outage: how long polls in a row may fail before `PollOutage`.
    unknown_grace: how long a task may stay in an undocumented state before `UnknownState`.
    jitter: the random part of a gap, as a share of `min_gap`.
    learn: after 8 tasks of a model have succeeded, the first poll of the next task comes after a time that 19 of 20 tasks exceeded.
        Later gaps are as above. A `max_gap` that you give bounds this first gap too.
    follow_refresh: poll only as often as the vendor itself refreshes a running task, by its documentation (gptimage2api: every 30
        s, so a fifteenth of the requests). Its pages also mention a callback to the vendor, so a task may finish sooner.

    Raises:
        TypeError, ValueError: a value is not a number of seconds, or `min_gap` is above `max_gap`.
    """

    min_gap: float | None = None
    max_gap: float | None = None
    deadline: float = 600
    attempt: float = 30
    outage: float = 60
    unknown_grace: float = 60
    jitter: float = 0.1
    learn: bool = True
    follow_refresh: bool = False

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if name in ("learn", "follow_refresh"):
                if not isinstance(value, bool):
                    raise TypeError(f"{name} is True or False, not {value!r}")
                continue
            if value is None and name in ("min_gap", "max_gap"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} is a number of seconds, not {value!r}")
            if not value >= 0 or (
                math.isinf(value) and name in ("min_gap", "max_gap", "jitter")
            ):
                raise ValueError(f"{name} is a number of seconds from 0, not {value!r}")
        if self.attempt == 0:
            raise ValueError(
                "attempt is the time an exchange may take: 0 forbids all of them"
            )
        if None not in (self.min_gap, self.max_gap) and self.min_gap > self.max_gap:  # type: ignore[operator]
            raise ValueError(f"min_gap {self.min_gap} is above max_gap {self.max_gap}")

    def gap(
        self,
        documented: tuple[float | None, float | None],
        *,
        refresh: float | None = None,
    ) -> Gap:
        """The gap for a vendor that documents these bounds, and itself refreshes its tasks every `refresh` seconds."""
        shortest, longest = (
            own if own is not None else vendor if vendor is not None else default
            for own, vendor, default in zip(
                (self.min_gap, self.max_gap), documented, DEFAULT_GAP, strict=True
            )
        )
        if shortest > longest:  # the caller gave one of them: it replaces the other
            shortest, longest = (
                (shortest, shortest) if self.max_gap is None else (longest, longest)
            )
        if self.follow_refresh and refresh is not None:
            return Gap(max(shortest, refresh), max(longest, refresh))
        return Gap(shortest, longest)

    def draw_gap(self, gap: Gap, rng: Random) -> float:
        # Fixed, not growing. Exponential backoff is dominated: in simulation as many polls as a fixed 5 s, twice
        # the lag, and worst just where most tasks finish.
        return min(gap.min * (1 + rng.random() * self.jitter), gap.max)


def check_timeout(timeout: float) -> float:
    if not timeout >= 0:
        raise ValueError(f"timeout is a number of seconds from 0, not {timeout!r}")
    return timeout
