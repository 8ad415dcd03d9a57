"""What a vendor's own codes mean, where its answers have one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from .._errors import InvalidRequest, ProviderError
from .._http.answer import Answer
from .._http.call import error_of_status
from .._specs.schema import Json
from ._places import pointer_reader

Code = int | str


class Outcome(Enum):
    """What a code means that is no error of its own."""

    UNKNOWN = "unknown"
    """Nobody can tell whether the task was made."""


Meaning = type[ProviderError] | Outcome


@dataclass(frozen=True)
class Codes:
    """
    `at`: where every answer has the code, by JSON pointer; `ok`: that of a success. One that `meanings` does not list
    is InvalidRequest: asking again does not help. TaskNotFound means that there is no such task.

    `of_http`: the code is an HTTP status once more, and means what that means, also for what became of a submit.
    `retry_after`: where a refusal says how many seconds to wait.
    """

    at: str
    ok: Code
    meanings: Mapping[Code, Meaning] = field(default_factory=dict)
    of_http: bool = False
    retry_after: str = ""

    def meaning(self, code: Code, *, of_submit: bool) -> Meaning:
        if not self.of_http or code in self.meanings:
            return self.meanings.get(code, InvalidRequest)
        if not isinstance(code, int):
            raise ValueError("its code is no number")
        if of_submit and (code == 408 or code >= 500):
            return Outcome.UNKNOWN
        return error_of_status(code)

    def read(self, document: Json) -> Code | None:
        """The code of a document; None for a success. Raises ValueError where there is no code."""
        code = self._place(document)
        if code == self.ok:
            return None
        if type(code) is not type(self.ok):
            raise ValueError("there is no code where one is documented")
        return code

    def listed_in(self, response: Answer) -> Code | None:
        """The code of a refusal, where it is one that the vendor lists."""
        try:
            code = self.read(response.json())
        except (ValueError, RecursionError):
            return None
        return code if code in self.meanings else None

    def hint(self, response: Answer) -> float | None:
        """The seconds to wait that a refusal tells of."""
        try:
            seconds = max(float(self._hint(response.json())), 0.0)
        except (ArithmeticError, TypeError, ValueError, RecursionError):
            return None
        return seconds if math.isfinite(seconds) else None

    @cached_property
    def _place(self) -> Callable[[Json], Any]:
        return pointer_reader(self.at)

    @cached_property
    def _hint(self) -> Callable[[Json], Any]:
        return pointer_reader(self.retry_after)
