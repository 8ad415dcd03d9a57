"""What the vendors were asked, for a test to assert on."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from ..http.answers import Answer
from ..http.fault import Fault
from ..http.requests import Request
from ..specs.places import Json
from .changes import Changes
from .clock import Clock

KEPT = 10_000
"""Requests; the oldest make room."""

_CREDENTIALS = ("authorization", "x-api-key", "cookie", "proxy-authorization")


@dataclass(slots=True)
class Received:
    """One request to a vendor, and what became of it. Credentials are masked."""

    id: int
    """They are counted from 1, and go on after a reset."""
    at: datetime
    """On the virtual clock."""
    provider: str
    operation: str | None
    """The operationId; None where the spec has no such path or method."""
    method: str
    path: str
    """From the vendor's host on, with the query."""
    headers: dict[str, str]
    body: bytes = field(repr=False)
    status: int
    refused: str | None
    """Why the vendor refused it; None for a request that it took."""
    invalid: str | None
    """How it breaks the spec, whatever became of it; None for a request that keeps to it."""
    fault: str | None
    """The kind of fault that struck it."""
    answer: Answer = field(repr=False, compare=False)
    """What it was answered with, or would have been."""
    struck_by: Fault | None = field(repr=False, compare=False)
    """The fault as a whole."""
    took: float | None = field(default=None, repr=False, compare=False)
    """Real seconds until it was answered; None before that."""

    @property
    def verdict(self) -> str:
        """`valid`, `refused`, or `struck` by a fault."""
        if self.fault is not None:
            return "struck"
        wrong = self.refused is not None or self.invalid is not None
        return "refused" if wrong else "valid"

    def json(self) -> Json:
        """The body, parsed. Raises ValueError where it is not JSON."""
        return json.loads(self.body)


class Log:
    """The requests to all vendors, oldest first."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self.last_id = 0
        self._received: deque[Received] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Received]:
        return iter(list(self._received))

    def __len__(self) -> int:
        return len(self._received)

    def __getitem__(self, n: int) -> Received:
        return self._received[n]

    def after(self, request_id: int) -> list[Received]:
        """Those that came later, as far as they are kept."""
        count = min(max(self.last_id - request_id, 0), len(self._received))
        newest = list(islice(reversed(self._received), count)) if count else []
        return newest[::-1]

    def find(self, request_id: int) -> Received | None:
        """None for one that is not kept, or never was."""
        found = self.after(request_id - 1)
        return found[0] if found and found[0].id == request_id else None

    def clear(self) -> None:
        self._received.clear()

    def add(
        self,
        provider: str,
        operation: str | None,
        request: Request,
        answer: Answer,
        fault: Fault | None,
    ) -> Received:
        query = request.query.decode("latin-1")
        refused = dict(answer.headers).get(b"x-mock-reason")
        self.last_id += 1
        received = Received(
            id=self.last_id,
            at=self._clock.now(),
            provider=provider,
            operation=operation,
            method=request.method,
            path=f"{request.path}?{query}" if query else request.path,
            headers={
                name: "***" if name in _CREDENTIALS else value
                for name, value in request.headers.items()
            },
            body=request.body,
            status=answer.status,
            invalid=answer.invalid,
            refused=refused.decode() if refused is not None else None,
            fault=fault.kind if fault else None,
            answer=answer,
            struck_by=fault,
        )
        self._received.append(received)
        self._changes.tell()
        return received
