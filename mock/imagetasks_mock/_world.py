"""What all vendors share: time, chance, the accounts, the tasks, and how tasks are to end."""

from __future__ import annotations

from collections.abc import Callable
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
        self.scenario = scenario
        seed = scenario.seed
        self.changes = Changes()
        self.clock = Clock(scenario.speed)
        self.clock.watch(self.changes.tell)
        self.generation = int(time())
        """Another one after each reset, and in another process: what was told before is not there any more."""
        self.tasks = Tasks()
        self.accounts = Accounts(scenario.accounts, scenario.keys)
        self.nobody = Account(Settings(""), ())
        """Calls what takes no key."""
        self.faults = Faults(seed, self.changes)
        self.outcomes = Outcomes(scenario.outcomes, seed)
        self.durations = Durations(scenario.durations, scenario.duration, seed)
        self.log = Log(self.clock, self.changes)
        self.webhooks = Webhooks(self.clock, scenario.webhook_hosts)
        self.rng = Random(seed)
        self.answered = AnsweredSubmits()
        self._limits: list[Limits] = []
        self._on_load: list[Callable[[], None]] = []
        self.specs: dict[str, Spec] = {}

    def know(
        self, spec: Spec, limits: Limits, on_load: Callable[[], None] = lambda: None
    ) -> None:
        """What the scenario, and whoever changes it later, may name."""
        self.specs[spec.provider] = spec
        self.accounts.know(spec.provider)
        self.faults.know(spec)
        self.outcomes.know(spec)
        self._limits.append(limits)
        self._on_load.append(on_load)

    def begin(self) -> None:
        """
        Now that all vendors are known. Raises MockError for what the scenario names and does not
        exist.
        """
        self.scenario.check(self.specs, self.outcomes)
        self._add_faults()

    def _add_faults(self) -> None:
        self._each_fault(self.scenario, self.faults.add)

    def _each_fault(self, scenario: Scenario, do: Callable[..., object]) -> None:
        for n, fault in enumerate(scenario.faults):
            try:
                do(**fault)
            except MockError as error:
                field = () if error.field is None else (error.field,)
                steps = ("faults", n, *field)
                raise scenario.origin.error(steps, str(error)) from None

    def load(self, scenario: Scenario) -> None:
        """
        Another scenario from now on, and all anew. Raises MockError for one that names what there is not; then nothing has
        changed.
        """
        scenario.check(self.specs, self.outcomes)
        self._each_fault(scenario, self.faults.check)
        self.scenario = scenario
        self.accounts.configure(scenario.accounts, scenario.keys)
        self.faults.seed = self.outcomes.seed = scenario.seed
        self.outcomes.first = scenario.outcomes
        self.durations = Durations(scenario.durations, scenario.duration, scenario.seed)
        self.webhooks.hosts = scenario.webhook_hosts
        for look_again in self._on_load:
            look_again()
        self.reset()

    def reset(self) -> None:
        self.webhooks.reset()
        self.tasks.clear()
        self.accounts.reset()
        self.faults.clear()
        self.outcomes.reset()
        self.durations.reset()
        self.log.clear()
        self.answered.clear()
        self.rng.seed(self.scenario.seed)
        self.clock.speed = self.scenario.speed
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
