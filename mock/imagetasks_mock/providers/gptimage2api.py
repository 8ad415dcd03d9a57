"""gptimage2api: refusals that name the fields, prices, and the time of the last change."""

from __future__ import annotations

import copy
from typing import Any

from .._answers import Answer
from .._clock import iso
from .._lifecycle import TERMINAL, Wire
from .._places import Json
from .._provider import Provider
from .._refusals import Cause, Refusal
from .._requests import Request
from .._specs import Operation
from .._tasks import Task


class Gptimage2api(Provider):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        """`details` says what is wrong with each field, or with the body as a whole."""
        if refused.cause not in (Cause.INVALID, Cause.UNREADABLE):
            return super().refuse(operation, request, refused)
        example = operation.examples(400)["invalid_request"]
        answer = copy.deepcopy(example)
        answer["details"] = _details(refused)
        return Answer.json(400, answer)

    def make_task(
        self, operation: Operation, request: Request, body: Json, **more: Any
    ) -> Task:
        more.setdefault("credits", self._price(body))
        return super().make_task(operation, request, body, **more)

    def snapshot(self, task: Task, wire: Wire) -> Json:
        answer = super().snapshot(task, wire)
        ended = self.lifecycle.states[wire] in TERMINAL
        answer["updatedAt"] = iso(task.ends if ended else task.created)
        return answer

    def _price(self, body: Json) -> int | None:
        """The first stated price that nothing in the request speaks against."""
        for price in self.spec.document["x-prices"]["per-call"]:
            if "credits" in price and _fits(price, body):
                return int(price["credits"])
        return None


def _fits(price: Json, body: Json) -> bool:
    if price["model"] != body.get("model"):
        return False
    others = price.keys() - {"model", "credits"}
    return all(body.get(name, price[name]) == price[name] for name in others)


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
