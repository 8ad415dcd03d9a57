"""One difference between what a vendor answers and what the spec says of it, as a value and as a line of a report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

Kind = Literal[
    "unknown_value",
    "extra_field",
    "missing_field",
    "wrong_type",
    "broken_rule",
    "undocumented_status",
    "unreadable",
]

Key = tuple[str, str, int, str, str, str]


class Finding(NamedTuple):
    """One difference, in one answer."""

    pointer: str
    kind: Kind
    expected: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    A difference between a vendor's answers and its spec, and how often it was seen.

        for drift in client.drift():
            print(drift, drift.count)

    provider: the vendor.
    operation: the operationId.
    status: HTTP's, of the answers.
    pointer: the JSON pointer into the body. `*` stands for any place of a list, or for a name that looks like no field's. It goes on
        inside a text that holds JSON. `header:NAME` is a header in which the vendor tells of a task.
    kind: what differs. `broken_rule` is any rule of the schema beyond the others, such as a format.
    expected: what the spec says.
    seen: the type of what came. The value itself only of a task's state, if it looks like one (up to 32 letters, or 3 digits).
    count: answers in which it was, among those that were read. A poll that repeats the last answer word for word is not read.
    first_seen, last_seen: aware UTC.
    """

    provider: str
    operation: str
    status: int
    pointer: str
    kind: Kind
    expected: str
    seen: str
    count: int
    first_seen: datetime
    last_seen: datetime

    def __str__(self) -> str:
        at = f" {self.pointer}" if self.pointer else ""
        return (
            f"{self.provider} {self.operation} {self.status}{at}: "
            f"{self.kind.replace('_', ' ')}, {self.seen} instead of {self.expected}"
        )

    @property
    def key(self) -> Key:
        """What is counted together."""
        return (
            self.provider,
            self.operation,
            self.status,
            self.pointer,
            self.kind,
            self.seen,
        )

    def to_json(self) -> str:
        """One line of a report, for `imagetasks drift`."""
        return json.dumps(asdict(self), default=datetime.isoformat)


def read_report(path: Path) -> list[Drift]:
    """
    The drift in a file of `Drift.to_json` lines, those of several clients counted together.

    Raises ValueError, naming the line that is none, and OSError.
    """
    found: dict[Key, Drift] = {}
    for n, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            drift = _from_json(line)
        except (ValueError, RecursionError) as cause:
            raise ValueError(f"{path}, line {n}: not a Drift: {cause}") from None
        known = found.get(drift.key)
        found[drift.key] = drift if known is None else _together(known, drift)
    return list(found.values())


def count_once_more(drift: Drift, at: datetime) -> Drift:
    return replace(drift, count=drift.count + 1, last_seen=at)


def _together(one: Drift, other: Drift) -> Drift:
    return replace(
        one,
        count=one.count + other.count,
        first_seen=min(one.first_seen, other.first_seen),
        last_seen=max(one.last_seen, other.last_seen),
    )


def _from_json(line: bytes) -> Drift:
    held: Any = json.loads(line)
    if not isinstance(held, dict):
        raise ValueError("it is not a JSON object")
    names = [field.name for field in fields(Drift)]
    if wrong := held.keys() ^ set(names):
        raise ValueError(f"fields are {', '.join(names)}, not {', '.join(wrong)}")
    numbers, instants = ("status", "count"), ("first_seen", "last_seen")
    for name, value in held.items():
        expected = int if name in numbers else str
        if type(value) is not expected:
            raise ValueError(f"{name} is no {expected.__name__}")
    if held["kind"] not in get_args(Kind):
        raise ValueError(f"kind is one of {', '.join(get_args(Kind))}")
    at = {name: _instant(name, held[name]) for name in instants}
    return Drift(**{**held, **at})


def _instant(name: str, text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return instant
