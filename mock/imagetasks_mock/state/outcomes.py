"""How tasks end, by rules: for a vendor, a model, a prompt, with a probability, so many times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from threading import Lock

from .._errors import MockError
from ..specs.failures import Failures
from ..specs.lifecycle import TERMINAL
from ..specs.spec import Spec


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What becomes of the tasks that it fits. What is None fits all.

    `outcome` is succeeded, failed or cancelled; or, for one vendor, the name of an example of its
    status call that shows such an end, or such a state as it writes it. `refuse` is the name of an example of the vendor's
    submit: that answer comes in place of a task.
    """

    outcome: str = "succeeded"
    provider: str | None = None
    model: str | None = None
    prompt: str | None = None
    """A regular expression, found anywhere in the prompt."""
    probability: float = 1.0
    count: int | None = None
    """How often it still applies; None for ever."""
    code: str | None = None
    message: str | None = None
    reason: str | None = None
    """Why they fail: with the code and words that the vendor documents for it."""
    refuse: str | None = None

    def fits(self, provider: str, model: str | None, prompt: str | None) -> bool:
        return (
            self.provider in (None, provider)
            and self.model in (None, model)
            and (self.prompt is None or bool(re.search(self.prompt, prompt or "")))
        )


class Outcomes:
    """
    The rules of now. The first that refuses a submit does so; of the others the first that fits
    a task decides. Without any, all tasks succeed.
    """

    def __init__(self, rules: Sequence[Rule], seed: int | str) -> None:
        self.first = tuple(rules)
        """Those of the scenario: what `reset` goes back to."""
        self.seed = seed
        self._specs: dict[str, Spec] = {}
        self._lock = Lock()
        self.reset()

    def know(self, spec: Spec) -> None:
        """What rules may name."""
        self._specs[spec.provider] = spec

    def reset(self) -> None:
        self._rules = list(self.first)
        self._rng = Random(f"outcomes {self.seed}")

    def __iter__(self) -> Iterator[Rule]:
        return iter(tuple(self._rules))

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, outcome: str = "succeeded", /, **where: object) -> Rule:
        """
        One more rule, before the others. `where` are the fields of Rule. Raises MockError for
        what does not exist.
        """
        try:
            rule = Rule(outcome, **where)  # type: ignore[arg-type]
        except TypeError:
            known = [f.name for f in fields(Rule)]
            unknown = ", ".join(sorted(where.keys() - known))
            raise MockError(
                f"an outcome has no {unknown}; it has {', '.join(known)}"
            ) from None
        self.check(rule)
        with self._lock:
            self._rules.insert(0, rule)
        return rule

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def draw_refusal(
        self, provider: str, model: str | None, prompt: str | None
    ) -> str | None:
        """The name of the example that answers this submit in place of a task."""
        rule = self._draw(provider, model, prompt, refusing=True)
        return rule.refuse if rule else None

    def draw_end(self, provider: str, model: str | None, prompt: str | None) -> Rule:
        return self._draw(provider, model, prompt, refusing=False) or Rule()

    def _draw(
        self, provider: str, model: str | None, prompt: str | None, *, refusing: bool
    ) -> Rule | None:
        if not self._rules:
            return None
        with self._lock:
            for n, rule in enumerate(self._rules):
                if (rule.refuse is not None) is not refusing:
                    continue
                if not rule.fits(provider, model, prompt):
                    continue
                if rule.probability < 1 and self._rng.random() >= rule.probability:
                    continue
                if rule.count == 1:
                    del self._rules[n]
                elif rule.count is not None:
                    self._rules[n] = replace(rule, count=rule.count - 1)
                return rule
        return None

    def check(self, rule: Rule) -> None:
        """Raises MockError with the field that is wrong."""
        check_pattern("prompt", rule.prompt)
        if rule.provider is not None and rule.provider not in self._specs:
            _check_name("provider", rule.provider, self._specs)
        if not 0 <= rule.probability <= 1:
            words = f"probability is a number from 0 to 1, not {rule.probability!r}"
            raise MockError(words, "probability")
        if rule.refuse is not None:
            _check_name("refuse", rule.refuse, refusals(self._spec_for(rule, "refuse")))
        elif rule.outcome not in TERMINAL:
            known = endings(self._spec_for(rule, "outcome"))
            _check_name("outcome", rule.outcome, dict.fromkeys([*TERMINAL, *known]))
        self._check_can_end(rule)
        if rule.reason is not None:
            self._check_reason(rule, rule.reason)

    def _spec_for(self, rule: Rule, field: str) -> Spec:
        if rule.provider is None:
            value = getattr(rule, field)
            words = f"{field} {value!r}: a name from one vendor's spec takes a provider"
            raise MockError(words, field)
        return self._specs[rule.provider]

    def _check_can_end(self, rule: Rule) -> None:
        """Not every vendor documents every end."""
        for name, spec in self._specs.items():
            _, lifecycle = spec.status_operation
            known = {*lifecycle.states.values(), *endings(spec)}
            if rule.provider in (None, name) and rule.outcome not in known:
                words = f"{name} documents no outcome {rule.outcome!r}"
                raise MockError(words, "outcome")

    def _check_reason(self, rule: Rule, reason: str) -> None:
        if rule.outcome != "failed" or rule.code or rule.message or rule.refuse:
            words = "a reason is of the outcome failed, and stands for code and message"
            raise MockError(words, "reason")
        for name, spec in self._specs.items():
            known = Failures(spec)
            if rule.provider in (None, name) and known.of(reason) is None:
                listed = ", ".join(known.reasons) or "none at all"
                words = f"{name} documents no failure {reason!r}, but {listed}"
                raise MockError(words, "reason")


def check_pattern(field: str, pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        words = f"{field} is not a regular expression: {error}: {pattern!r}"
        raise MockError(words, field) from None


def endings(spec: Spec) -> list[str]:
    """The examples of the status call that show an end, and the states that are one."""
    operation, lifecycle = spec.status_operation
    shown = [
        name
        for name, example in operation.examples(operation.success).items()
        if lifecycle.meaning_of(example) in TERMINAL
    ]
    return [*shown, *lifecycle.terminal]


def refusals(spec: Spec) -> list[str]:
    """The examples of the submit calls that are no acceptance."""
    _, lifecycle = spec.status_operation
    names = [
        name
        for operation in spec.submits
        for status in map(int, filter(str.isdecimal, operation.responses))
        for name, example in operation.examples(status).items()
        if status != operation.success
        or lifecycle.meaning_of(example) in TERMINAL
        or not spec.tells_id(operation, example)
    ]
    return list(dict.fromkeys(names))


def _check_name(field: str, name: str, names: Iterable[str]) -> None:
    if name not in names:
        words = f"{field} {name!r} is not one of {', '.join(names)}"
        raise MockError(words, field)
