"""Whether a provider's webhooks arrive, and what they told. No clock, no I/O: the caller brings the time."""

from __future__ import annotations

from collections import OrderedDict

from .._errors import logger

# inferred: no vendor says how late its webhooks come, or how often they get lost
SAFETY_GAP = 30.0
"""Seconds between two looks at a task of which a webhook will tell: the safety net."""
GRACE = 10.0
"""Seconds that a webhook may come after a look has found the end that it is to tell of."""
KEPT = 10_000
"""Tasks of which it is known that a webhook told; the oldest make room."""

NEVER = float("inf")


class Webhooks:
    """
    What is heard from one provider. Evidence decides: a webhook that comes proves that they arrive, an end that was
    found by a look, and that no webhook tells of, proves that they do not. Silence proves nothing.
    """

    def __init__(self, provider: str) -> None:
        self.lost_at = NEVER
        """When they no longer count as arriving, unless one comes before."""
        self._provider = provider
        self._do_arrive = False
        self._told: OrderedDict[str, bool] = OrderedDict()

    def tell(self, task_id: str, *, has_ended: bool) -> None:
        """One has come."""
        logger.debug("%s task %s: there is news", self._provider, task_id)
        if not self._do_arrive:
            logger.debug(
                "%s: webhooks arrive, tasks that have one are polled every %g s",
                self._provider,
                SAFETY_GAP,
            )
        self._do_arrive, self.lost_at = True, NEVER
        self._told[task_id] = has_ended or self.have_told_end(task_id)
        self._told.move_to_end(task_id)
        if len(self._told) > KEPT:
            self._told.popitem(last=False)

    def found_end(self, task_id: str, *, now: float) -> None:
        """A look found the end of a task that has a webhook."""
        if self._do_arrive and not self.have_told_end(task_id):
            self.lost_at = min(self.lost_at, now + GRACE)

    def get_lost(self, *, now: float) -> bool:
        """True once, when it turns out that they no longer arrive."""
        if now < self.lost_at:
            return False
        self._do_arrive, self.lost_at = False, NEVER
        logger.debug(
            "%s: a task ended and no webhook told: back to the usual gap",
            self._provider,
        )
        return True

    def have_told(self, task_id: str) -> bool:
        return task_id in self._told

    def have_told_end(self, task_id: str) -> bool:
        return self._told.get(task_id, False)

    def will_tell_end(self, task_id: str, *, now: float) -> bool:
        """Whether the end of this task, which has a webhook, will be heard of without looking."""
        arrive = self._do_arrive and now < self.lost_at
        return arrive and not self.have_told_end(task_id)
