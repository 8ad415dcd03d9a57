"""What a run is to be like: read from a YAML file or given in Python, and checked with line and field."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._errors import MockError
from .specs.places import Json
from .specs.spec import Spec
from .state.accounts import Settings
from .state.durations import Duration
from .state.outcomes import Outcomes, Rule

if TYPE_CHECKING:  # slow to import, and only files need it
    from yaml import Node

Source = str | PathLike[str] | Mapping[str, Any]
"""A YAML file, the name of a scenario that comes with the mock, or what such a file would hold."""

SHIPPED = ("realistic", "rough")
"""Those that come with the mock."""

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Origin:
    """Where a scenario was written, for whoever made a mistake in it."""

    name: str = "scenario"
    tree: Node | None = None

    def error(self, steps: Steps, words: str) -> MockError:
        """`steps` lead to the field; what is not there any more is left out of the line."""
        at = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
        line = self._line(steps)
        where = f"{self.name}, line {line}" if line else self.name
        return MockError(
            f"{where}: {at.lstrip('.')}: {words}" if at else f"{where}: {words}"
        )

    def _line(self, steps: Steps) -> int | None:
        if self.tree is None:
            return None
        node, line = self.tree, self.tree.start_mark.line
        for step in steps:
            found = dict(_children(node)).get(step)
            if found is None:
                break
            line, node = found
        return line + 1


@dataclass(frozen=True, kw_only=True)
class Scenario:
    seed: int = 0
    speed: float = 1.0
    tick: float = 0.0
    duration: float = 3.0
    durations: tuple[Duration, ...] = ()
    outcomes: tuple[Rule, ...] = ()
    accounts: tuple[Settings, ...] = ()
    keys: tuple[str, ...] | None = None
    faults: tuple[dict[str, Any], ...] = ()
    upstream_refresh: bool = False
    webhook_hosts: tuple[str, ...] = ()
    examples: dict[str, str] = field(default_factory=dict)
    origin: Origin = Origin()

    def __post_init__(self) -> None:
        for name in ("speed", "tick", "duration"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                words = f"{name} is a number from 0 up, not {value}"
                raise self.origin.error((), words)

    def check(self, specs: Mapping[str, Spec], outcomes: Outcomes) -> None:
        """Whether all that is named exists. Raises MockError, with line and field."""
        for n, duration in enumerate(self.durations):
            self._check_names(("durations", n), duration, specs)
        for n, rule in enumerate(self.outcomes):
            try:
                outcomes.check(rule)
            except MockError as error:
                steps: Steps = ("outcomes", n)
                if error.field is not None:
                    steps += (error.field,)
                raise self.origin.error(steps, str(error)) from None
            self._check_names(("outcomes", n), rule, specs)
        tiers = {tier for spec in specs.values() for tier in spec.tiers}
        for n, account in enumerate(self.accounts):
            if account.tier is not None:
                self._check(("accounts", n, "tier"), account.tier, tiers)
            if isinstance(account.credits, Mapping):
                for name in account.credits:
                    self._check(("accounts", n, "credits", name), name, specs)
        for name, prefix in self.examples.items():
            self._check(("examples", name), name, specs)
            operation, _ = specs[name].status_operation
            examples = operation.examples(operation.success)
            if not any(example.startswith(prefix) for example in examples):
                words = f"no example starts with {prefix!r}: {', '.join(examples)}"
                raise self.origin.error(("examples", name), words)

    def _check_names(
        self, steps: Steps, one: Duration | Rule, specs: Mapping[str, Spec]
    ) -> None:
        if one.provider is not None:
            self._check((*steps, "provider"), one.provider, specs)
        if one.model is None:
            return
        held = [spec for name, spec in specs.items() if one.provider in (None, name)]
        if not any(spec.mentions(one.model) for spec in held):
            words = f"{one.model!r} is in no spec of {one.provider or 'any vendor'}"
            raise self.origin.error((*steps, "model"), words)

    def _check(self, steps: Steps, name: str, names: Iterable[str]) -> None:
        if name not in names:
            words = f"{name!r} is not one of {', '.join(sorted(names))}"
            raise self.origin.error(steps, words)


def load_scenario(source: Source | None, **given: Any) -> Scenario:
    """
    `given`, where it is not None, stands in place of what the source says. Raises MockError, with
    line and field, for what does not read as a scenario.
    """
    given = {name: value for name, value in given.items() if value is not None}
    if source is None:
        return Scenario(**given)
    if isinstance(source, Mapping):
        values, origin = dict(source), Origin()
    else:
        values, origin = _read(source)
    return _scenario(values, origin, given)


def parse_scenario(name: str, text: str) -> Scenario:
    """From the text of a file that is called `name`. Raises MockError as `load_scenario` does."""
    return _scenario(*_parse(name, text), {})


def _scenario(values: Json, origin: Origin, given: dict[str, Any]) -> Scenario:
    _check(values, origin)
    read = {
        name: _MAKE[name](value) if name in _MAKE else value
        for name, value in values.items()
    }
    return Scenario(**{**read, "origin": origin, **given})


_MAKE: dict[str, Any] = {
    "durations": lambda all_: tuple(_duration(**one) for one in all_),
    "outcomes": lambda all_: tuple(Rule(**one) for one in all_),
    "accounts": lambda all_: tuple(Settings(**one) for one in all_),
    "faults": tuple,
    "webhook_hosts": tuple,
}


def _duration(median: float, p95: float | None = None, **where: Any) -> Duration:
    return Duration(median, median * 1.2 if p95 is None else p95, **where)


def _read(source: str | PathLike[str]) -> tuple[Json, Origin]:
    """Its content, and where each part of it stands."""
    return _parse(*_open(source))


def _parse(name: str, text: str) -> tuple[Json, Origin]:
    import yaml

    try:
        tree = yaml.compose(text, yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MockError(f"{name}, line {line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise MockError(f"{name}: {error}") from None
    except RecursionError:
        raise MockError(f"{name}: it is nested too deeply") from None
    return {} if values is None else values, Origin(name, tree)


def _open(source: str | PathLike[str]) -> tuple[str, str]:
    shipped = files("imagetasks_mock") / "scenarios"
    if source in SHIPPED:
        name = f"{source}.yaml"
        return name, (shipped / name).read_text(encoding="utf-8")
    try:
        return str(source), Path(source).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        known = ", ".join(SHIPPED)
        raise MockError(
            f"scenario {str(source)!r} cannot be read: {why}; it is a file, or one of {known}"
        ) from None


def _check(values: Json, origin: Origin) -> None:
    from .specs.schemas import Schemas

    schema = json.loads(
        (files("imagetasks_mock") / "scenarios" / "scenario.schema.json").read_bytes()
    )
    try:
        if origin.tree is not None:
            _refuse_repeated_keys(origin.tree, (), origin)
        violations = Schemas(schema).violations(values, schema)
    except (ValueError, RecursionError) as error:
        # What YAML knows and JSON does not: dates, and lists that hold themselves.
        raise origin.error((), f"it is not JSON: {error}") from None
    if violations:
        first = violations[0]
        raise origin.error(_steps(first.field), first.words)
    for n, one in enumerate(values.get("durations", ())):
        if one.get("p95", one["median"]) < one["median"]:
            raise origin.error(("durations", n, "p95"), "is below the median")


def _steps(field: str) -> Steps:
    return tuple(int(s) if s.isdecimal() else s for s in field.split(".") if s)


def _children(node: Node) -> Iterator[tuple[str | int, tuple[int, Node]]]:
    """What is inside a node, by key or index, with the line that it begins on."""
    if isinstance(node.value, list) and node.tag.endswith(":map"):
        for key, value in node.value:
            yield key.value, (key.start_mark.line, value)
    elif isinstance(node.value, list):
        for n, value in enumerate(node.value):
            yield n, (value.start_mark.line, value)


def _refuse_repeated_keys(node: Node, steps: Steps, origin: Origin) -> None:
    """YAML's own readers take the last one without a word."""
    seen: set[str | int] = set()
    for step, (_, inner) in _children(node):
        if step in seen:
            raise origin.error((*steps, step), "is there twice")
        seen.add(step)
        _refuse_repeated_keys(inner, (*steps, step), origin)
