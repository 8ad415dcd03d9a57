"""What the vendors made, beside what the database says of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import imagetasks_mock
import sqlalchemy as sa
from imagetasks import ImageRequest
from imagetasks.durable import Record, RecordState, Tasks
from support.durable_workers import Start, Workers

PROVIDERS = ("gptimage2api", "xingchaoyiqing")
"""That do not deduplicate."""


class Books:
    """Of one database, its tasks, and the mock that they are made by."""

    def __init__(
        self,
        url: str,
        mock: imagetasks_mock.Mock,
        store: Path,
        providers: tuple[str, ...] = PROVIDERS,
    ) -> None:
        self.url, self.mock, self.store = url, mock, store
        self.access = {name: mock.access(name) for name in providers}
        self.tasks = Tasks(url, self.access)
        self.submitted: dict[str, str] = {}

    def submit(self, n: int) -> None:
        providers = list(self.access)
        for _ in range(n):
            key = f"number {len(self.submitted)}"
            provider = providers[len(self.submitted) % len(providers)]
            self.tasks.submit(provider, ImageRequest(key), key=key)
            self.submitted[key] = provider

    def start(self, executor: str = "w0", **options: Any) -> Start:
        access: Mapping[str, tuple[str, str]] = {
            name: (held.api_key, held.base_url or "")
            for name, held in self.access.items()
        }
        return Start(
            url=self.url,
            access=access,
            executor=executor,
            store=str(self.store),
            **options,
        )

    def over(self) -> int:
        counts = self.tasks.counts()
        return sum(counts.total(state) for state in RecordState if state.is_over)

    def wait_until_over(
        self, workers: Workers | None = None, pid: int = 0, seconds: float = 120
    ) -> bool:
        """False where the worker ended before."""
        end = time.monotonic() + seconds
        while self.over() < len(self.submitted):
            if workers is not None and not workers.is_alive(pid):
                return False
            assert time.monotonic() < end, f"stuck: {self.tasks.counts()}"
            time.sleep(0.05)
        return True

    def claimed_since(self, instant: float) -> set[str]:
        """Keys of what a worker that was started at that instant had at work when it was killed."""
        at_work = sa.text(
            f"SELECT workflow_uuid FROM {self._schema}workflow_status"
            " WHERE status = 'PENDING' AND started_at_epoch_ms >= :instant"
        )
        with self.tasks._database.engine.connect() as connection:
            return set(connection.scalars(at_work, {"instant": instant * 1000}))

    def submits_under_way(self) -> set[str]:
        """Keys of what is between its intent and its id: what a kill leaves of it is unknown."""
        steps = sa.text(
            f"SELECT workflow_uuid FROM {self._schema}operation_outputs GROUP BY workflow_uuid"
            " HAVING max(function_name) = 'intent'"
        )
        with self.tasks._database.engine.connect() as connection:
            found = set(connection.scalars(steps))
        over = {r.key for r in self.tasks.list(state="unknown", limit=1_000_000)}
        return found - over

    @property
    def _schema(self) -> str:
        return "" if self.tasks._database.is_sqlite else "dbos."

    def doubles(self) -> int:
        """Tasks that were made more than once."""
        made = Counter(task.prompt for task in self.mock.tasks)
        return sum(n - 1 for n in made.values())

    def check(self) -> Counter[str]:
        """Once all is over: how many ended in which way. Nothing is lost."""
        records: list[Record] = self.tasks.list(limit=10 * len(self.submitted) + 10)
        assert {record.key for record in records} == set(self.submitted)
        known = {record.task.id for record in records if record.task is not None}
        unknown = {r.key for r in records if r.state is RecordState.UNKNOWN}
        lost = {
            task.prompt
            for task in self.mock.tasks
            if task.id not in known and task.prompt not in unknown
        }
        assert not lost, "paid for, and in no record"
        for record in records:
            if record.state is RecordState.SUCCEEDED:
                assert record.files
                for file in record.files:
                    assert (self.store / file.key).stat().st_size == file.size
        return Counter(str(record.state) for record in records)

    def close(self) -> None:
        self.tasks.close()
