"""xingchaoyiqing refuses in the body of a normal answer, and documents no other way."""

from __future__ import annotations

from ..http.answers import Answer
from ..http.refusals import Cause, Refusal
from ..http.requests import Request
from ..specs.places import Json
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
        return self.submit_failed(call, f"Invalid request: {_why(refused, call.body)}")


def _why(refused: Refusal, body: Json) -> str:
    """The page's own words for the one rule that its example breaks; the spec's words for all others."""
    if all(v.field == "ratio" and "4k needs" in v.words for v in refused.violations):
        ratio = body.get("ratio", "1:1")  # the documented default
        return f"resolution '4k' is not supported for ratio '{ratio}'"
    return str(refused)
