"""What an answer tells, as values: whatever a vendor sent, each comes out of its type or as None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

T = TypeVar("T")
Unit = Literal["seconds", "milliseconds", "iso8601"]
"""How a vendor writes an instant."""


def later(began: datetime | None, lifetime: timedelta | None) -> datetime | None:
    try:
        return began + lifetime if began and lifetime else None
    except OverflowError:  # a date at the end of time
        return None


def expect(value: object, kind: type[T]) -> T:
    """The value, of the type that is documented for it. Raises ValueError."""
    if not isinstance(value, kind):
        raise ValueError(
            f"there is {type(value).__name__} where {kind.__name__} is documented"
        )
    return value


def result_urls(found: object) -> list[str]:
    """
    Of one URL or a list, those that are there: one that moderation took out, as null or an empty text, must not take
    the others along. What is left out is drift. Raises ValueError where there is no URL at all.
    """
    values = found if isinstance(found, list) else [found]
    urls = [url for url in values if isinstance(url, str) and _is_url(url)]
    if not urls:
        raise ValueError("the task succeeded, but there is no result URL")
    return urls


def _is_url(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which no URL could carry
        return False
    return text.lower().startswith(("https://", "http://"))


def text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return str(value).encode("utf-8", "replace").decode()


def code_text(value: object) -> str | None:
    """A code as text, also of one that is a number."""
    return str(value) if type(value) is int else text(value)


def number(value: object) -> float | None:
    return (
        value
        if isinstance(value, int | float) and not isinstance(value, bool)
        else None
    )


def from_seconds(value: object) -> datetime | None:
    """Unix seconds as an instant; None for anything else, as a bad date must not lose a paid task."""
    seconds = number(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def from_milliseconds(value: object) -> datetime | None:
    """Unix milliseconds as an instant, else None."""
    milliseconds = number(value)
    try:
        return None if milliseconds is None else from_seconds(milliseconds / 1000)
    except OverflowError:  # more digits than a float holds
        return None


def from_iso(value: object) -> datetime | None:
    """ISO 8601 text with a zone as an instant, else None."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (OverflowError, ValueError):  # in UTC it may be before the year 1
        return None


CLOCKS: Mapping[Unit, Callable[[object], datetime | None]] = {
    "seconds": from_seconds,
    "milliseconds": from_milliseconds,
    "iso8601": from_iso,
}
