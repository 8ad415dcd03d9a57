"""Why tasks fail, as `x-failure-reasons` of a spec has it, and how an example shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .lifecycle import Lifecycle
from .places import Json, Place, first
from .spec import Spec


class Failure(NamedTuple):
    """What a vendor says of a task that failed. None: as its documented example has it."""

    code: str | None = None
    message: str | None = None


class Failures:
    """Those that the examples of one vendor show."""

    def __init__(self, spec: Spec) -> None:
        self._entries: list[Json] = spec.document.get("x-failure-reasons", [])
        self._shown = list(_shown(spec))

    def words(self, code: str | None) -> str | None:
        """The message that is documented beside a code."""
        if code is None:
            return None
        return next((f.message for f in self._shown if f.code == code), None)

    def of(self, reason: str) -> Failure | None:
        """The first that means this; None where no failed task is documented to. `-` is as good as `_`."""
        wanted = reason.replace("_", "-")
        return next((f for f in self._shown if self._reason(f) == wanted), None)

    @property
    def reasons(self) -> list[str]:
        found = (self._reason(failure) for failure in self._shown)
        return list(dict.fromkeys(filter(None, found)))

    @property
    def documented(self) -> list[dict[str, str | None]]:
        """Each with what it means."""
        found = dict.fromkeys(self._shown)
        return [{**f._asdict(), "reason": self._reason(f)} for f in found]

    def _reason(self, failure: Failure) -> str | None:
        """That of the first entry which fits."""
        said = (failure.message or "").casefold()
        for entry in self._entries:
            is_code = entry.get("code") in (None, failure.code)
            if is_code and entry.get("words", "").casefold() in said:
                return str(entry["reason"])
        return None


def said_in(answer: Json, lifecycle: Lifecycle) -> Failure:
    """The code and the words that an answer tells."""
    code, message = (_first(answer, lifecycle.at.get(f"error-{part}", ())) for part in ("code", "message"))  # fmt: skip
    return Failure(None if code is None else str(code), message)


def _first(answer: Json, places: Iterable[Place]) -> Json:
    place = first(answer, places)
    return place and place.read(answer)


def _shown(spec: Spec) -> Iterator[Failure]:
    """Of the status call first, then of submits: one that has failed at once fails with the same words."""
    status, lifecycle = spec.status_operation
    for operation in (status, *spec.submits):
        for example in operation.examples(operation.success).values():
            if lifecycle.meaning_of(example) in ("failed", "cancelled"):
                yield said_in(example, lifecycle)
