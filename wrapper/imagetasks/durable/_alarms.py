"""What tasks of a worker wait for, besides their vendor."""

from __future__ import annotations

import json
import threading
from collections import Counter

from ._record import Alarm


class Alarms:
    """Of one worker. Rung in its event loop, read by the thread that writes them down."""

    def __init__(self) -> None:
        self._reasons: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def ring(self, id: str, provider: str, reason: str) -> None:
        with self._lock:
            self._reasons[id] = provider, reason

    def clear(self, id: str) -> None:
        with self._lock:
            self._reasons.pop(id, None)

    def to_json(self) -> str:
        with self._lock:
            counted = Counter(self._reasons.values())
        return json.dumps([[*reason, tasks] for reason, tasks in counted.items()])


def alarms_from_json(executor: str, text: str) -> list[Alarm]:
    return [
        Alarm(provider=provider, executor=executor, reason=reason, tasks=tasks)
        for provider, reason, tasks in json.loads(text)
    ]
