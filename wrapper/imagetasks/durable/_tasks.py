"""Tasks: submits, reads and settles tasks from any process. Workers carry them out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

from dbos._error import DBOSWorkflowIDInUseError

from .._access import Access
from .._client import Client
from .._errors import UnsupportedRequest
from .._request import Request, count_of
from .._scheduling.policy import check_timeout
from .._task import check_id, check_label
from ..providers import PROVIDERS
from ..webhooks import WebhookEvent
from ._database import APPLICATION, Database
from ._errors import Backlogged, DurableError, KeyConflict
from ._job import QUEUE, Job, attempt_id, check_key
from ._locks import CHANNEL, Session
from ._looks import FIRST_GAP, Looks
from ._record import Counts, Record, RecordState
from ._rows import NAME, Rows
from ._steward import adopt, event_to_json, read_signs

LOWEST, HIGHEST = -1_000_000, 1_000_000
SENDING = 60.0
"""Seconds that `cancel` waits for a submit that is under way."""
COUNTED_FOR = 1.0
"""Seconds for which the number of waiting tasks is reused for `backlog`."""
AT_ONCE = 500


class Handle:
    """One task, by its key. It follows the newest attempt."""

    def __init__(self, tasks: Tasks, key: str) -> None:
        self._tasks = tasks
        self.key = key

    def __repr__(self) -> str:
        return f"Handle({self.key!r})"

    def record(self) -> Record:
        return self._tasks.get(self.key)

    def wait(self, timeout: float | None = None) -> Record:
        """
        Wait until no worker continues the task; an unknown outcome counts as an end. Raises WaitTimeout after `timeout` seconds;
        the task continues.
        """
        looks = Looks(timeout)
        while not self._tasks._state(self.key).is_over:
            if (pause := looks.pause()) is None:
                raise looks.too_late(self.record())
            time.sleep(pause)
        return self.record()


class Tasks:
    """
    For web processes: submits tasks for workers, reads their records, and settles unknown outcomes.

        with Tasks("postgresql://host/tasks", access) as tasks:
            record = tasks.submit("akool", ImageRequest("a lighthouse"), key="order-17").wait(timeout=600)

    Threads may share it. `access` is that of the Runner: requests are checked against it before they are written.
    `backlog`: how many tasks of a provider may wait for a worker; one more raises Backlogged. They are counted once a second.
    """

    def __init__(
        self,
        url: str,
        access: Mapping[str, Access | str],
        *,
        backlog: int | None = None,
    ) -> None:
        self._database = Database(url)
        self._client = Client(access)
        self._backlog = backlog
        self._counted: dict[str, tuple[float, int]] = {}
        self._rows = Rows(self._database)
        try:
            self._database.prepare()
            with self._database.explained():
                self._dbos = self._database.client()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"Tasks({self._database})"

    def close(self) -> None:
        self._client.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- Submitting --------------------------------------------------------------------------------------------------

    def submit(
        self,
        provider: str,
        request: Request,
        *,
        key: str,
        label: str | None = None,
        priority: int = 0,
    ) -> Handle:
        """
        Write a task into the database for the workers. `key` is your name for it: the same key with the same request is the same
        task, however often you submit it. `priority`: of the waiting tasks, the one with the highest goes first.

        Raises UnsupportedRequest and InvalidRequest like `Client.check`, KeyConflict and Backlogged. Then nothing was written.
        """
        job = self._job(provider, request, key, label)
        if not LOWEST <= priority <= HIGHEST:
            raise ValueError(f"priority is a number from {LOWEST} to {HIGHEST}")
        self._check_backlog(provider, key)
        if not self._write(job, priority):
            if self._rows.digest(key) != job.digest:
                raise KeyConflict(f"{key}: the key belongs to another request", key=key)
        elif self._backlog is not None:
            counted_at, waiting = self._counted[provider]
            self._counted[provider] = counted_at, waiting + 1
        return Handle(self, key)

    def _job(self, provider: str, request: Request, key: str, label: str | None) -> Job:
        check_key(key)
        check_label(label)
        self._client.check(provider, request)
        if count_of(request) != 1:
            raise UnsupportedRequest(
                f"{provider}: a key is of one task; for {count_of(request)} submit each under its own"
            )
        return Job(
            key=key,
            provider=provider,
            request=request,
            label=label,
            # Of the request, or made up here: it has to be the same in all that is sent for this key.
            idempotency_key=PROVIDERS[provider].idempotency_key(request),
        )

    def _write(self, job: Job, priority: int = 0) -> bool:
        """False if a workflow of that id exists."""
        with self._database.explained():
            try:
                self._dbos.enqueue(
                    {
                        "workflow_name": NAME,
                        "queue_name": QUEUE + job.provider,
                        "workflow_id": job.id,
                        "workflow_id_reuse_policy": "reject",
                        "priority": HIGHEST - priority + 1,
                        "attributes": job.attributes(),
                        "application_name": APPLICATION,
                    },
                    job.to_values(),
                )
            except DBOSWorkflowIDInUseError:
                return False
        return True

    def _check_backlog(self, provider: str, key: str) -> None:
        if self._backlog is None:
            return
        now = time.monotonic()
        counted_at, waiting = self._counted.get(provider, (0.0, 0))
        if now - counted_at > COUNTED_FOR or provider not in self._counted:
            waiting = self._rows.waiting(QUEUE + provider)
            self._counted[provider] = now, waiting
        # What is there already is not turned away.
        if waiting >= self._backlog and self._rows.digest(key) is None:
            raise Backlogged(
                f"{provider}: {waiting} tasks wait, {self._backlog} may",
                waiting=waiting,
            )

    # ---- Reading -----------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Record:
        """The task of a key. Raises DurableError if there is none."""
        record = self._rows.get(key)
        if record is None:
            raise DurableError(f"no task has the key {key!r}")
        return record

    def handle(self, key: str) -> Handle:
        """The handle of a task that was submitted before."""
        self._state(key)
        return Handle(self, key)

    def list(
        self,
        *,
        state: RecordState | str | None = None,
        provider: str | None = None,
        label: str | None = None,
        limit: int = 100,
    ) -> list[Record]:
        """The newest tasks first."""
        wanted = None if state is None else RecordState(state)
        return self._rows.newest(
            state=wanted, provider=provider, label=label, limit=limit
        )

    def counts(self) -> Counts:
        """The number of tasks by state, the live workers, and their alarms."""
        workers, alarms = read_signs(self._database)
        return Counts(
            states=self._rows.counts(), alarms=tuple(alarms), workers=tuple(workers)
        )

    def _state(self, key: str) -> RecordState:
        state = self._rows.state(key)
        if state is None:
            raise DurableError(f"no task has the key {key!r}")
        return state

    # ---- Ending and settling -----------------------------------------------------------------------------------------

    def cancel(self, key: str) -> Record:
        """
        Stop a task. If it was not sent yet, it never is. If the vendor has it, it continues there and is billed. This call waits
        for a submit that is under way. A task that has ended stays as it is.
        """
        until = time.monotonic() + SENDING
        while self._state(key) is RecordState.SUBMITTING:
            if time.monotonic() >= until:
                raise DurableError(f"{key}: its submit is still under way")
            time.sleep(FIRST_GAP)
        record = self.get(key)
        if not record.state.is_over:
            with self._database.explained():
                self._dbos.cancel_workflow(attempt_id(key, record.attempt))
        return self.get(key)

    def resolve(self, key: str, task_id: str) -> Handle:
        """
        Settle an unknown submit by naming its task. The task is fetched once as proof; then a worker continues it. Raises
        ProviderError if the fetch fails, DurableError if the submit is settled already or the task belongs to another key.
        """
        record = self._unsettled(key)
        check_id(record.provider, task_id)
        other = self._rows.key_of_task(record.provider, task_id)
        if other is not None:
            raise DurableError(
                f"{record.provider} task {task_id} belongs to {other}, not to {key}"
            )
        task = self._client.fetch(record.provider, task_id)
        task = replace(task, label=record.label, prompt=None, raw=None)
        return self._settle(record, kind="resolve", task=task)

    def resubmit(self, key: str) -> Handle:
        """
        Send an unknown submit once more. You may be billed twice, unless the vendor deduplicates: it gets the same
        `idempotency_key`.
        """
        return self._settle(self._unsettled(key), kind="submit")

    def abandon(self, key: str) -> Handle:
        """Give up an unknown submit, or a task that a worker waits for. Nothing is sent to the vendor."""
        record = self.cancel(key)
        if record.state not in (RecordState.UNKNOWN, RecordState.CANCELLED):
            raise DurableError(f"{record}: there is nothing to abandon")
        return self._settle(record, kind="abandon")

    def _unsettled(self, key: str) -> Record:
        record = self.get(key)
        if record.state is not RecordState.UNKNOWN:
            raise DurableError(f"{record}: its outcome is not unknown")
        return record

    def _settle(self, record: Record, **changes: object) -> Handle:
        """The id of the next attempt is unique: if two callers settle the same task, only one can write it."""
        before = self._given(record)
        job = replace(
            before,
            attempt=record.attempt + 1,
            replaces=str(record.state),
            **changes,  # type: ignore[arg-type]
        )
        if not self._write(job):
            raise DurableError(f"{record.key}: another caller has just settled it")
        return Handle(self, record.key)

    def _given(self, record: Record) -> Job:
        id = attempt_id(record.key, record.attempt)
        with self._database.explained():
            (found,) = self._dbos.list_workflows(workflow_ids=[id], load_output=False)
        assert found.input is not None
        return Job.from_values(found.input["args"][0])

    # ---- Operating ---------------------------------------------------------------------------------------------------

    def adopt(self, executor: str) -> int:
        """
        Hand the tasks of a dead worker to the others at once. Without this call, they take them within half a minute. Returns how
        many. Raises DurableError where it is alive.
        """
        if self._database.is_sqlite:
            raise DurableError(
                "on SQLite the next worker that starts goes on with everything"
            )
        session = Session(self._database, f"adopting {uuid.uuid4().hex}")
        session.open()
        try:
            if session.is_held(executor):
                raise DurableError(f"the worker {executor!r} is alive: stop it first")
            return adopt(session, self._rows, executor)
        finally:
            session.close()

    def prune(self, *, older_than: timedelta | float) -> int:
        """
        Delete what ended longer ago than this (a timedelta, or seconds), prompts and all; files stay. What is unknown stays
        until it is settled. Returns how many.
        """
        seconds = (
            older_than.total_seconds()
            if isinstance(older_than, timedelta)
            else older_than
        )
        before = datetime.now(UTC) - timedelta(seconds=check_timeout(seconds))
        pruned = 0
        for state in RecordState:
            if not state.is_over or state is RecordState.UNKNOWN:
                continue
            while found := self._ended(state, before):
                ids = [
                    attempt_id(record.key, n)
                    for record in found
                    for n in range(1, record.attempt + 1)
                ]
                with self._database.explained():
                    self._dbos.delete_workflows(ids)
                pruned += len(found)
        return pruned

    def _ended(self, state: RecordState, before: datetime) -> Sequence[Record]:
        return self._rows.newest(
            state=state, provider=None, label=None, limit=AT_ONCE, ended_before=before
        )

    def notify(self, event: WebhookEvent) -> None:
        """
        Tell the workers what a webhook says: whoever waits for that task looks at it at once. On SQLite there is no such way
        between processes: `Runner.notify` does it in its own.
        """
        if self._database.is_sqlite:
            raise DurableError("on SQLite give webhooks to `notify` of the Runner")
        import sqlalchemy as sa

        statement = sa.select(sa.func.pg_notify(CHANNEL, event_to_json(event)))
        with self._database.explained(), self._database.engine.begin() as connection:
            connection.execute(statement)
