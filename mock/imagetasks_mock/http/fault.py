"""One fault that a test asks for: its kind, where it strikes, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from .._errors import MockError
from ..specs.places import Json
from ..specs.spec import Operation
from .requests import Request


@dataclass(frozen=True)
class Fault:
    """
    One fault. What is None strikes everywhere; `count` is how often it still does, None for ever.

    `seconds` belongs to latency and slow_body; `status`, `retry_after` and `retry_after_date` to
    status.
    """

    kind: str
    provider: str | None = None
    operation: str | None = None
    """An operationId of the provider's spec."""
    task: str | None = None
    """Strikes requests that name this task."""
    probability: float = 1.0
    count: int | None = None
    after: int | None = None
    """How many that it fits pass by before it begins to strike."""
    seconds: float = 1.0
    status: int = 500
    retry_after: int | str | None = None
    """The header as it goes out: seconds, or any text."""
    retry_after_date: float | None = None
    """Virtual seconds from the answer on: the header goes out as that date."""
    id: int = field(default=0, compare=False)

    def strikes(self, provider: str, operation: Operation, request: Request) -> bool:
        return (
            self.provider in (None, provider)
            and self.operation in (None, operation.id)
            and (self.task is None or self.task.encode() in _named(request))
        )


def _named(request: Request) -> bytes:
    return unquote_to_bytes(request.path) + b"?" + unquote_to_bytes(request.query)


def check_fields(fault: Fault) -> None:
    """Raises MockError with the field whose value makes no sense."""
    _check_texts(fault)
    _check_numbers(fault)
    _check_retry_after(fault)


def _check_texts(fault: Fault) -> None:
    for name in ("provider", "operation", "task"):
        value = getattr(fault, name)
        if value is not None and not _is_text(value):
            raise MockError(f"{name} is a text, not {value!r}", name)


def _check_numbers(fault: Fault) -> None:
    rules = {
        "probability": (fault.probability, 0, 1),
        "count": (1 if fault.count is None else fault.count, 1, 10**9),
        "after": (fault.after or 0, 0, 10**9),
        "seconds": (fault.seconds, 0, 3600),
        "status": (fault.status, 200, 599),
        "retry_after_date": (fault.retry_after_date or 0, 0, 10**7),
    }
    for name, (value, least, most) in rules.items():
        if not _is_number(
            value, least, most, whole=name in ("count", "after", "status")
        ):
            words = f"{name} is a number from {least} to {most}, not {value!r}"
            raise MockError(words, name)


def _check_retry_after(fault: Fault) -> None:
    value = fault.retry_after
    if value is None:
        return
    if fault.retry_after_date is not None:
        words = "a fault has retry_after or retry_after_date, not both"
        raise MockError(words, "retry_after")
    is_header = _is_text(value) and str(value).isascii()
    if not (is_header or _is_number(value, 0, 10**9, whole=True)):
        words = f"retry_after is seconds, or a text for a header, not {value!r}"
        raise MockError(words, "retry_after")


def _is_number(value: object, least: float, most: float, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return least <= value <= most


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()


def describe(fault: Fault) -> dict[str, Json]:
    return {name: value for name, value in asdict(fault).items() if value is not None}


_NUMBERS: dict[str, Callable[[str], float]] = {
    "count": int,
    "after": int,
    "status": int,
    "retry_after": int,
    "retry_after_date": float,
    "probability": float,
    "seconds": float,
}


def parse_fault(text: str) -> dict[str, Any]:
    """
    A fault as a command line has it, `status,provider=akool,status=503,count=2`: its kind, and
    the fields for `Faults.add`, which checks them. Raises MockError for anything else.
    """
    kind, *parts = (part.strip() for part in text.split(","))
    values: dict[str, Any] = {"kind": kind}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise MockError(f"fault {text!r}: {part!r} is not name=value", name)
        if name in values:
            raise MockError(f"fault {text!r}: {name} is there twice", name)
        values[name] = _read(name, value)
    return values


def _read(name: str, value: str) -> float | str:
    try:
        return _NUMBERS[name](value)
    except (KeyError, ValueError):  # a text, or wrong, which `add` says better
        return value
