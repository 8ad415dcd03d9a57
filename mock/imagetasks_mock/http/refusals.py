"""Why a vendor refuses a request, and the documented answer for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from ..specs.schemas import Violation
from ..specs.spec import Operation
from .answers import Answer, Headers


class Cause(Enum):
    UNAUTHORIZED = auto()
    UNREADABLE = auto()
    PARAMETER = auto()
    INVALID = auto()
    NOT_FOUND = auto()
    CREDITS = auto()
    RATE = auto()
    SCENARIO = auto()
    """Nothing is wrong: a rule of the scenario wants it so."""


BREAKS_SPEC = {Cause.UNAUTHORIZED, Cause.UNREADABLE, Cause.PARAMETER, Cause.INVALID}
"""The causes for which the request is to blame; with the others it keeps to the spec."""

# The HTTP status for each: the first that the operation documents, else the first.
_STATUS = {
    Cause.UNAUTHORIZED: (401, 403),
    Cause.UNREADABLE: (400, 422),
    Cause.PARAMETER: (400, 422),
    Cause.INVALID: (422, 400),
    Cause.NOT_FOUND: (404, 410),
    Cause.CREDITS: (402,),
    Cause.RATE: (429,),
}


class Refusal(Exception):
    """Raised where a request is found to be wrong; the vendor makes an answer of it."""

    def __init__(
        self,
        cause: Cause,
        violations: Sequence[Violation] | str,
        example: str | None = None,
        about: Any = None,
    ) -> None:
        """
        `example` names the documented answer, where the cause does not tell it. `about` is what
        a vendor puts into its answer: the price, the limit.
        """
        if isinstance(violations, str):
            violations = [Violation("", violations, cause.name.lower())]
        super().__init__("; ".join(map(str, violations)))
        self.cause = cause
        self.violations = violations
        self.example = example
        self.about = about

    @property
    def invalid(self) -> str | None:
        """How the request breaks the spec; None where it keeps to it."""
        return str(self) if self.cause in BREAKS_SPEC else None

    def logged(self, answer: Answer, headers: Headers) -> Answer:
        """The answer, with what the log keeps of this."""
        return replace(
            answer,
            headers=headers,
            invalid=self.invalid,
            violations=tuple(self.violations),
        )

    @property
    def header(self) -> Headers:
        """The reason, for whoever tests: the documented body seldom gives one."""
        text = "".join(c if " " <= c <= "~" else "?" for c in str(self)[:500])
        return ((b"x-mock-reason", text.strip().encode()),)


def documented(operation: Operation, refused: Refusal) -> Answer:
    if refused.example:
        return named(operation, refused.example)
    statuses = _STATUS[refused.cause]
    for status in statuses:
        for example in operation.examples(status).values():
            return Answer.json(status, example)
    return Answer.json(statuses[0], {"error": str(refused)})


def named(operation: Operation, example: str) -> Answer:
    """The answer that the operation documents under this name."""
    statuses = [int(status) for status in operation.responses if status.isdecimal()]
    status = next(s for s in statuses if example in operation.examples(s))
    return Answer.json(status, operation.examples(status)[example])
