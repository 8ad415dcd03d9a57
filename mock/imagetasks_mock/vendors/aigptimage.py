"""aigptimage: two documented answers of 422, rate limits with numbers, and the time a task took."""

from __future__ import annotations

from ..http.answers import Answer
from ..http.refusals import Cause, Refusal
from ..http.requests import Request
from ..specs.lifecycle import WireState
from ..specs.places import Json, value_at
from ..specs.spec import Operation
from ..state.limits import Exceeded
from ..state.tasks import Task
from ._base import Vendor


class Aigptimage(Vendor):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        if refused.cause is Cause.RATE:
            return _rate_limited(operation, refused.about)
        # 'model is not supported' is the errors page's own example of 422.
        fields = {violation.field for violation in refused.violations}
        if fields == {"model"} and value_at(request.json(), "/model"):
            refused.example = "unsupported_model"
        return super().refuse(operation, request, refused)

    def snapshot(self, task: Task, wire_state: WireState) -> Json:
        answer = super().snapshot(task, wire_state)
        data = answer["data"]
        if data["costTime"] is not None:
            data["costTime"] = data["completeTime"] - data["createTime"]
        return answer


def _rate_limited(operation: Operation, exceeded: Exceeded) -> Answer:
    """The rate limits page's body. It shows no Retry-After header."""
    (example,) = operation.examples(429).values()
    data = {
        "retryAfter": exceeded.retry_after,
        "limit": exceeded.limit,
        "tier": exceeded.tier,
        "windowSeconds": exceeded.window,
    }
    return Answer.json(429, {**example, "data": data})
