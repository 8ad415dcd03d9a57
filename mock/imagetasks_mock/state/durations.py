"""How long tasks take: a distribution for each vendor and model, drawn from one seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

_P95 = 1.645
_CUT = 2.0


class Duration(NamedTuple):
    """
    Log-normal, by its median and 95th percentile in virtual seconds, and cut at two standard
    deviations: no task takes for ever. What is None holds for all vendors, or models.
    """

    median: float
    p95: float
    provider: str | None = None
    model: str | None = None

    def fits(self, provider: str, model: str | None) -> bool:
        return self.provider in (None, provider) and self.model in (None, model)

    def draw(self, rng: Random) -> float:
        if self.median == 0:
            return 0.0
        sigma = math.log(self.p95 / self.median) / _P95
        deviation = min(max(rng.gauss(0, 1), -_CUT), _CUT)
        return self.median * math.exp(sigma * deviation)


class Durations:
    """The first that fits a task; else `usual`, with a 95th percentile a fifth above it."""

    def __init__(
        self, stated: Sequence[Duration], usual: float, seed: int | str
    ) -> None:
        self._durations = [*stated, Duration(usual, usual * 1.2)]
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        self._rngs: dict[str, Random] = {}

    def draw(self, provider: str, model: str | None) -> float:
        # A vendor has its own chance: what is asked of one does not change another's times.
        rng = self._rngs.setdefault(
            provider, Random(f"durations {self._seed} {provider}")
        )
        fitting = next(d for d in self._durations if d.fits(provider, model))
        return fitting.draw(rng)
