"""Carrying out one task: intent, submit, wait and save. Each step is written down once it is over."""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import PathLike
from typing import Any

from dbos import DBOS

from .._async_client import AsyncClient
from .._errors import (
    ArtifactExpired,
    ImageTasksError,
    NetworkError,
    ProviderError,
    RateLimited,
    SubmitOutcomeUnknown,
    TaskFailed,
    WaitTimeout,
    logger,
)
from .._results.stores import StoredFile
from .._task import Task
from ._alarms import Alarms
from ._gate import Gate, Place
from ._job import Job
from ._record import Failure, Outcome, RecordState

DEDUPLICATES_FOR = timedelta(minutes=10)
"""inferred: how long after the first one the same submit is still known again. No page says how long."""
PATIENCE = 7 * 86400.0
"""Seconds of one wait; there is another one after it."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds before what went wrong is tried again; each pause is twice as long as the one before."""

Steps = Callable[..., Awaitable[Any]]


class Execution:
    """
    One run of one attempt. After a crash there is another one, with a nonce of its own: an intent with another nonce
    was written by a run that may have sent the request.
    """

    def __init__(self, worker: Worker, job: Job) -> None:
        self._worker = worker
        self._job = job
        self._nonce = uuid.uuid4().hex
        self._place: Place | None = None

    async def carry_out(self) -> Outcome:
        job = self._job
        if job.kind == "abandon":
            return Outcome(state=RecordState.ABANDONED)
        task = job.task
        if task is None:
            submitted = await self._submitted()
            if submitted.state != "accepted" or submitted.task is None:
                return submitted
            task = submitted.task
        task = replace(task, label=job.label, _request=job.request)
        return await self._step("collect", self._collect, task, preemptible=True)

    async def _submitted(self) -> Outcome:
        pauses = Pauses()
        while True:
            try:
                intent = await DBOS.run_step_async({"name": "intent"}, self._intend)
                outcome = await self._step("submit", self._submit, intent)
            finally:
                if self._place is not None:
                    self._place.leave()
                    self._place = None
            if outcome.state != "not sent":
                self._worker.alarms.clear(self._job.id)
                return outcome
            # Nothing has left, so it is the same task, later.
            reason = outcome.error.type if outcome.error else "NetworkError"
            self._worker.alarms.ring(self._job.id, self._job.provider, reason)
            await pauses.next()

    async def _step(
        self, name: str, function: Steps, *arguments: Any, preemptible: bool = False
    ) -> Outcome:
        async def write_down() -> dict[str, Any]:
            outcome: Outcome = await function(*arguments)
            return outcome.to_values()

        options: Any = {"name": name, "preemptible": preemptible}
        return Outcome.from_values(await DBOS.run_step_async(options, write_down))

    async def _intend(self) -> dict[str, str]:
        """Not run again where it is written down already: then there is no place to take."""
        self._place = await self._worker.gates[self._job.provider].enter()
        return {"nonce": self._nonce, "at": datetime.now(UTC).isoformat()}

    async def _submit(self, intent: Mapping[str, str]) -> Outcome:
        job = self._job
        is_first = intent["nonce"] == self._nonce
        if not is_first and not self._is_known_again(intent):
            return Outcome(
                state=RecordState.UNKNOWN,
                error=Failure(
                    type=SubmitOutcomeUnknown.__name__,
                    message=f"a worker ended between intent and task id: the submit of {intent['at']} may have left",
                ),
            )
        if self._place is None:
            self._place = await self._worker.gates[job.provider].enter()
        await self._place.confirm()
        outcome = await self._sent()
        if not is_first and outcome.state in ("not sent", RecordState.REFUSED):
            # That this one was turned down says nothing of the first.
            return replace(outcome, state=RecordState.UNKNOWN)
        return outcome

    def _is_known_again(self, intent: Mapping[str, str]) -> bool:
        """Whether the vendor gives the task of the first submit when the same one comes again."""
        # An intent of the future tells of a clock that went back, and so nothing of its age; two machines differ by less.
        age = abs(datetime.now(UTC) - datetime.fromisoformat(intent["at"]))
        return self._job.idempotency_key is not None and age < DEDUPLICATES_FOR

    async def _sent(self) -> Outcome:
        job = self._job
        try:
            task = await self._worker.client.submit(
                job.provider, job.sent, label=job.label
            )
        except SubmitOutcomeUnknown as error:
            return Outcome(state=RecordState.UNKNOWN, error=Failure.of(error))
        except TaskFailed as error:
            return _failed(error)
        except (NetworkError, RateLimited, WaitTimeout) as error:
            # Else it would be unknown: of these, `submit` raises itself what has certainly not arrived.
            return Outcome(state="not sent", error=Failure.of(error))
        except ImageTasksError as error:
            return Outcome(state=RecordState.REFUSED, error=Failure.of(error))
        except Exception as error:
            _log_unexpected(job, "a submit", error)
            return Outcome(state=RecordState.UNKNOWN, error=Failure.of(error))
        # Before it is written down: a worker that has lost its task by now cannot write, and a log can be searched.
        logger.info("%s is %s", job.id, task)
        return Outcome(state="accepted", task=task)

    async def _collect(self, task: Task) -> Outcome:
        """
        Until the files are in the store, or the vendor has ended the task without any. What somebody can mend, an outage, a
        revoked key, a store that is full, does not end it: the task is paid for.
        """
        pauses, job = Pauses(), self._job
        while True:
            try:
                task = await self._worker.client.wait(
                    task,
                    timeout=PATIENCE,
                    on_update=lambda _: self._worker.alarms.clear(job.id),
                )
                files = await self._worker.save(task)
                self._worker.alarms.clear(job.id)
                return Outcome(
                    state=RecordState.SUCCEEDED, task=task, files=tuple(files)
                )
            except TaskFailed as error:
                self._worker.alarms.clear(job.id)
                return _failed(error)
            except ArtifactExpired as error:
                self._worker.alarms.clear(job.id)
                return _failed(error, task)
            except WaitTimeout as error:
                task = _last_seen(error, task)
            except Exception as error:
                if self._worker.is_stopping:
                    await asyncio.get_running_loop().create_future()
                if not isinstance(error, ImageTasksError):
                    _log_unexpected(job, "a wait, which goes on,", error)
                else:
                    logger.warning("%s: %s; it goes on", job.id, error)
                task = _last_seen(error, task)
                self._worker.alarms.ring(job.id, job.provider, type(error).__name__)
                await pauses.next()


class Pauses:
    """Each twice as long as the one before."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE

    async def next(self) -> None:
        pause, self._next = self._next, min(2 * self._next, LONGEST_PAUSE)
        await asyncio.sleep(pause)


class Worker:
    """What all executions of a process share. It lives in one event loop."""

    def __init__(
        self,
        client: AsyncClient,
        gates: Mapping[str, Gate],
        store: str | PathLike[str],
        *,
        sidecar: bool,
    ) -> None:
        self.client = client
        self.gates = gates
        self.alarms = Alarms()
        self.is_stopping = False
        self._store = store
        self._sidecar = sidecar

    async def save(self, task: Task) -> list[StoredFile]:
        return await self.client.download(
            task, store=self._store, sidecar=self._sidecar
        )

    async def carry_out(self, values: Mapping[str, Any]) -> dict[str, Any]:
        job = Job.from_values(values)
        try:
            return (await Execution(self, job).carry_out()).to_values()
        finally:
            self.alarms.clear(job.id)


def _log_unexpected(job: Job, what: str, error: Exception) -> None:
    """Where it was raised, and not what it says: that may hold a prompt or a password."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: %s met %s\n%s", job.id, what, type(error).__name__, where)


def _failed(
    error: ProviderError | ImageTasksError, task: Task | None = None
) -> Outcome:
    return Outcome(
        state=RecordState.FAILED, task=error.task or task, error=Failure.of(error)
    )


def _last_seen(error: Exception, task: Task) -> Task:
    """With what no answer tells of it."""
    seen = getattr(error, "task", None)
    if not isinstance(seen, Task) or (seen.provider, seen.id) != (
        task.provider,
        task.id,
    ):
        return task
    return replace(seen, label=task.label, _request=task._request)
