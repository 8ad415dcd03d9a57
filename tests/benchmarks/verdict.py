"""
What is judged, and when.

Figures are judged as ratios of what was measured side by side in one round. The median of the rounds counts, and only
rounds in which the machine was quiet: it is calibrated before, after and between the steps of each. Unless most of the
rounds were quiet, nothing is judged: the figures are printed with a notice, and that is no failure.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from .machine import LEAST_SHARE, Calibration, calibrate

Figures = TypeVar("Figures")
TRIES = 5
"""To find a quiet moment to begin in."""
LEAST_ROUNDS = 3
"""With fewer, one noisy round decides the median."""


class Busy(Exception):
    """The machine is not free enough to begin."""

    def __init__(self, last: Calibration) -> None:
        super().__init__(
            f"NOTICE: not judged, not measured. The machine is busy: {last.share:.2f} of a core was to be had, "
            f"{LEAST_SHARE:g} are wanted. Repeat this on a quiet one."
        )


class Target(NamedTuple):
    sign: str
    """`<=` or `>=`."""
    limit: float

    def is_met(self, value: float) -> bool:
        return value <= self.limit if self.sign == "<=" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}"


def at_most(limit: float) -> Target:
    return Target("<=", limit)


def at_least(limit: float) -> Target:
    return Target(">=", limit)


class Judged(NamedTuple):
    what: str
    values: Sequence[float]
    """One a round."""
    target: Target

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool:
        return self.target.is_met(self.value)


class Rounds(Generic[Figures]):
    """What the rounds of a benchmark found, with the calibrations of each."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._found: list[tuple[bool, list[Figures]]] = []
        self.calibrations: list[Calibration] = []

    def add(self, steps: list[Figures], calibrations: Sequence[Calibration]) -> None:
        self._found.append((all(one.is_quiet for one in calibrations), steps))
        self.calibrations += calibrations

    @property
    def are_quiet(self) -> bool:
        """Whether most of those that were wanted are."""
        return 2 * self._number_quiet > self._wanted

    @property
    def is_trial(self) -> bool:
        return self._wanted < LEAST_ROUNDS

    @property
    def refusal(self) -> str | None:
        """Why nothing is judged."""
        if self.is_trial:
            return "This was a trial."
        if not self.are_quiet:
            return "The machine was busy: repeat this on a quiet one."
        return None

    @property
    def are_over(self) -> bool:
        """All were measured, or so many were noisy that the rest cannot be most of them."""
        noisy = len(self._found) - self._number_quiet
        return len(self._found) == self._wanted or 2 * noisy >= self._wanted

    @property
    def counted(self) -> list[list[Figures]]:
        """Steps of each round that counts: the quiet ones, all where they are too few."""
        return [steps for quiet, steps in self._found if quiet or not self.are_quiet]

    @property
    def _number_quiet(self) -> int:
        return sum(quiet for quiet, _ in self._found)

    def __str__(self) -> str:
        shares = [one.share for one in self.calibrations]
        speeds = [one.seconds * 1e3 for one in self.calibrations]
        return (
            f"calibration: {min(shares):.2f} to {max(shares):.2f} of a core, {LEAST_SHARE:g} wanted; "
            f"{min(speeds):.1f} to {max(speeds):.1f} ms a slice; "
            f"{self._number_quiet} of {self._wanted} rounds quiet"
        )


def measure(
    steps: Sequence[Callable[[], Figures]],
    rounds: int,
    calibrate: Callable[[], Calibration] = calibrate,
) -> Rounds[Figures]:
    """Raises Busy where no quiet moment comes to begin in. A trial of fewer than three rounds does without one."""
    found = Rounds[Figures](rounds)
    last = calibrate()
    tries = 1
    while not (last.is_quiet or found.is_trial):
        if tries == TRIES:
            raise Busy(last)
        last, tries = calibrate(), tries + 1
    while not found.are_over:
        calibrations, figures = [last], []
        for step in steps:
            figures.append(step())
            calibrations.append(calibrate())
        found.add(figures, calibrations)
        last = calibrations[-1]
    return found


def judge(rows: Sequence[Judged], refusal: str | None) -> int:
    """Prints the rows, and returns what the command ends with: 1 where a target is missed and nothing speaks against it."""
    width = max(len(row.what) for row in rows)
    print(f"{'':{width}} {'median':>7} {'range':>12}   target")
    missed = []
    for row in rows:
        verdict = "" if refusal else "met" if row.is_met else "MISSED"
        missed += [row.what] * (verdict == "MISSED")
        extent = f"{min(row.values):.2f}-{max(row.values):.2f}"
        print(
            f"{row.what:{width}} {row.value:7.2f} {extent:>12}   {row.target!s:8}{verdict}"
        )
    if refusal:
        print(f"\nNOTICE: not judged. {refusal}")
    elif missed:
        print(f"\nMISSED: {', '.join(missed)}")
    return 1 if missed else 0
