"""What is known of a task in the database, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .._errors import ImageTasksError, ProviderError, TaskFailed
from .._results.stores import StoredFile
from .._task import Reason, Task, task_from_json, task_to_json


class RecordState(StrEnum):
    """Where a task stands, from the submit of its caller to its files."""

    QUEUED = "queued"
    """Nothing was sent yet."""
    SUBMITTING = "submitting"
    """A worker is about to send it, or waits for the answer."""
    RUNNING = "running"
    """The vendor has it: it is paid for. Also while its files are saved."""
    SUCCEEDED = "succeeded"
    """Its files are in the store."""
    FAILED = "failed"
    """The vendor ended it without a result, or the result was gone before it could be saved."""
    REFUSED = "refused"
    """The vendor, the budget or the spec turned it down: there is no task."""
    UNKNOWN = "unknown"
    """It may have been accepted, and be billed: to be settled by `resolve`, `resubmit` or `abandon`."""
    CANCELLED = "cancelled"
    """By `cancel`. What the vendor had accepted by then goes on there, and is billed."""
    ABANDONED = "abandoned"
    """By `abandon`: nobody continues with it. The vendor may have made it, and bill it."""

    @property
    def is_over(self) -> bool:
        """Whether no worker goes on with it."""
        return self not in (self.QUEUED, self.SUBMITTING, self.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    An error as a value. `type` is the name of its class in `imagetasks`, `code` the vendor's own; `reason` what pages say
    that a failed task's code means.
    """

    type: str
    message: str
    code: str | None = None
    status_code: int | None = None
    reason: Reason | None = None

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        known = error if isinstance(error, ProviderError) else None
        code = known.code if known else None
        reason = None
        if isinstance(error, TaskFailed) and error.task and error.task.error:
            code, reason = error.task.error.code, error.task.error.reason
        # Of what is not ours only the name is known to hold neither prompt nor password.
        words = str(error) if isinstance(error, ImageTasksError) else ""
        return cls(
            type=type(error).__name__,
            message=words,
            code=code,
            status_code=known.status_code if known else None,
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    A task as the database has it. Instants are aware UTC.

    attempt: 1, and one more for each time that it was settled. task: as it was last written down, None before the vendor
    gave an id. files: in vendor order. executor: the worker that has it, or had it last.
    """

    key: str
    provider: str
    state: RecordState
    attempt: int = 1
    label: str | None = None
    task: Task | None = None
    files: tuple[StoredFile, ...] = ()
    error: Failure | None = None
    submitted_at: datetime
    ended_at: datetime | None = None
    executor: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its files in the store."""
        return tuple(file.key for file in self.files)

    def __str__(self) -> str:
        return f"{self.key}: {self.provider}, {self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """
    Tasks of a worker that wait for somebody to mend something: `reason` is the name of the error, such as PollOutage,
    AuthenticationError or DownloadError. They go on by themselves once it is mended.
    """

    provider: str
    executor: str
    reason: str
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """states: how many tasks are in each state, by provider. workers: those that are alive."""

    states: Mapping[str, Mapping[RecordState, int]]
    alarms: tuple[Alarm, ...] = ()
    workers: tuple[str, ...] = ()

    def total(self, state: RecordState | str) -> int:
        """Of all providers."""
        return sum(known.get(RecordState(state), 0) for known in self.states.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step or an attempt came to, as it is written down. `accepted` and `not sent` are of submits only."""

    state: str
    task: Task | None = None
    files: tuple[StoredFile, ...] = ()
    error: Failure | None = field(default=None)

    def to_values(self) -> dict[str, Any]:
        return {
            "state": str(self.state),
            "task": self.task and task_to_json(self.task),
            "files": [asdict(file) for file in self.files],
            "error": self.error and asdict(self.error),
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Outcome:
        task, error = values.get("task"), values.get("error")
        if error is not None and error.get("reason") is not None:
            error = {**error, "reason": Reason(error["reason"])}
        return cls(
            state=values["state"],
            task=task_from_json(dict(task)) if task else None,
            files=tuple(StoredFile(**file) for file in values.get("files", ())),
            error=Failure(**error) if error else None,
        )
