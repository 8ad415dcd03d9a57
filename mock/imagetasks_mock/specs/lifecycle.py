"""The life of a task, as `x-task-lifecycle` of a spec describes it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..world.clock import iso
from .places import Place

Wire = str | int
"""A state as the vendor writes it."""

TERMINAL = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Lifecycle:
    states: dict[Wire, str]
    """What each state on the wire means, in the order in which a task passes through them."""
    at: dict[str, tuple[Place, ...]]
    time_unit: str
    lifetime: float | None
    """Seconds for which a result can be downloaded, where documented."""
    refresh: float | None
    """Seconds between two looks of the vendor at its upstream, where documented."""
    cancel: str | None
    """The operation that ends a task, where there is one."""

    @classmethod
    def parse(cls, raw: Any) -> Lifecycle:
        return cls(
            states={state["value"]: state["meaning"] for state in raw["states"]},
            at={what: tuple(map(Place.parse, at)) for what, at in raw["at"].items()},
            time_unit=raw["time-unit"],
            lifetime=raw.get("result-lifetime"),
            refresh=raw.get("upstream-refresh"),
            cancel=raw.get("cancel"),
        )

    @property
    def refunds(self) -> bool:
        """Whether a failed task gives its credits back: where the vendor has a field for it."""
        return "refunded" in self.at

    @property
    def counts_down(self) -> bool:
        """Whether an answer changes while the state does not."""
        return "seconds-left" in self.at

    @cached_property
    def pending(self) -> tuple[Wire, ...]:
        """The states before the last one."""
        return tuple(
            wire for wire, means in self.states.items() if means not in TERMINAL
        )

    @cached_property
    def _shares(self) -> list[float]:
        """Where in a task's time each pending state but the first begins, from 0 to 1."""
        # Later states take longer: queued a third and running two thirds, for one.
        parts = range(1, len(self.pending) + 1)
        return [sum(parts[:n]) / sum(parts) for n in parts[:-1]]

    def pending_at(self, share: float) -> Wire:
        """The state of a task that has not ended, at this share of its time."""
        return self.pending[bisect_right(self._shares, share)]

    def changes(self, created: float, ends: float) -> tuple[tuple[float, Wire], ...]:
        """When a task comes into each pending state but the first."""
        if ends <= created:
            return ()
        times = (created + share * (ends - created) for share in self._shares)
        return tuple(zip(times, self.pending[1:], strict=True))

    def wire(self, meaning: str) -> Wire:
        return next(wire for wire, means in self.states.items() if means == meaning)

    def meaning_of(self, answer: Any) -> str | None:
        """What the state that an answer tells means; None where it tells none."""
        wire = self.state_of(answer)
        return None if wire is None else self.states[wire]

    def state_of(self, answer: Any) -> Wire | None:
        """The state that an answer tells; None where it tells none."""
        told = (place.read(answer) for place in self.at["state"])
        return next((wire for wire in told if wire in self.states), None)

    def write_time(self, instant: float) -> int | str:
        if self.time_unit == "iso8601":
            return iso(instant)
        return int(instant * 1000 if self.time_unit == "milliseconds" else instant)
