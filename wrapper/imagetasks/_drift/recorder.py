"""Every answer that a client reads, held against the spec; what differs is counted, and logged once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._errors import logger
from .._http.answer import Answer
from .answers import Answers, DescribedOperation
from .drift import Drift, Finding, Key, count_once_more

MOST = 1000
"""Differences that are kept: a vendor that makes up field names must not fill the memory."""

HARMLESS = ("extra_field", "undocumented_status")
"""Nothing is lost by these. What a status means for the task, the error of the call says."""


class DriftRecorder:
    """What one client has seen. It never fails a call; threads may share it."""

    def __init__(self) -> None:
        self._seen: dict[Key, Drift] = {}
        self._lock = threading.Lock()
        self._is_broken = False

    @property
    def seen(self) -> tuple[Drift, ...]:
        with self._lock:
            return tuple(self._seen.values())

    def look(
        self,
        provider: str,
        answers: Answers,
        request: Mapping[str, Any],
        response: Answer,
        at: datetime | None = None,
    ) -> None:
        """An answer, and the request as `Call.kwargs` has it. `at` is when it came: now, unless it was kept."""
        try:
            method, url = request["method"], request["url"]
            if operation := answers.operation(method, url):
                for finding in answers.check(operation, response):
                    self._count(provider, operation, response.status_code, finding, at)
        except Exception as error:  # who watches must not stop what is watched
            self._tell_of(error, provider)

    def _count(
        self,
        provider: str,
        operation: DescribedOperation,
        status: int,
        finding: Finding,
        at: datetime | None,
    ) -> None:
        now = at or datetime.now(UTC)
        new = Drift(
            provider=provider,
            operation=operation.id,
            status=status,
            **finding._asdict(),
            count=1,
            first_seen=now,
            last_seen=now,
        )
        with self._lock:
            earlier = self._seen.get(new.key)
            if earlier is None and len(self._seen) >= MOST:
                return
            self._seen[new.key] = count_once_more(earlier, now) if earlier else new
            is_last = earlier is None and len(self._seen) == MOST
        if earlier is None:
            level = logging.INFO if finding.kind in HARMLESS else logging.WARNING
            logger.log(level, "drift: %s", new)
        if is_last:
            logger.warning("drift: %d differences, new ones are not kept", MOST)

    def _tell_of(self, error: Exception, provider: str) -> None:
        """Once, and by its type: the message may have a value in it."""
        if not self._is_broken:
            self._is_broken = True
            logger.error(
                "%s: an answer could not be held against the spec: %s",
                provider,
                type(error).__name__,
            )
