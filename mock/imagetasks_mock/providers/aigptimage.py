"""aigptimage: two documented answers of 422, and the time a task took."""

from __future__ import annotations

from .._answers import Answer
from .._lifecycle import Wire
from .._places import Json, value_at
from .._provider import Provider
from .._refusals import Refusal
from .._requests import Request
from .._specs import Operation
from .._tasks import Task


class Aigptimage(Provider):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        # 'model is not supported' is the errors page's own example of 422.
        fields = {violation.field for violation in refused.violations}
        if fields == {"model"} and value_at(request.json(), "/model"):
            refused.example = "unsupported_model"
        return super().refuse(operation, request, refused)

    def snapshot(self, task: Task, wire: Wire) -> Json:
        answer = super().snapshot(task, wire)
        data = answer["data"]
        if data["costTime"] is not None:
            data["costTime"] = data["completeTime"] - data["createTime"]
        return answer
