"""xingchaoyiqing refuses in the body of a normal answer, and documents no other way."""

from __future__ import annotations

from ..exchange.answers import Answer, fill
from ..exchange.refusals import Cause, Refusal
from ..exchange.requests import Request
from ..specs.places import set_at
from ..specs.spec import Operation
from ..world.tasks import Fate
from ._base import Call, Provider


class Xingchaoyiqing(Provider):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        """
        The page's failure response: status `failed`, and an `error` that starts with
        "Invalid request: ".
        """
        if refused.cause not in (Cause.INVALID, Cause.SCENARIO):
            return super().refuse(operation, request, refused)
        failed, now = self.lifecycle.wire("failed"), self.world.clock.time()
        is_invalid = refused.cause is Cause.INVALID
        why = f"Invalid request: {refused}" if is_invalid else None
        account = self.authenticate(operation, request)
        call = Call(operation, request, account, {}, request.json())
        fate = Fate(now, "failed", message=why)
        task = self.make_task(call, fate=fate, credits=None)
        answer = fill(self.submit_example(operation, failed), task, failed)
        set_at(answer, self.spec.id_pointers[operation.id], task.id)
        return Answer.json(operation.success, answer)
