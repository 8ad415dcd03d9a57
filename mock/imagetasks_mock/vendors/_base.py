"""One vendor, as far as its spec tells. What is odd about one is in the file of its name."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from .._world import World
from ..http.answers import Answer
from ..http.operations import Arguments, credential, read_arguments
from ..http.refusals import Cause, Refusal, documented
from ..http.requests import Request, Unreadable
from ..outside.pictures import picture_size
from ..specs.codes import Codes
from ..specs.failures import Failure, Failures, said_in
from ..specs.lifecycle import WireState
from ..specs.places import Json, Place, first, put, value_at
from ..specs.prices import Prices
from ..specs.schemas import Schemas
from ..specs.spec import Operation, Spec
from ..state.accounts import Account
from ..state.ids import draw_id
from ..state.limits import Limits
from ..state.tasks import Fate, Task
from ._snapshots import Snapshots, fill


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed: the key is good, arguments and body are as documented."""

    operation: Operation
    request: Request
    account: Account
    arguments: Arguments
    body: Json


class Vendor:
    """
    Answers the operations of one spec: submits make tasks, the status call reads them, anything
    else gets its documented example.
    """

    def __init__(self, spec: Spec, world: World) -> None:
        self.name = spec.provider
        self.spec = spec
        self.world = world
        self.schemas = Schemas(spec.document)
        self.prices = Prices(spec.document)
        self.codes = Codes(spec.document)
        self.limits = Limits(spec.provider, spec.document)
        self.status_operation, self.lifecycle = spec.status_operation
        self.failures = Failures(spec)
        self._choose_examples()
        self.id_parameter = next(
            p for p in self.status_operation.parameters if p.required
        )
        self._shown_prices = {o.id: self._shown_price(o) for o in spec.submits}
        world.know(spec, self.limits, self._choose_examples)

    def _choose_examples(self) -> None:
        """Those that the scenario prefers."""
        self.snapshots = Snapshots(
            self.status_operation,
            self.lifecycle,
            self.failures,
            self.world.scenario.examples.get(self.name),
        )

    # The way of a request: key, limits, arguments, body; then what the operation does.

    def answer(self, operation: Operation, request: Request) -> Answer:
        try:
            return self._perform(self._accept(operation, request))
        except Refusal as refused:
            answer = self.refuse(operation, request, refused)
            return refused.logged(answer, answer.headers + refused.header)

    def judge(self, operation: Operation, request: Request, answer: Answer) -> Answer:
        """The answer to a request that nobody performs, with how the request breaks the spec."""
        try:
            self._read(operation, request, self.authenticate(operation, request))
        except Refusal as refused:
            return refused.logged(answer, answer.headers)
        return answer

    def _accept(self, operation: Operation, request: Request) -> Call:
        account = self.authenticate(operation, request)
        now = self.world.clock.time()
        if exceeded := self.limits.count(account, operation.id, now):
            raise Refusal(Cause.RATE, str(exceeded), about=exceeded)
        return self._read(operation, request, account)

    def _read(self, operation: Operation, request: Request, account: Account) -> Call:
        arguments = read_arguments(operation, request, self.schemas)
        body = self._body(operation, request)
        return Call(operation, request, account, arguments, body)

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

    def _perform(self, call: Call) -> Answer:
        if call.operation is self.status_operation:
            return self.status(call.arguments[self.id_parameter.name], call.account)
        if call.operation.id == self.lifecycle.cancel:
            return self.cancel(call.arguments[self.id_parameter.name], call.account)
        if call.operation.id in self.spec.id_pointers:
            return self._submit_once(call)
        return self.other(call)

    def _submit_once(self, call: Call) -> Answer:
        names = (p.name for p in call.operation.parameters if p.idempotency_key)
        key = next((call.arguments[n] for n in names if n in call.arguments), None)
        if key is None:
            return self._admit(call)
        submit = (self.name, call.account.key, key)
        answer = self.world.answered.get(submit)
        if answer is None:
            answer = self.world.answered[submit] = self._admit(call)
        return answer

    def _admit(self, call: Call) -> Answer:
        """Submit, unless a rule of the scenario is against it, or the account may not."""
        world, account, tasks = self.world, call.account, self.count(call)
        model, prompt = self.model(call.body), self.prompt(call.body)
        if example := world.outcomes.draw_refusal(self.name, model, prompt):
            return self._refuse_by_rule(call, example)
        if exceeded := self.limits.admit(account, tasks, world.clock.time()):
            raise Refusal(Cause.RATE, str(exceeded), about=exceeded)
        price = self.price(call.operation, call.body)
        if price and not account.affords(self.name, price):
            why = f"it costs {price}, there are {account.balance(self.name)}"
            raise Refusal(Cause.CREDITS, why, about=price)
        return self.submit(call)

    def _refuse_by_rule(self, call: Call, name: str) -> Answer:
        example = call.operation.examples(call.operation.success).get(name)
        if self.lifecycle.meaning_of(example) == "failed":
            # Looked at again, it has failed for the same reason.
            said, wire_state = said_in(example, self.lifecycle), self.lifecycle.state_of(example)  # fmt: skip
            return self.submit_failed(call, said.message, wire_state, said.code)
        raise Refusal(Cause.SCENARIO, "a rule refuses it", example=name)

    # What an operation does, and what odd vendors do otherwise.

    def authenticate(self, operation: Operation, request: Request) -> Account:
        key = credential(operation, request)
        if key is None:
            raise Refusal(Cause.UNAUTHORIZED, "there is no API key")
        account = self.world.accounts.find(key) if key else self.world.nobody
        if account is None:
            raise Refusal(Cause.UNAUTHORIZED, "the API key is not a good one")
        return account

    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        if refused.example is None and refused.cause in _MEANINGS:
            meaning = _MEANINGS[refused.cause]
            refused.example = self.codes.example(operation, meaning)
        if refused.cause is Cause.NOT_FOUND:
            return self._answer_not_found(operation, refused)
        return documented(operation, refused)

    def model(self, body: Json) -> str | None:
        return _text(body, "/model")

    def prompt(self, body: Json) -> str | None:
        return _text(body, "/prompt") or _text(body, "/input/prompt")

    def count(self, call: Call) -> int:
        """How many tasks a submit makes."""
        return 1

    def price(self, operation: Operation, body: Json) -> int | None:
        """
        Of all that a submit makes. A request that no stated price fits is free of charge. Where no page states prices of
        such calls at all, it is what their documented answer tells, None where that tells nothing.
        """
        if not self.prices.state(operation.id):
            return self._shown_prices[operation.id]
        return self.prices.of(operation.id, operation.body, body) or 0

    def submit(self, call: Call) -> Answer:
        task = self.make_task(call)
        return Answer.json(call.operation.success, self.submitted(call, task))

    def submit_failed(
        self,
        call: Call,
        message: str | None = None,
        wire_state: WireState | None = None,
        code: str | None = None,
    ) -> Answer:
        """The task has failed in the answer to its submit already, and costs nothing."""
        if wire_state is None:
            shown = call.operation.examples(call.operation.success).values()
            failed = (e for e in shown if self.lifecycle.meaning_of(e) == "failed")
            wire_state = self.lifecycle.state_of(next(failed))
        assert wire_state is not None
        fate = Fate(self.world.clock.time(), wire_state, None, message, code)
        task = self.make_task(call, fate=fate, credits=None)
        answer = self.submitted(call, task, wire_state)
        return Answer.json(call.operation.success, answer)

    def submitted(
        self, call: Call, task: Task, wire_state: WireState | None = None
    ) -> Json:
        """The answer to the submit that made the task; in its first state, if not said otherwise."""
        wire_state = self.lifecycle.pending[0] if wire_state is None else wire_state
        answer = fill(self.submit_example(call.operation, wire_state), task, wire_state)
        pointer = self.spec.id_pointers[call.operation.id]
        self._echo_request(
            call.operation, task, value_at(answer, pointer.rpartition("/")[0])
        )
        put(answer, Place(pointer), task.id)
        return answer

    def find(self, task_id: str, account: Account) -> Task:
        """Another account's task is none, where there are accounts."""
        task = self.world.tasks.find(self.name, task_id)
        is_ours = task and (task.account == account.key or self.world.accounts.are_one)
        if task is None or not is_ours:
            why = f"there is no task {task_id!r}"
            raise Refusal(Cause.NOT_FOUND, why, about=task_id)
        return task

    def _answer_not_found(self, operation: Operation, refused: Refusal) -> Answer:
        """Some vendors do it in a normal answer; where it tells an id, it is the one that was asked for."""
        examples = operation.examples(operation.success).items()
        shown = (name for name, example in examples if self.lifecycle.denies(example))
        refused.example = refused.example or next(shown, None)
        answer = documented(operation, refused)
        document = answer.document
        place = first(document, self.lifecycle.at["id"])
        if place is None:
            return answer
        put(document, place, refused.about)
        return answer.with_document(document)

    def status(self, task_id: str, account: Account) -> Answer:
        task = self.find(task_id, account)
        wire_state = self._visible_state(task)
        if wire_state not in task.answers or self.lifecycle.counts_down:
            snapshot = self.snapshot(task, wire_state)
            success = self.status_operation.success
            task.answers = {wire_state: Answer.json(success, snapshot)}
        return task.answers[wire_state]

    def cancel(self, task_id: str, account: Account) -> Answer:
        """One that has ended stays as it is."""
        task = self.find(task_id, account)
        if not task.is_terminal:
            task.cancel()
        return self.status(task_id, account)

    def snapshot(self, task: Task, wire_state: WireState) -> Json:
        """The answer to the status call."""
        return self.snapshots.of(task, wire_state)

    def other(self, call: Call) -> Answer:
        examples = call.operation.examples(call.operation.success)
        shown: Json = next(iter(examples.values()), {})
        if place := call.operation.raw.get("x-balance"):
            shown = self._balance(call, shown, place)
        return Answer.json(call.operation.success, shown)

    def _balance(self, call: Call, shown: Json, place: str) -> Json:
        """Of an account without limit the documented example's."""
        left = call.account.balance(self.name)
        answer = copy.deepcopy(shown)
        if left is not None:
            put(answer, Place(place), left)
        return answer

    # What they are made of.

    def make_task(self, call: Call, **more: Any) -> Task:
        """`more` are fields of the task that the vendor's own part knows better."""
        world, body = self.world, call.body
        fields = {
            "provider": self.name,
            "id": draw_id(self.id_parameter.example, world.rng),
            "body": body,
            "model": self.model(body),
            "prompt": self.prompt(body),
            "kind": _kind(call.operation, body),
            "account": call.account.key,
            "origin": call.request.origin,
            "created": world.clock.time(),
            "lifecycle": self.lifecycle,
            "clock": world.clock,
            "credits": self._price_of_each(call),
            "picture": picture_size(body),
        } | more
        if "fate" not in fields:
            fields["fate"] = self._draw_fate(fields)
        task = Task(**fields)
        task.status_url = self._status_url(task)
        world.tasks.add(task)
        call.account.charge(task)
        return task

    def _price_of_each(self, call: Call) -> int | None:
        price = self.price(call.operation, call.body)
        return None if price is None else price // self.count(call)

    def _status_url(self, task: Task) -> str:
        path, name = self.status_operation.path, self.id_parameter.name
        query = "" if f"{{{name}}}" in path else f"?{name}={task.id}"
        return f"{task.origin}/{self.name}{path.replace(f'{{{name}}}', task.id)}{query}"

    def _draw_fate(self, fields: dict[str, Any]) -> Fate:
        model, prompt = fields["model"], fields["prompt"]
        rule = self.world.outcomes.draw_end(self.name, model, prompt)
        ends = fields["created"] + self.world.durations.draw(self.name, model)
        wire_state, example = self.snapshots.ending(rule.outcome, fields["id"])
        said = Failure(rule.code, rule.message)
        if rule.reason is not None:
            said = self.failures.of(rule.reason) or said
        return Fate(ends, wire_state, example, said.message, said.code)

    def _visible_state(self, task: Task) -> WireState:
        """
        The state that the vendor knows of. Where it "refreshes from upstream at most every" so
        many seconds, and the scenario wants that, it is the one of its last look.
        """
        period = self.lifecycle.refresh
        if period is None or not self.world.scenario.upstream_refresh:
            return task.wire_state
        now = self.world.clock.time()
        looked = task.created if task.refreshed is None else task.refreshed
        if looked < task.fate.at and now >= looked + period:
            looked = task.refreshed = now
        return task.wire_state_at(looked)

    def _shown_price(self, operation: Operation) -> int | None:
        shown = self.submit_example(operation, self.lifecycle.pending[0])
        found = (place.read(shown) for place in self.lifecycle.at.get("credits", ()))
        return next((credits for credits in found if isinstance(credits, int)), None)

    def submit_example(self, operation: Operation, wire_state: WireState) -> Json:
        """The example that shows this state; where none tells a state, the first with an id."""
        pointer = self.spec.id_pointers[operation.id]
        examples = [
            example
            for example in operation.examples(operation.success).values()
            if value_at(example, pointer) is not None
        ]
        shown = (e for e in examples if self.lifecycle.state_of(e) == wire_state)
        return next(shown, examples[0])

    def _echo_request(self, operation: Operation, task: Task, answer: Json) -> None:
        """
        Fields of the request that stand in the answer under the same name; of a request that is
        refused in a normal answer, those that are of the right kind.
        """
        properties = self.spec.resolve(operation.body).get("properties", {})
        body = task.body if isinstance(task.body, dict) else {}
        for name in properties.keys() & answer.keys() & body.keys():
            if isinstance(body[name], type(answer[name])):
                answer[name] = body[name]


# How `x-codes` calls what a request is refused for.
_MEANINGS = {
    Cause.UNAUTHORIZED: "authentication",
    Cause.UNREADABLE: "invalid-request",
    Cause.PARAMETER: "invalid-request",
    Cause.INVALID: "invalid-request",
    Cause.NOT_FOUND: "not-found",
    Cause.CREDITS: "insufficient-credits",
    Cause.RATE: "rate-limited",
}


def _kind(operation: Operation, body: Json) -> str:
    text = f"{operation.path} {value_at(body, '/model')}"
    return "video" if "video" in text else "image"


def _text(body: Json, pointer: str) -> str | None:
    value = value_at(body, pointer)
    return value if isinstance(value, str) else None
