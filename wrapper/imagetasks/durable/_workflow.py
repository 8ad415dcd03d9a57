"""The workflow, as DBOS knows it: by a name, in a registry of the process."""

from __future__ import annotations

from typing import Any

from dbos import DBOS

from ._rows import NAME
from ._work import Worker


class Current:
    """The worker of this process. DBOS is one for each process, so this is."""

    worker: Worker | None = None


@DBOS.workflow(name=NAME, max_recovery_attempts=None)
async def task(values: dict[str, Any]) -> dict[str, Any]:
    """One attempt at one task."""
    assert Current.worker is not None, "it is set before DBOS is launched"
    return await Current.worker.carry_out(values)
