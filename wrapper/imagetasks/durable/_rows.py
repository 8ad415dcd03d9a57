"""Reading what the tables of DBOS say of tasks. Their columns are part of its documentation."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from .._task import Task, task_from_json
from ._database import Database
from ._job import attempt_id
from ._record import Outcome, Record, RecordState

NAME = "imagetasks.task"
"""Of the workflow."""
CHAIN = 8
"""Attempts that are looked for at once."""
BATCH = 500


class Rows:
    """The tables of one database, for one query each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        schema = None if database.is_sqlite else "dbos"
        self._flows = sa.table(
            "workflow_status",
            *map(sa.column, ("workflow_uuid", "status", "name", "queue_name")),
            sa.column("attributes", sa.JSON),
            *map(sa.column, ("created_at", "completed_at", "executor_id")),
            *map(sa.column, ("owner_xid", "started_at_epoch_ms")),
            schema=schema,
        )
        self._steps = sa.table(
            "operation_outputs",
            *map(
                sa.column, ("workflow_uuid", "function_id", "function_name", "output")
            ),
            schema=schema,
        )
        self._outputs = sa.table(
            "workflow_output",
            *map(sa.column, ("workflow_uuid", "output")),
            schema=schema,
        )
        self._output = (
            sa.select(self._outputs.c.output)
            .where(self._outputs.c.workflow_uuid == self._flows.c.workflow_uuid)
            .correlate(self._flows)
            .scalar_subquery()
        )
        self._state = self._state_of(self._flows)

    # ---- One task ----------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Record | None:
        """Its newest attempt."""
        newest = self._newest(key)
        return None if newest is None else self._records([newest])[0]

    def state(self, key: str) -> RecordState | None:
        newest = self._newest(key)
        return None if newest is None else RecordState(newest.state)

    def _newest(self, key: str) -> sa.Row[Any] | None:
        first, newest = 1, None
        while True:
            ids = [attempt_id(key, n) for n in range(first, first + CHAIN)]
            found = self._read(
                self._query().where(self._flows.c.workflow_uuid.in_(ids))
            )
            if found:
                newest = max(found, key=lambda row: int(row.attributes["attempt"]))
            if len(found) < CHAIN:
                return newest
            first += CHAIN

    def digest(self, id: str) -> str | None:
        """Of what the workflow was given; None where there is no such one."""
        query = sa.select(self._flows.c.attributes)
        found = self._read(query.where(self._flows.c.workflow_uuid == id))
        return found[0].attributes["digest"] if found else None

    def key_of_task(self, provider: str, task_id: str) -> str | None:
        """Which task of ours this one of the vendor's is, as far as it was written down. Looks at all of that provider."""
        steps, flows = self._steps, self._flows
        told = self._json(steps.c.output)["task"]
        query = (
            sa.select(flows.c.attributes)
            .select_from(
                steps.join(flows, flows.c.workflow_uuid == steps.c.workflow_uuid)
            )
            .where(steps.c.function_name == "submit")
            .where(steps.c.output.like(f"%{json.dumps(task_id)[1:-1]}%"))
            .where(told["id"].as_string() == task_id)
            .where(told["provider"].as_string() == provider)
        )
        attributes = flows.c.attributes
        resolved = sa.select(attributes).where(
            flows.c.name == NAME,
            attributes["kind"].as_string() == "resolve",
            attributes["task"]["id"].as_string() == task_id,
            attributes["task"]["provider"].as_string() == provider,
        )
        found = self._read(query) or self._read(resolved)
        return found[0].attributes["key"] if found else None

    # ---- Many --------------------------------------------------------------------------------------------------------

    def newest(
        self,
        *,
        state: RecordState | None,
        provider: str | None,
        label: str | None,
        limit: int,
        ended_before: datetime | None = None,
    ) -> list[Record]:
        """The newest first; of each task its newest attempt."""
        later = self._flows.alias("later")
        attributes = self._flows.c.attributes
        query = self._query().where(
            ~sa.exists().where(later.c.workflow_uuid == attributes["next"].as_string())
        )
        if state is not None:
            query = query.where(self._state == str(state))
        if provider is not None:
            query = query.where(attributes["provider"].as_string() == provider)
        if label is not None:
            query = query.where(attributes["label"].as_string() == label)
        if ended_before is not None:
            instant = ended_before.timestamp() * 1000
            query = query.where(self._flows.c.completed_at < instant)
        query = query.order_by(self._flows.c.created_at.desc()).limit(limit)
        return self._records(self._read(query))

    def counts(self) -> dict[str, dict[RecordState, int]]:
        attributes = self._flows.c.attributes
        provider = attributes["provider"].as_string().label("provider")
        replaces = attributes["replaces"].as_string().label("replaces")
        inner = (
            sa.select(provider, self._state.label("state"), replaces)
            .where(self._flows.c.name == NAME)
            .subquery()
        )
        query = sa.select(inner, sa.func.count().label("n")).group_by(*inner.c)
        found: defaultdict[str, Counter[RecordState]] = defaultdict(Counter)
        for row in self._read(query):
            found[row.provider][RecordState(row.state)] += row.n
            if row.replaces is not None:  # the attempt before counts no more
                found[row.provider][RecordState(row.replaces)] -= row.n
        return {
            provider: {state: n for state, n in states.items() if n > 0}
            for provider, states in found.items()
        }

    def waiting(self, queue: str) -> int:
        """How many no worker has claimed yet."""
        query = (
            sa.select(sa.func.count().label("n"))
            .where(self._flows.c.queue_name == queue)
            .where(self._flows.c.status.in_(("ENQUEUED", "DELAYED")))
        )
        return int(self._read(query)[0].n)

    # ---- Workers -----------------------------------------------------------------------------------------------------

    def executors(self) -> list[str]:
        """Those that have claimed what is not over."""
        query = (
            sa.select(self._flows.c.executor_id)
            .where(self._flows.c.name == NAME)
            .where(self._flows.c.status == "PENDING")
            .distinct()
        )
        return [row.executor_id for row in self._read(query)]

    def give_back(self, executor: str) -> int:
        """
        Put what a worker that is no more had claimed back into its queue, where its limits hold. Returns how many.

        As the recovery of DBOS does it for a worker's own tasks, in one conditional statement: `resume_workflows` would
        also bring back what was cancelled in between, and take it from its queue.
        """
        flows = self._flows
        change = (
            sa.update(flows)
            .where(flows.c.name == NAME)
            .where(flows.c.status == "PENDING")
            .where(flows.c.executor_id == executor)
            .values(status="ENQUEUED", owner_xid=None, started_at_epoch_ms=None)
        )
        with self._database.explained(), self._database.engine.begin() as connection:
            return connection.execute(change).rowcount

    # ---- How -----------------------------------------------------------------------------------------------------------

    def _read(self, query: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[Any]]:
        with self._database.explained(), self._database.engine.connect() as connection:
            return connection.execute(query).all()

    def _query(self) -> sa.Select[*tuple[Any, ...]]:
        flows = self._flows
        return sa.select(
            *(flows.c.workflow_uuid, flows.c.status, self._output.label("output")),
            *(flows.c.attributes, flows.c.created_at, flows.c.completed_at),
            *(flows.c.executor_id, self._state.label("state")),
        ).where(flows.c.name == NAME)

    def _json(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Text that is JSON. SQLite reads it as it is, and would make a number of it in a cast."""
        if self._database.is_sqlite:
            return sa.type_coerce(column, sa.JSON)
        return sa.cast(column, sa.JSON)

    def _state_of(self, flows: Any) -> sa.ColumnElement[Any]:
        """What status and steps of a workflow mean, as an expression of SQL."""
        steps, kind = self._steps, flows.c.attributes["kind"].as_string()

        def count(name: str) -> sa.ScalarSelect[Any]:
            return (
                sa.select(sa.func.count())
                .where(steps.c.workflow_uuid == flows.c.workflow_uuid)
                .where(steps.c.function_name == name)
                .correlate(flows)
                .scalar_subquery()
            )

        is_accepted = (
            sa.exists()
            .where(steps.c.workflow_uuid == flows.c.workflow_uuid)
            .where(steps.c.function_name == "submit")
            .where(self._json(steps.c.output)["state"].as_string() == "accepted")
            .correlate(flows)
        )
        is_submitting = count("intent") > count("submit")
        return sa.case(
            (kind == "abandon", "abandoned"),
            (
                flows.c.status == "SUCCESS",
                self._json(self._output)["state"].as_string(),
            ),
            # One that broke while it was sent may have been accepted, too.
            (
                flows.c.status == "ERROR",
                sa.case((is_submitting, "unknown"), else_="failed"),
            ),
            # Cancelled while it was sent: what it came to could not be written down.
            (
                flows.c.status == "CANCELLED",
                sa.case((is_submitting, "unknown"), else_="cancelled"),
            ),
            (sa.or_(kind == "resolve", is_accepted), "running"),
            (is_submitting, "submitting"),
            else_="queued",
        )

    def _records(self, rows: Sequence[sa.Row[Any]]) -> list[Record]:
        accepted = self._accepted(
            row.workflow_uuid for row in rows if row.status not in ("SUCCESS", "ERROR")
        )
        return [_record(row, accepted.get(row.workflow_uuid)) for row in rows]

    def _accepted(self, ids: Iterable[str]) -> Mapping[str, Task | None]:
        """The tasks that submits came to."""
        wanted, found = list(ids), {}
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            query = (
                sa.select(self._steps.c.workflow_uuid, self._steps.c.output)
                .where(self._steps.c.workflow_uuid.in_(some))
                .where(self._steps.c.function_name == "submit")
                .order_by(self._steps.c.function_id)
            )
            for row in self._read(query):
                outcome = Outcome.from_values(json.loads(row.output))
                found[row.workflow_uuid] = outcome.task
        return found


def _record(row: sa.Row[Any], accepted: Task | None) -> Record:
    about = row.attributes
    outcome = Outcome(state=row.state)
    if row.status == "SUCCESS" and row.output:
        outcome = Outcome.from_values(json.loads(row.output))
    task = outcome.task or accepted
    if task is None and about.get("task"):
        task = task_from_json(dict(about["task"]))
    return Record(
        key=about["key"],
        provider=about["provider"],
        state=RecordState(row.state),
        attempt=about["attempt"],
        label=about["label"],
        task=task,
        files=outcome.files,
        error=outcome.error,
        submitted_at=_instant(row.created_at),
        ended_at=_instant(row.completed_at) if row.completed_at else None,
        executor=row.executor_id,
    )


def _instant(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
