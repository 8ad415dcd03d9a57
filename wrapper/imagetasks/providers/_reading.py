"""An answer about a task, read by the tables of an adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from .._errors import TaskNotFound
from .._http.answer import Answer
from .._http.call import UNREADABLE, unreadable_result
from .._specs.schema import Json
from .._task import Artifact, Kind, Reason, State, Task, TaskError
from ._places import At, reader
from ._reasons import FailureReason, reason_of
from ._values import CLOCKS, Unit, code_text, later, number, result_urls, text

States = Mapping[Any, State | type[TaskNotFound]]
"""What each state means, by the text or number on the wire."""


class TaskReader:
    """The tables, with each place as a function: built once, since every poll uses them."""

    def __init__(
        self,
        provider: str,
        at: At,
        states: States,
        times: Unit,
        lifetime: float | None,
        reasons: Sequence[FailureReason] = (),
    ) -> None:
        self._provider = provider
        self._states = states
        self._reasons = reasons
        self._types = frozenset(map(type, states))
        self._clock = CLOCKS[times]
        self._lifetime = None if lifetime is None else timedelta(seconds=lifetime)
        self._id, self._state = reader(at.id), reader(at.state)
        self.result, self.video = reader(at.result), reader(at.video or at.result)
        self.kind = reader(at.kind)
        self._error = reader(at.error_code), reader(at.error_message)
        self._model, self._prompt = reader(at.model), reader(at.prompt)
        self._created, self._finished = reader(at.created), reader(at.finished)
        self._credits, self._refunded = reader(at.credits), reader(at.refunded)
        self._seconds_left = reader(at.seconds_left)
        self._status_url = reader(at.status_url)

    def read(
        self,
        document: Json,
        response: Answer,
        kind: Kind,
        results: Callable[[Json, Answer, Kind], Json],
        *,
        raw: Json,
        is_submitted: bool = False,
        may_lack_state: bool = False,
    ) -> Task:
        """
        The snapshot that a document tells. Raises ValueError where a task cannot do without, TaskNotFound where the
        state means this, and MalformedResponse for a success without a result that can be read.

        That of a submit which claims success has no result in it: the next read has.
        """
        wire_state = self._state(document, response)
        state = State.PENDING
        if wire_state is not None or not may_lack_state:
            state = self._meaning(wire_state, document, response)
        if is_submitted and state is State.SUCCEEDED:
            state = State.PENDING
        id = task_id(self._id(document, response))
        created = self._clock(self._created(document, response))
        finished = self._clock(self._finished(document, response))
        has_failed = state in (State.FAILED, State.CANCELLED)
        refunded = self._refunded(document, response)
        task = Task(
            provider=self._provider,
            id=id,
            kind=kind,
            state=state,
            wire_state=wire_state,
            error=self._failure(state, document, response) if has_failed else None,
            model=text(self._model(document, response)),
            prompt=text(self._prompt(document, response)),
            created_at=created,
            finished_at=finished,
            credits_used=number(self._credits(document, response)),
            refunded=refunded if isinstance(refunded, bool) else None,
            raw=raw,
            _seconds_left=number(self._seconds_left(document, response)),
            _status_url=text(self._status_url(document, response)),
        )
        if state is not State.SUCCEEDED:
            return task
        try:
            urls = result_urls(results(document, response, kind))
        except UNREADABLE as cause:
            raise unreadable_result(task, response, cause) from cause
        # The docs do not say when the clock of a URL starts.
        expires_at = later(finished or created, self._lifetime)
        artifacts = tuple(Artifact(url, kind, expires_at) for url in urls)
        return replace(task, artifacts=artifacts)

    def _failure(self, state: State, document: Json, response: Answer) -> TaskError:
        read_code, read_words = self._error
        code = code_text(read_code(document, response))
        words = text(read_words(document, response)) or ""
        reason = reason_of(self._reasons, code, words)
        if reason is Reason.UNKNOWN and state is State.CANCELLED:
            reason = Reason.CANCELLED
        return TaskError(code, words, reason)

    def _meaning(self, wire_state: Json, document: Json, response: Answer) -> State:
        if type(wire_state) not in self._types:
            raise ValueError("there is no state")
        meaning = self._states.get(wire_state, State.UNKNOWN)
        if isinstance(meaning, State):
            return meaning
        said = text(self._error[1](document, response))
        words = " ".join(filter(None, (str(wire_state), said)))
        raise meaning(
            f"{self._provider}: HTTP {response.status_code} {words}",
            provider=self._provider,
            status_code=response.status_code,
        )


def task_id(value: Json) -> str:
    """Also of one that is a number. Raises ValueError for what is no id."""
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise ValueError("there is not a task id")
    value.encode()  # a ValueError for half a character, which no URL could carry
    return value
