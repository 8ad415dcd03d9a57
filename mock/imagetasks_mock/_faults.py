"""Faults that a test asks for: where they strike, how often, and what they do to an answer."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from random import Random
from threading import Lock
from typing import Any
from urllib.parse import unquote_to_bytes

from ._answers import Answer, to_bytes
from ._deliveries import Delivery, cut, delayed, dribbled, dropped, never, torn
from ._errors import MockError
from ._lifecycle import Lifecycle
from ._places import Json, value_at
from ._requests import Request
from ._specs import Operation, Spec

ELSEWHERE = b"https://elsewhere.example/"


@dataclass(frozen=True)
class Fault:
    """
    One fault. What is None strikes everywhere; `count` is how often it still does, None for ever.

    `seconds` belongs to latency and slow_body, `status` and `retry_after` to status.
    """

    kind: str
    provider: str | None = None
    operation: str | None = None
    """An operationId of the provider's spec."""
    task: str | None = None
    """Strikes requests that name this task."""
    probability: float = 1.0
    count: int | None = None
    seconds: float = 1.0
    status: int = 500
    retry_after: str | None = None
    """The header as it goes out: seconds or a date."""
    id: int = field(default=0, compare=False)

    def strikes(self, provider: str, operation: Operation, request: Request) -> bool:
        return (
            self.provider in (None, provider)
            and self.operation in (None, operation.id)
            and (self.task is None or self.task.encode() in _named(request))
        )


def _named(request: Request) -> bytes:
    return unquote_to_bytes(request.path) + b"?" + unquote_to_bytes(request.query)


class Faults:
    """The faults of now, oldest first. The first that strikes a request is the one it gets."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._specs: dict[str, Spec] = {}
        self._faults: dict[int, Fault] = {}
        self._lock = Lock()
        self.clear()

    def know(self, spec: Spec) -> None:
        """What `add` may name."""
        self._specs[spec.provider] = spec

    def add(self, kind: str, /, **where: Any) -> Fault:
        """
        Begin to disturb. `kind` is one of KINDS, `where` are the fields of Fault. Raises
        MockError for what does not exist.
        """
        fault = self._checked(kind, where)
        with self._lock:
            self._last += 1
            self._faults[self._last] = replace(fault, id=self._last)
            return self._faults[self._last]

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._faults.pop(fault.id, None)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._last = 0
            # Not the world's chance: a fault must not change how long the tasks take.
            self._rng = Random(f"faults {self._seed}")

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)

    def draw(
        self, provider: str, operation: Operation, request: Request
    ) -> Fault | None:
        """The fault for this request, which then counts as one time less."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults.values():
                if not fault.strikes(provider, operation, request):
                    continue
                if self._rng.random() < fault.probability:
                    self._count_down(fault)
                    return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count == 1:
            del self._faults[fault.id]
        else:
            self._faults[fault.id] = replace(fault, count=fault.count - 1)

    def _checked(self, kind: str, where: dict[str, Any]) -> Fault:
        if kind not in KINDS:
            raise MockError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        known = [f.name for f in fields(Fault) if f.name not in ("kind", "id")]
        if unknown := sorted(where.keys() - known):
            raise MockError(
                f"a fault has no {', '.join(unknown)}; it has {', '.join(known)}"
            )
        fault = Fault(kind, **where)
        _check_texts(fault)
        _check_numbers(fault)
        self._check_place(fault)
        return fault

    def _check_place(self, fault: Fault) -> None:
        if fault.provider is not None and fault.provider not in self._specs:
            names = ", ".join(self._specs)
            raise MockError(f"no provider {fault.provider!r}; there are {names}")
        specs = [s for n, s in self._specs.items() if fault.provider in (None, n)]
        operations = {name for spec in specs for name in spec.operations}
        if fault.operation is not None and fault.operation not in operations:
            listed = ", ".join(sorted(operations))
            raise MockError(f"no operation {fault.operation!r}; there are {listed}")


def _check_texts(fault: Fault) -> None:
    for name in ("provider", "operation", "task", "retry_after"):
        value = getattr(fault, name)
        if value is not None and not (isinstance(value, str) and value.isprintable()):
            raise MockError(f"{name} is a text, not {value!r}")
    if fault.retry_after is not None and not fault.retry_after.isascii():
        raise MockError(f"retry_after goes into a header, not {fault.retry_after!r}")


def _check_numbers(fault: Fault) -> None:
    rules = {
        "probability": (fault.probability, 0, 1),
        "count": (1 if fault.count is None else fault.count, 1, 10**9),
        "seconds": (fault.seconds, 0, 3600),
        "status": (fault.status, 200, 999),
    }
    for name, (value, least, most) in rules.items():
        kinds = int if name in ("count", "status") else (int, float)
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            raise MockError(f"{name} is a number from {least} to {most}, not {value!r}")


def describe(fault: Fault) -> dict[str, Json]:
    return {name: value for name, value in asdict(fault).items() if value is not None}


# What a fault does. Some keep the request from the vendor, the others spoil its answer.

Refuse = Callable[[Fault, Operation], Answer]
Spoil = Callable[[Answer, Fault, Lifecycle], Answer]


def _status(fault: Fault, operation: Operation) -> Answer:
    """The vendor's documented body where it has one; else what a proxy in front of it says."""
    documented = list(operation.examples(fault.status).values())
    headers = (
        ((b"retry-after", fault.retry_after.encode()),) if fault.retry_after else ()
    )
    if documented:
        return Answer.json(fault.status, documented[0], headers)
    if fault.status in (200, 204, 304) or 300 <= fault.status < 500:
        words = {"error": f"status {fault.status}, as asked for"}
        return Answer.json(fault.status, words, headers)
    page = f"<html><h1>{html.escape(str(fault.status))}</h1>a proxy's page</html>"
    kind = ((b"content-type", b"text/html; charset=utf-8"),)
    return Answer(fault.status, page.encode(), kind + headers)


def _redirect(fault: Fault, operation: Operation) -> Answer:
    return Answer.json(307, {"error": "moved"}, ((b"location", ELSEWHERE),))


def _delivered(delivery: Callable[[Fault], Delivery]) -> Spoil:
    return lambda answer, fault, _: replace(answer, delivery=delivery(fault))


def _with_body(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda answer, *_: replace(answer, body=change(answer.body))


def _wrong_content_type(answer: Answer, *_: object) -> Answer:
    page = ((b"content-type", b"text/html; charset=utf-8"),)
    kept = tuple(h for h in answer.headers if h[0] != b"content-type")
    return replace(answer, headers=page + kept)


def _with_value(change: Callable[[Json, Lifecycle], None]) -> Spoil:
    def spoil(answer: Answer, fault: Fault, lifecycle: Lifecycle) -> Answer:
        value = json.loads(answer.body)
        change(value, lifecycle)
        return replace(answer, body=to_bytes(value))

    return spoil


def _unknown_state(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _told(value, lifecycle, "state"):
        parent[name] = 99 if isinstance(parent[name], int) else "moderating"


def _missing_field(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _told(value, lifecycle, "state", "id"):
        del parent[name]
        return


def _wrong_type(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _told(value, lifecycle, "state", "id"):
        parent[name] = {"was": parent[name]}
        return


def _extra_field(value: Json, lifecycle: Lifecycle) -> None:
    for parent, _ in _told(value, lifecycle, "id"):
        parent["x_new"] = {"since": "today"}


def _told(value: Json, lifecycle: Lifecycle, *whats: str) -> Iterator[tuple[Json, str]]:
    """The objects that hold the state, or the id, and under which name."""
    for what in whats:
        for place in lifecycle.at[what]:
            above, _, name = place.pointer.rpartition("/")
            parent = value_at(value, above) if above else value
            if isinstance(parent, dict) and name in parent:
                yield parent, name


NOT_PASSED_ON: dict[str, Refuse] = {
    "status": _status,
    "redirect": _redirect,
    "hang": lambda *_: Answer(200, b"", delivery=never),
    "reset": lambda *_: Answer(200, b"", delivery=dropped),
}
SPOILED: dict[str, Spoil] = {
    "latency": _delivered(lambda fault: delayed(fault.seconds)),
    "slow_body": _delivered(lambda fault: dribbled(fault.seconds)),
    "lost_answer": _delivered(lambda _: dropped),
    "truncated": _delivered(lambda _: cut),
    "reset_in_body": _delivered(lambda _: torn),
    "empty_body": _with_body(lambda _: b""),
    "malformed_json": _with_body(lambda body: body[: len(body) // 2]),
    "wrong_content_type": _wrong_content_type,
    "unknown_state": _with_value(_unknown_state),
    "missing_field": _with_value(_missing_field),
    "wrong_type": _with_value(_wrong_type),
    "extra_field": _with_value(_extra_field),
}
KINDS = (*NOT_PASSED_ON, *SPOILED)
