"""
Many machines: tasks that live in a database, carried out by any number of workers. Needs the extra `[durable]`.

    with Tasks("postgresql://host/tasks", access) as tasks:             # in any process
        handle = tasks.submit("akool", ImageRequest("a lighthouse"), key="order-17")

    async with Runner("postgresql://host/tasks", access, executor="w0", store="s3://pictures"):
        await asyncio.Event().wait()                                    # a worker
"""

from __future__ import annotations

from .._extras import require

require("durable", by="imagetasks.durable")

from .._results.stores import StoredFile  # noqa: E402
from ._async_tasks import AsyncHandle, AsyncTasks  # noqa: E402
from ._errors import Backlogged, DurableError, KeyConflict  # noqa: E402
from ._queue import Queue  # noqa: E402
from ._record import (  # noqa: E402
    Alarm,
    Counts,
    Failure,
    Record,
    RecordState,
)
from ._runner import Runner  # noqa: E402
from ._tasks import Handle, Tasks  # noqa: E402

__all__ = [
    "Alarm",
    "AsyncHandle",
    "AsyncTasks",
    "Backlogged",
    "Counts",
    "DurableError",
    "Failure",
    "Handle",
    "KeyConflict",
    "Queue",
    "Record",
    "RecordState",
    "Runner",
    "StoredFile",
    "Tasks",
]
