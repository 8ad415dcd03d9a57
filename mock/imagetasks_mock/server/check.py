"""The mock's own answers against the spec, so that it fails loudly where it is wrong."""

from __future__ import annotations

import json
import logging

from ..http.answers import Answer
from ..specs.places import Json
from ..specs.spec import Operation
from ..vendors._base import Vendor

log = logging.getLogger("imagetasks_mock")


class Check:
    """Answers that break the spec become a 500 that says what broke."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def __call__(self, vendor: Vendor, operation: Operation, answer: Answer) -> Answer:
        broken = self._broken(vendor, operation, answer)
        if broken is None:
            return answer
        words = f"{vendor.name} {operation.id}, status {answer.status}: {broken}"
        self.violations.append(words)
        log.error("an answer of the mock breaks the spec: %s", words)
        headers = ((b"content-type", b"text/plain; charset=utf-8"),)
        return Answer(500, words.encode(), headers)

    def _broken(
        self, vendor: Vendor, operation: Operation, answer: Answer
    ) -> str | None:
        response = _response(operation, answer.status)
        if response is None:
            return "the spec has no such status; a refusal that no page documents is a loose 4XX there"
        if response["schema"] is None:
            return None
        value = json.loads(answer.body)
        violations = vendor.schemas.violations(value, response["schema"])
        return "; ".join(map(str, violations)) or None


def _response(operation: Operation, status: int) -> Json:
    names = (str(status), f"{status // 100}XX", "default")
    found = (operation.responses.get(name) for name in names)
    return next((response for response in found if response is not None), None)
