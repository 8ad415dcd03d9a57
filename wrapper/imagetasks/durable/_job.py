"""What a workflow is given: one attempt at one task."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .._request import Request, request_from_values, request_to_values
from .._task import Task, task_from_json, task_to_json

LONGEST_KEY = 200
SEPARATOR = "~"
QUEUE = "imagetasks."
"""Before the provider, in the name of its queue."""

Kind = Literal["submit", "resolve", "abandon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    `kind`: "submit" sends the request, "resolve" goes on with `task`, "abandon" lets it be. `replaces` is the state that the
    attempt before was in.
    """

    key: str
    attempt: int = 1
    kind: Kind = "submit"
    provider: str
    request: Request = field(repr=False)
    label: str | None = None
    idempotency_key: str | None = None
    task: Task | None = None
    replaces: str | None = None

    @property
    def id(self) -> str:
        """Of its workflow: unique, so two that settle the same attempt cannot both."""
        return attempt_id(self.key, self.attempt)

    @property
    def sent(self) -> Request:
        """The request, with the key that makes its repetition safe."""
        if self.idempotency_key is None:
            return self.request
        return replace(self.request, idempotency_key=self.idempotency_key)

    @property
    def digest(self) -> str:
        """The same for what asks for the same."""
        asked = [self.provider, self.label, request_to_values(self.request)]
        text = json.dumps(asked, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def to_values(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "attempt": self.attempt,
            "kind": self.kind,
            "provider": self.provider,
            "request": json.loads(self.request.to_json()),
            "label": self.label,
            "idempotency_key": self.idempotency_key,
            "task": self.task and task_to_json(self.task),
            "replaces": self.replaces,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Job:
        known = dict(values)
        task = known.pop("task")
        return cls(
            **{
                **known,
                "request": request_from_values(known["request"]),
                "task": task_from_json(dict(task)) if task else None,
            }
        )

    def attributes(self) -> dict[str, Any]:
        """What can be found without reading what it was given: no prompt is in it."""
        return {
            "key": self.key,
            "attempt": self.attempt,
            "kind": self.kind,
            "provider": self.provider,
            "label": self.label,
            "digest": self.digest,
            "next": attempt_id(self.key, self.attempt + 1),
            "replaces": self.replaces,
            "task": self.task and task_to_json(self.task),
        }


def attempt_id(key: str, attempt: int) -> str:
    return key if attempt == 1 else f"{key}{SEPARATOR}{attempt}"


def check_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"key is text, not {type(key).__name__}")
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise ValueError(f"key is a printable text of 1 to {LONGEST_KEY} characters")
    if SEPARATOR in key:
        raise ValueError(
            f"a key holds no {SEPARATOR!r}: the attempts of a task are named by it"
        )
    return key
