"""xingchaoyiqing refuses in the body of a normal answer, and documents no other way."""

from __future__ import annotations

from ..http.answers import Answer
from ..http.refusals import Cause, Refusal
from ..http.requests import Request
from ..specs.spec import Operation
from ._base import Call, Vendor


class Xingchaoyiqing(Vendor):
    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        """
        The page's failure response: status `failed`, and an `error` that starts with
        "Invalid request: ".
        """
        if refused.cause is not Cause.INVALID:
            return super().refuse(operation, request, refused)
        account = self.authenticate(operation, request)
        call = Call(operation, request, account, {}, request.json())
        return self.submit_failed(call, f"Invalid request: {refused}")
