"""Queue: the limits of one provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """
    The limits of one provider.

    rate: at most this many submits in this many seconds, such as `(20, 1.0)`, for all workers together; None sets no limit.
    in_flight: tasks that one worker has at once, from claim to end.
    submitting: submits of one worker that are between intent and task id. A kill leaves at most this many unknown.
    """

    rate: tuple[int, float] | None = None
    in_flight: int = 500
    submitting: int = 8

    def __post_init__(self) -> None:
        for name in ("in_flight", "submitting"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} is a whole number from 1, not {value!r}")
        if self.rate is not None:
            most, seconds = self.rate
            if not (most >= 1 and seconds > 0):
                raise ValueError(
                    f"rate is a number of submits and one of seconds, not {self.rate!r}"
                )
