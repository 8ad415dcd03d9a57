"""A task in the database, as values."""

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
    """The state of a task, from the caller's submit to the saved files."""

    QUEUED = "queued"
    """Nothing was sent yet."""
    SUBMITTING = "submitting"
    """A worker is about to send it, or waits for the answer."""
    RUNNING = "running"
    """The vendor has it, so it is paid for. This includes the time while its files are saved."""
    SUCCEEDED = "succeeded"
    """Its files are in the store."""
    FAILED = "failed"
    """The vendor ended it without a result, or the result was gone before it could be saved."""
    REFUSED = "refused"
    """The vendor, the budget or the spec refused it: there is no task."""
    UNKNOWN = "unknown"
    """The vendor may have accepted and billed it. Settle it with `resolve`, `resubmit` or `abandon`."""
    CANCELLED = "cancelled"
    """`cancel` stopped it. If the vendor had accepted it by then, it continues there and is billed."""
    ABANDONED = "abandoned"
    """`abandon` gave it up: no worker continues it. The vendor may have made and billed it."""

    @property
    def is_over(self) -> bool:
        """Whether no worker continues the task."""
        return self not in (self.QUEUED, self.SUBMITTING, self.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    An error as a value. `type` is the name of its class in `imagetasks`, `code` is the vendor's code, and `reason` is the
    documented reason why a task failed.
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
        # The message of a foreign exception may hold a prompt or a password; its name does not.
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
    A task in the database. Times are aware UTC.

    attempt: 1, plus one each time that it was settled. task: the last snapshot written, None before the vendor gave an id.
    files: in vendor order. executor: the worker that has it, or had it last.
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
    Tasks of a worker that wait until you fix a problem: `reason` is the name of the error, such as PollOutage,
    AuthenticationError or DownloadError. They continue by themselves once it is fixed.
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
