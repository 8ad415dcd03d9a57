"""gptimage2api: refusals that name the fields or the price, and the time of the last change."""

from __future__ import annotations

import copy
from typing import Any

from ..http.answers import Answer
from ..http.refusals import Cause, Refusal
from ..http.requests import Request
from ..specs.lifecycle import TERMINAL, WireState
from ..specs.places import Json
from ..specs.spec import Operation
from ..specs.times import iso
from ..state.tasks import Task
from ._base import Vendor


class Gptimage2api(Vendor):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        """
        `details` says what is wrong with each field, or with the body as a whole; `required` is
        the price.
        """
        if refused.cause is Cause.CREDITS:
            (example,) = operation.examples(402).values()
            return Answer.json(402, {**example, "required": refused.about})
        if refused.cause not in (Cause.INVALID, Cause.UNREADABLE):
            return super().refuse(operation, request, refused)
        answer = copy.deepcopy(operation.examples(400)["invalid_request"])
        answer["details"] = _details(refused)
        return Answer.json(400, answer)

    def snapshot(self, task: Task, wire_state: WireState) -> Json:
        answer = super().snapshot(task, wire_state)
        if "updatedAt" in answer:  # the quickstart's spelling has no such field
            ended = self.lifecycle.states[wire_state] in TERMINAL
            answer["updatedAt"] = iso(task.known_end if ended else task.created)
        return answer


def _details(refused: Refusal) -> Json:
    details: dict[str, Any] = {"formErrors": [], "fieldErrors": {}}
    for violation in refused.violations:
        field = violation.field.partition(".")[0]
        if field:
            words = str(violation)
            words = words[0].upper() + words[1:]  # as in "Prompt is required"
            details["fieldErrors"].setdefault(field, []).append(words)
        else:
            details["formErrors"].append(violation.words)
    return details
