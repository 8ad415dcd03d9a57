"""What all vendors share: time, chance, the accounts, the tasks, and how tasks are to end."""

from __future__ import annotations

from random import Random
from time import time

from ._errors import MockError
from .http.answers import Answer
from .outside.webhooks import Webhooks
from .scenario import Scenario
from .specs.spec import Spec
from .state.accounts import Account, Accounts, Settings
from .state.changes import Changes
from .state.clock import Clock
from .state.durations import Durations
from .state.faults import Faults
from .state.limits import Limits
from .state.log import Log
from .state.outcomes import Outcomes
from .state.tasks import KEPT, Tasks


class World:
    """`reset` makes it what the scenario says; one seed gives one run."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        seed = scenario.seed
        self.changes = Changes()
        self.clock = Clock(scenario.speed)
        self.clock.watch(self.changes.tell)
        self.generation = int(time())
        """Another one after each reset, and in another process: what was told before is not there any more."""
        self.tick = scenario.tick
        self.tasks = Tasks()
        self.accounts = Accounts(scenario.accounts, scenario.keys)
        self.nobody = Account(Settings(""), ())
        """Calls what takes no key."""
        self.faults = Faults(seed)
        self.outcomes = Outcomes(scenario.outcomes, seed)
        self.durations = Durations(scenario.durations, scenario.duration, seed)
        self.log = Log(self.clock, self.changes)
        self.webhooks = Webhooks(self.clock, scenario.webhook_hosts)
        self.rng = Random(seed)
        self.upstream_refresh = scenario.upstream_refresh
        self.examples = scenario.examples
        self.answered = AnsweredSubmits()
        self._limits: list[Limits] = []
        self.specs: dict[str, Spec] = {}

    def know(self, spec: Spec, limits: Limits) -> None:
        """What the scenario, and whoever changes it later, may name."""
        self.specs[spec.provider] = spec
        self.accounts.know(spec.provider)
        self.faults.know(spec)
        self.outcomes.know(spec)
        self._limits.append(limits)

    def begin(self) -> None:
        """
        Now that all vendors are known. Raises MockError for what the scenario names and does not
        exist.
        """
        self._scenario.check(self.specs, self.outcomes)
        self._add_faults()

    def _add_faults(self) -> None:
        for n, fault in enumerate(self._scenario.faults):
            try:
                self.faults.add(**fault)
            except MockError as error:
                field = () if error.field is None else (error.field,)
                steps = ("faults", n, *field)
                raise self._scenario.origin.error(steps, str(error)) from None

    def reset(self) -> None:
        self.webhooks.reset()
        self.tasks.clear()
        self.accounts.reset()
        self.faults.clear()
        self.outcomes.reset()
        self.durations.reset()
        self.log.clear()
        self.answered.clear()
        self.rng.seed(self._scenario.seed)
        self.clock.reset()
        for limits in self._limits:
            limits.reset()
        self._add_faults()
        self.generation += 1
        self.changes.tell()


class AnsweredSubmits(dict[tuple[str, str, str], Answer]):
    """What a submit answered, by provider, API key and idempotency key; as many as tasks are kept."""

    def __setitem__(self, submit: tuple[str, str, str], answer: Answer) -> None:
        super().__setitem__(submit, answer)
        if len(self) > KEPT:
            del self[next(iter(self))]
