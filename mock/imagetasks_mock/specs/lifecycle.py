"""The life of a task, as `x-task-lifecycle` of a spec describes it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from .places import Place
from .times import iso

WireState = str | int
"""A state as the vendor writes it."""

TERMINAL = ("succeeded", "failed", "cancelled")
NOT_FOUND = "not-found"
"""What stands in place of a state where the vendor knows no such task."""


@dataclass(frozen=True)
class Lifecycle:
    states: dict[WireState, str]
    """What each state on the wire means, in the order in which a task passes through them."""
    not_found: tuple[WireState, ...]
    """What stands in place of a state where there is no such task."""
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
        meanings = {state["value"]: state["meaning"] for state in raw["states"]}
        return cls(
            states={w: means for w, means in meanings.items() if means != NOT_FOUND},
            not_found=tuple(w for w, m in meanings.items() if m == NOT_FOUND),
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
    def pending(self) -> tuple[WireState, ...]:
        """The states before the last one."""
        return tuple(
            state for state, means in self.states.items() if means not in TERMINAL
        )

    @cached_property
    def _shares(self) -> list[float]:
        """Where in a task's time each pending state but the first begins, from 0 to 1."""
        # Later states take longer: queued a third and running two thirds, for one.
        parts = range(1, len(self.pending) + 1)
        return [sum(parts[:n]) / sum(parts) for n in parts[:-1]]

    def pending_at(self, share: float) -> WireState:
        """The state of a task that has not ended, at this share of its time."""
        return self.pending[bisect_right(self._shares, share)]

    def changes(
        self, created: float, ends: float
    ) -> tuple[tuple[float, WireState], ...]:
        """When a task comes into each pending state but the first."""
        if ends <= created:
            return ()
        times = (created + share * (ends - created) for share in self._shares)
        return tuple(zip(times, self.pending[1:], strict=True))

    def wire_state_for(self, meaning: str, task_id: str) -> WireState:
        """Where several states mean the same, one that the task's id decides: drawn, and yet told again."""
        states = [state for state, means in self.states.items() if means == meaning]
        if meaning in states:  # spelled like that, it is the one that was asked for
            return meaning
        return states[0] if len(states) == 1 else Random(task_id).choice(states)

    @cached_property
    def terminal(self) -> dict[str, WireState]:
        """The states that end a task, by their text."""
        ends = (state for state, means in self.states.items() if means in TERMINAL)
        return {str(state): state for state in ends}

    def meaning_of(self, answer: Any) -> str | None:
        """What the state that an answer tells means; None where it tells none."""
        wire_state = self.state_of(answer)
        return None if wire_state is None else self.states[wire_state]

    def state_of(self, answer: Any) -> WireState | None:
        """The state that an answer tells; None where it tells none."""
        found = (place.read(answer) for place in self.at["state"])
        return next((state for state in found if state in self.states), None)

    def denies(self, answer: Any) -> bool:
        """Whether an answer tells in place of a state that there is no such task."""
        return any(place.read(answer) in self.not_found for place in self.at["state"])

    def write_time(self, instant: float) -> float | str:
        if self.time_unit == "iso8601":
            return iso(instant)
        return instant * 1000 if self.time_unit == "milliseconds" else instant
