"""Answers made of the spec's own named examples, with the task's values put in."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass

from ._deliveries import Delivery, whole
from ._errors import MockError
from ._lifecycle import Lifecycle, Wire
from ._places import Json, put
from ._specs import Operation
from ._tasks import Task

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE: Headers = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Headers = JSON_TYPE
    delivery: Delivery = whole

    @classmethod
    def json(cls, status: int, value: Json, headers: Headers = ()) -> Answer:
        return cls(status, to_bytes(value), JSON_TYPE + headers)


def to_bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


class Snapshots:
    """The examples of a status call, by the state that they show."""

    def __init__(self, operation: Operation, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._examples = list(operation.examples(operation.success).values())
        for wire in lifecycle.states:
            if not self._showing(wire):
                raise MockError(f"{operation.id}: no example shows the state {wire!r}")

    def of(self, task: Task, wire: Wire) -> Json:
        examples = self._showing(wire)
        kinds = [example for example in examples if self._is_of_kind(example, task)]
        return fill((kinds or examples)[0], task, wire)

    def _showing(self, wire: Wire) -> list[Json]:
        return [e for e in self._examples if self._lifecycle.state_of(e) == wire]

    def _is_of_kind(self, example: Json, task: Task) -> bool:
        places = self._lifecycle.at.get("kind", ())
        return any(place.read(example) == task.kind for place in places)


def fill(example: Json, task: Task, wire: Wire) -> Json:
    """A copy of the example that tells of this task; what it does not tell, it does not learn."""
    answer = copy.deepcopy(example)
    at = task.lifecycle.at
    for what, value in _values(task, wire).items():
        if value is not None:
            put(answer, at.get(what, ()), value)
    return answer


def result_url(task: Task) -> str:
    suffix = "gif" if task.kind == "video" else "png"
    return f"{task.origin}/_results/{task.provider}/{task.id}/0.{suffix}"


def _values(task: Task, wire: Wire) -> dict[str, Json]:
    # The request comes first: it holds the prompt where an answer repeats both in one place.
    return {
        "request": task.body,
        "id": task.id,
        "kind": task.kind,
        "model": task.model,
        "prompt": task.prompt,
        "created": task.lifecycle.write_time(task.created),
        "finished": task.lifecycle.write_time(task.ends),
        "result": result_url(task),
        "error-code": task.code,
        "error-message": task.error,
        "credits": task.credits,
        "refunded": task.lifecycle.states[wire] == "failed",
    }
