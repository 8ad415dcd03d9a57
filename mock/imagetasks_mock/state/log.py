"""What the vendors were asked, for a test to assert on."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ..http.answers import Answer
from ..http.requests import Request
from ..specs.places import Json
from ..specs.times import iso
from .clock import Clock

KEPT = 10_000
"""Requests; the oldest make room."""

_CREDENTIALS = ("authorization", "x-api-key", "cookie", "proxy-authorization")


@dataclass(slots=True)
class Received:
    """One request to a vendor, and what became of it. Credentials are masked."""

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

    def json(self) -> Json:
        """The body, parsed. Raises ValueError where it is not JSON."""
        return json.loads(self.body)


class Log:
    """The requests to all vendors, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._received: deque[Received] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Received]:
        return iter(list(self._received))

    def __len__(self) -> int:
        return len(self._received)

    def __getitem__(self, n: int) -> Received:
        return self._received[n]

    def clear(self) -> None:
        self._received.clear()

    def add(
        self,
        provider: str,
        operation: str | None,
        request: Request,
        answer: Answer,
        fault: str | None,
    ) -> None:
        query = request.query.decode("latin-1")
        refused = dict(answer.headers).get(b"x-mock-reason")
        self._received.append(
            Received(
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
                fault=fault,
            )
        )


def describe(received: Received) -> Json:
    return {
        "at": iso(received.at.timestamp()),
        "provider": received.provider,
        "operation": received.operation,
        "method": received.method,
        "path": received.path,
        "headers": received.headers,
        "body": received.body.decode("utf-8", "replace"),
        "status": received.status,
        "refused": received.refused,
        "invalid": received.invalid,
        "fault": received.fault,
    }
