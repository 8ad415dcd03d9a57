"""xingchaoyiqing refuses in the body of a normal answer, and documents no other way."""

from __future__ import annotations

from .._answers import Answer, fill
from .._places import set_at
from .._provider import Provider
from .._refusals import Cause, Refusal
from .._requests import Request
from .._specs import Operation


class Xingchaoyiqing(Provider):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        """
        The page's failure response: status `failed`, and an `error` that starts with
        "Invalid request: ".
        """
        if refused.cause is not Cause.INVALID:
            return super().refuse(operation, request, refused)
        failed = self.lifecycle.wire("failed")
        task = self.make_task(
            operation, request, request.json(), duration=0.0, outcome="failed"
        )
        task.error = f"Invalid request: {refused}"
        answer = fill(self.submit_example(operation, failed), task, failed)
        set_at(answer, self.id_pointers[operation.id], task.id)
        return Answer.json(operation.success, answer)
