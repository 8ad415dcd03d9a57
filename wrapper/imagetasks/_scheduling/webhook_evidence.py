"""Whether a provider's webhooks arrive, and what they told. No clock, no I/O: the caller brings the time."""

from __future__ import annotations

from collections import OrderedDict

from .._errors import logger

# inferred: no vendor says how late its webhooks come, or how often they get lost
SAFETY_GAP = 30.0
"""Seconds between two looks at a task that has a webhook: the safety net."""
GRACE = 10.0
"""Seconds that a webhook may come after a look has found the end of its task."""
KEPT = 10_000
"""Tasks whose webhooks are remembered; the oldest make room."""

NEVER = float("inf")


class WebhookEvidence:
    """
    What is heard from one provider. Evidence decides: a webhook that comes proves that they arrive, an end that was
    found by a look, and that no webhook tells of, proves that they do not. Silence proves nothing.
    """

    def __init__(self, provider: str) -> None:
        self.lost_at = NEVER
        """When they no longer count as arriving, unless one comes before."""
        self._provider = provider
        self.do_arrive = False
        """Whether evidence says that they arrive."""
        self._ended_by_task: OrderedDict[str, bool] = OrderedDict()

    def receive(self, task_id: str, *, has_ended: bool) -> None:
        """One has come."""
        logger.debug("%s task %s: there is news", self._provider, task_id)
        if not self.do_arrive:
            logger.debug(
                "%s: webhooks arrive, tasks that have one are polled every %g s",
                self._provider,
                SAFETY_GAP,
            )
        self.do_arrive, self.lost_at = True, NEVER
        self._ended_by_task[task_id] = has_ended or self.know_end_of(task_id)
        self._ended_by_task.move_to_end(task_id)
        if len(self._ended_by_task) > KEPT:
            self._ended_by_task.popitem(last=False)

    def found_end(self, task_id: str, *, now: float) -> None:
        """A look found the end of a task that has a webhook."""
        if self.do_arrive and not self.know_end_of(task_id):
            self.lost_at = min(self.lost_at, now + GRACE)

    def get_lost(self, *, now: float) -> bool:
        """True once, when it turns out that they no longer arrive."""
        if now < self.lost_at:
            return False
        self.do_arrive, self.lost_at = False, NEVER
        logger.debug(
            "%s: a task ended and no webhook told: back to the usual gap",
            self._provider,
        )
        return True

    def know_of(self, task_id: str) -> bool:
        return task_id in self._ended_by_task

    def know_end_of(self, task_id: str) -> bool:
        return self._ended_by_task.get(task_id, False)

    def will_report_end(self, task_id: str, *, now: float) -> bool:
        """Whether the end of this task, which has a webhook, will be heard of without looking."""
        arrive = self.do_arrive and now < self.lost_at
        return arrive and not self.know_end_of(task_id)
