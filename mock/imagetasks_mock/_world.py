"""What all vendors share: time, chance, the tasks, and how tasks are to end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from random import Random

from ._answers import Answer
from ._clock import Clock
from ._errors import MockError
from ._faults import Faults
from ._log import Log
from ._tasks import Tasks


class World:
    """`reset` makes it what it was at first; one seed gives one run."""

    def __init__(
        self,
        *,
        seed: int,
        speed: float,
        duration: float,
        fail: str | None,
        keys: Iterable[str] | None = None,
    ) -> None:
        self._keys = None if keys is None else frozenset(keys)
        self._seed = seed
        self._duration = _check("duration", duration)
        self._fail = _pattern(fail)
        self.clock = Clock(_check("speed", speed))
        self.tasks = Tasks()
        self.faults = Faults(seed)
        self.log = Log(self.clock)
        self.rng = Random(seed)
        self.tokens: set[str] = set()
        """Good beside the keys: made by the vendors themselves."""
        self.repeats: dict[tuple[str, str, str], Answer] = {}
        """What a submit answered, by provider, API key and idempotency key."""

    def reset(self) -> None:
        self.tasks.clear()
        self.faults.clear()
        self.log.clear()
        self.tokens.clear()
        self.repeats.clear()
        self.rng.seed(self._seed)
        self.clock.reset()

    def opens(self, key: str) -> bool:
        """Any key does where none are configured."""
        return self._keys is None or key in self._keys or key in self.tokens

    def draw_duration(self) -> float:
        return self._duration * self.rng.uniform(0.75, 1.25)

    def outcome(self, prompt: str | None) -> str:
        failed = self._fail and self._fail.search(prompt or "")
        return "failed" if failed else "succeeded"


def _check(name: str, value: float) -> float:
    if not (value >= 0 and math.isfinite(value)):
        raise MockError(f"{name} is a number from 0 up, not {value}")
    return value


def _pattern(fail: str | None) -> re.Pattern[str] | None:
    try:
        return None if fail is None else re.compile(fail)
    except re.error as error:
        raise MockError(
            f"fail is not a regular expression: {error}: {fail!r}"
        ) from error
