"""A task as JSON, for programs: docs/command.md has the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import imagetasks


def described(task: imagetasks.Task) -> dict[str, Any]:
    return {
        "provider": task.provider,
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "wire_state": task.wire_state,
        "label": task.label,
        "model": task.model,
        "created_at": _to_text(task.created_at),
        "finished_at": _to_text(task.finished_at),
        "credits": task.credits_used,
        "refunded": task.refunded,
        "urls": [artifact.url for artifact in task.artifacts],
        "expires_at": [_to_text(artifact.expires_at) for artifact in task.artifacts],
        "error": task.error
        and {
            "code": task.error.code,
            "message": task.error.message,
            "reason": task.error.reason,
        },
        "token": task.to_token(),
    }


def described_error(error: Exception) -> dict[str, Any]:
    """With the task, where the error has one."""
    task = getattr(error, "task", None)
    words = {"type": type(error).__name__, "message": str(error)}
    known = described(task) if isinstance(task, imagetasks.Task) else {}
    more = {"provider": getattr(error, "provider", None)} if not known else {}
    label = getattr(error, "label", None)
    return {**more, **known, "label": label, "failure": words}


def _to_text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
