"""One vendor, as far as its spec tells. What is odd about it is in `providers/`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ._answers import Answer, Snapshots, fill, to_bytes
from ._arguments import Arguments, read_arguments
from ._ids import draw_id
from ._lifecycle import Wire
from ._pictures import picture_size
from ._places import Json, set_at, value_at
from ._refusals import Cause, Refusal, documented
from ._requests import Request, Unreadable
from ._schemas import Schemas
from ._security import credential
from ._specs import Operation, Spec
from ._tasks import Task
from ._world import World


class Provider:
    """
    Answers the operations of one spec: submits make tasks, the status call reads them, anything
    else gets its documented example.
    """

    def __init__(self, spec: Spec, world: World) -> None:
        self.name = spec.provider
        self.spec = spec
        self.world = world
        self.schemas = Schemas(spec.document)
        self.status_operation, self.lifecycle = spec.status_operation
        self.snapshots = Snapshots(self.status_operation, self.lifecycle)
        self.id_parameter = next(
            p for p in self.status_operation.parameters if p.required
        )
        self.id_pointers = {
            operation.id: pointers[0]
            for operation in spec.operations.values()
            if (pointers := self._linked(operation))
        }
        """Where the answer of a submit holds the task's id, by operation."""

    # The way of a request: key, arguments, body; then what the operation does.

    def answer(self, operation: Operation, request: Request) -> Answer:
        try:
            return self._accept(operation, request)
        except Refusal as refused:
            answer = self.refuse(operation, request, refused)
            return replace(answer, headers=answer.headers + refused.header)

    def _accept(self, operation: Operation, request: Request) -> Answer:
        key = self.authenticate(operation, request)
        arguments = read_arguments(operation, request, self.schemas)
        if operation is self.status_operation:
            return self.status(arguments[self.id_parameter.name])
        body = self._body(operation, request)
        if operation.id not in self.id_pointers:
            return self.other(operation, body)
        return self._submit_once(operation, request, body, key, arguments)

    def _body(self, operation: Operation, request: Request) -> Json:
        if operation.body is None:
            return None
        try:
            body = request.json()
        except Unreadable as error:
            raise Refusal(Cause.UNREADABLE, str(error)) from None
        if violations := self.schemas.violations(body, operation.body):
            raise Refusal(Cause.INVALID, violations)
        return body

    def _submit_once(
        self,
        operation: Operation,
        request: Request,
        body: Json,
        key: str,
        arguments: Arguments,
    ) -> Answer:
        marks = (p.name for p in operation.parameters if p.idempotency_key)
        mark = next((arguments[name] for name in marks if name in arguments), None)
        if mark is None:
            return self.submit(operation, request, body)
        repeats, place = self.world.repeats, (self.name, key, mark)
        if place not in repeats:
            repeats[place] = self.submit(operation, request, body)
        return repeats[place]

    # What an operation does, and what odd vendors do otherwise.

    def authenticate(self, operation: Operation, request: Request) -> str:
        key = credential(operation, request)
        if key is None:
            raise Refusal(Cause.UNAUTHORIZED, "there is no API key")
        if operation.security and not self.world.opens(key):
            raise Refusal(Cause.UNAUTHORIZED, "the API key is not a good one")
        return key

    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        return documented(operation, refused)

    def submit(self, operation: Operation, request: Request, body: Json) -> Answer:
        task = self.make_task(operation, request, body)
        return Answer.json(operation.success, self.submitted(operation, task))

    def submitted(self, operation: Operation, task: Task) -> Json:
        """The answer to the submit that made the task."""
        wire = self.lifecycle.pending[0]
        answer = fill(self.submit_example(operation, wire), task, wire)
        pointer = self.id_pointers[operation.id]
        self._repeat(operation, task, value_at(answer, pointer.rpartition("/")[0]))
        set_at(answer, pointer, task.id)
        return answer

    def status(self, task_id: str) -> Answer:
        task = self.world.tasks.find(self.name, task_id)
        if task is None:
            raise Refusal(Cause.NOT_FOUND, f"there is no task {task_id!r}")
        wire = task.wire_state
        if wire not in task.answers:
            task.answers[wire] = to_bytes(self.snapshot(task, wire))
        return Answer(self.status_operation.success, task.answers[wire])

    def snapshot(self, task: Task, wire: Wire) -> Json:
        """The answer to the status call."""
        return self.snapshots.of(task, wire)

    def other(self, operation: Operation, body: Json) -> Answer:
        examples = operation.examples(operation.success)
        return Answer.json(operation.success, next(iter(examples.values()), {}))

    # What they are made of.

    def make_task(
        self, operation: Operation, request: Request, body: Json, **more: Any
    ) -> Task:
        """`more` are fields of the task that the vendor's own part knows better."""
        world = self.world
        fields = {
            "provider": self.name,
            "id": draw_id(self.id_parameter.example, world.rng),
            "body": body,
            "model": _text(body, "/model"),
            "prompt": _text(body, "/prompt") or _text(body, "/input/prompt"),
            "kind": _kind(operation, body),
            "origin": request.origin,
            "created": world.clock.time(),
            "duration": world.draw_duration(),
            "lifecycle": self.lifecycle,
            "clock": world.clock,
            "picture": picture_size(body),
        } | more
        fields.setdefault("outcome", world.outcome(fields["prompt"]))
        task = Task(**fields)
        world.tasks.add(task)
        return task

    def submit_example(self, operation: Operation, wire: Wire) -> Json:
        """The example that shows this state; where none tells a state, the first with an id."""
        pointer = self.id_pointers[operation.id]
        examples = [
            example
            for example in operation.examples(operation.success).values()
            if value_at(example, pointer) is not None
        ]
        shown = (e for e in examples if self.lifecycle.state_of(e) == wire)
        return next(shown, examples[0])

    def _repeat(self, operation: Operation, task: Task, answer: Json) -> None:
        """Fields of the request that stand in the answer under the same name."""
        known = self.spec.resolve(operation.body).get("properties", {})
        for name in known.keys() & answer.keys() & task.body.keys():
            answer[name] = task.body[name]

    def _linked(self, operation: Operation) -> list[str]:
        return [
            pointer.removeprefix("$response.body#")
            for link in operation.links
            if link.get("operationId") == self.status_operation.id
            for pointer in link.get("parameters", {}).values()
        ]


def _kind(operation: Operation, body: Json) -> str:
    told = f"{operation.path} {value_at(body, '/model')}"
    return "video" if "video" in told else "image"


def _text(body: Json, pointer: str) -> str | None:
    value = value_at(body, pointer)
    return value if isinstance(value, str) else None
