"""Answers made of the spec's own named examples, with the task's values put in."""

from __future__ import annotations

import copy
import math

from .._errors import MockError
from ..specs.failures import Failures
from ..specs.lifecycle import TERMINAL, Lifecycle, WireState
from ..specs.places import Json, first, put
from ..specs.spec import Operation
from ..state.tasks import Task


class Snapshots:
    """
    The examples of a status call, by the state that they show. Of several those come first whose
    name starts with `preferred`.
    """

    def __init__(
        self,
        operation: Operation,
        lifecycle: Lifecycle,
        failures: Failures,
        preferred: str | None = None,
    ) -> None:
        self._lifecycle = lifecycle
        self._failures = failures
        examples = operation.examples(operation.success)
        names = sorted(examples, key=lambda n: not n.startswith(preferred or ""))
        self._examples = {name: examples[name] for name in names}
        for wire_state in lifecycle.states:
            if not self._showing(wire_state):
                raise MockError(
                    f"{operation.id}: no example shows the state {wire_state!r}"
                )

    def ending(self, outcome: str, task_id: str) -> tuple[WireState, str | None]:
        """The last state, be it given by what it means, as the vendor writes it, or by an example; and the example."""
        if outcome in TERMINAL:
            return self._lifecycle.wire_state_for(outcome, task_id), None
        if outcome in self._examples:
            shown = self._lifecycle.state_of(self._examples[outcome])
            assert shown is not None  # see `endings` of the outcomes
            return shown, outcome
        return self._lifecycle.terminal[outcome], None

    def of(self, task: Task, wire_state: WireState) -> Json:
        named = task.fate.example
        if named and self._lifecycle.state_of(self._examples[named]) == wire_state:
            return fill(self._examples[named], task, wire_state)
        examples = self._showing(wire_state)
        kinds = [example for example in examples if self._is_of_kind(example, task)]
        answer = fill((kinds or examples)[0], task, wire_state)
        words = self._failures.words(task.fate.code)
        place = first(answer, self._lifecycle.at.get("error-message", ()))
        if words and place and task.fate.message is None:
            put(answer, place, words)  # those of its code, not of the example's
        return answer

    def _showing(self, wire_state: WireState) -> list[Json]:
        examples = self._examples.values()
        return [e for e in examples if self._lifecycle.state_of(e) == wire_state]

    def _is_of_kind(self, example: Json, task: Task) -> bool:
        places = self._lifecycle.at.get("kind", ())
        return any(place.read(example) == task.kind for place in places)


def fill(example: Json, task: Task, wire_state: WireState) -> Json:
    """A copy of the example that tells of this task; what it does not tell, it does not learn."""
    answer = copy.deepcopy(example)
    at = task.lifecycle.at
    for what, value in _values(task, wire_state).items():
        place = first(answer, at.get(what, ()))
        # Words may be read where the state stands, when there are no others.
        if value is not None and place and place not in at["state"]:
            put(answer, place, value)
    return answer


def _values(task: Task, wire_state: WireState) -> dict[str, Json]:
    means = task.lifecycle.states[wire_state]
    has_failed = means in ("failed", "cancelled")
    # The request comes first: it holds the prompt where an answer repeats both in one place.
    return {
        "request": task.body,
        "id": task.id,
        "kind": task.kind,
        "model": task.model,
        "prompt": task.prompt,
        "created": task.lifecycle.write_time(task.created),
        "finished": task.lifecycle.write_time(task.known_end),
        "result": task.result_url,
        "error-code": task.fate.code if has_failed else None,
        "error-message": task.fate.message if has_failed else None,
        "credits": task.credits,
        # A chosen example tells this by itself: there is one of a refund that has yet to come.
        "seconds-left": math.ceil(max(task.ends - task.clock.time(), 0)),
        "status-url": task.status_url,
        "refunded": None if task.fate.example else means == "failed",
    }
