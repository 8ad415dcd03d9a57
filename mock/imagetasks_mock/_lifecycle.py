"""The life of a task, as `x-task-lifecycle` of a spec describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._clock import iso
from ._places import Place

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

    @classmethod
    def parse(cls, raw: Any) -> Lifecycle:
        return cls(
            states={state["value"]: state["meaning"] for state in raw["states"]},
            at={what: tuple(map(Place.parse, at)) for what, at in raw["at"].items()},
            time_unit=raw["time-unit"],
            lifetime=raw.get("result-lifetime"),
        )

    @property
    def pending(self) -> tuple[Wire, ...]:
        """The states before the last one."""
        return tuple(
            wire for wire, means in self.states.items() if means not in TERMINAL
        )

    def wire(self, meaning: str) -> Wire:
        return next(wire for wire, means in self.states.items() if means == meaning)

    def state_of(self, answer: Any) -> Wire | None:
        """The state that an answer tells; None where it tells none."""
        told = (place.read(answer) for place in self.at["state"])
        return next((wire for wire in told if wire in self.states), None)

    def write_time(self, instant: float) -> int | str:
        if self.time_unit == "iso8601":
            return iso(instant)
        return int(instant * 1000 if self.time_unit == "milliseconds" else instant)
