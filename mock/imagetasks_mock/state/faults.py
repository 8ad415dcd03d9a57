"""The faults of now: which one strikes a request, and how often each still does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from random import Random
from threading import Lock
from typing import Any

from .._errors import MockError
from ..http.effects import KINDS
from ..http.fault import Fault, check_fields
from ..http.requests import Request
from ..specs.spec import Operation, Spec
from .changes import Changes


class Faults:
    """The faults of now, oldest first. The first that strikes a request is the one it gets."""

    def __init__(self, seed: int, changes: Changes) -> None:
        self.seed = seed
        self._changes = changes
        self._specs: dict[str, Spec] = {}
        self._faults: dict[int, Fault] = {}
        self._last = 0
        self._lock = Lock()
        self.clear()

    def know(self, spec: Spec) -> None:
        """What `add` may name."""
        self._specs[spec.provider] = spec

    def add(self, /, kind: str, **where: Any) -> Fault:
        """
        Begin to disturb. `kind` is one of KINDS, `where` are the fields of Fault. Raises
        MockError for what does not exist.
        """
        fault = self.check(kind, **where)
        with self._lock:
            self._last += 1
            added = self._faults[self._last] = replace(fault, id=self._last)
        self._changes.tell()
        return added

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._faults.pop(fault.id, None)
        self._changes.tell()

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            # Not the world's chance: a fault must not change how long the tasks take.
            self._rng = Random(f"faults {self.seed}")
        self._changes.tell()

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)

    def draw(
        self, provider: str, operation: Operation, request: Request
    ) -> Fault | None:
        """The fault for this request, which then counts as one time less."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults.values():
                if not fault.strikes(provider, operation, request):
                    continue
                if fault.after:
                    self._faults[fault.id] = replace(fault, after=fault.after - 1)
                    continue
                if self._rng.random() < fault.probability:
                    self._count_down(fault)
                    return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count == 1:
            del self._faults[fault.id]
        else:
            self._faults[fault.id] = replace(fault, count=fault.count - 1)

    def check(self, /, kind: str, **where: Any) -> Fault:
        """What `add` would add. Raises MockError as it does."""
        if kind not in KINDS:
            words = f"no fault {kind!r}; known: {', '.join(KINDS)}"
            raise MockError(words, "kind")
        known = [f.name for f in fields(Fault) if f.name not in ("kind", "id")]
        if unknown := sorted(where.keys() - known):
            words = f"a fault has no {', '.join(unknown)}; it has {', '.join(known)}"
            raise MockError(words, unknown[0])
        fault = Fault(kind, **where)
        check_fields(fault)
        self._check_place(fault)
        return fault

    def _check_place(self, fault: Fault) -> None:
        if fault.provider is not None and fault.provider not in self._specs:
            names = ", ".join(self._specs)
            words = f"no provider {fault.provider!r}; known: {names}"
            raise MockError(words, "provider")
        specs = [s for n, s in self._specs.items() if fault.provider in (None, n)]
        operations = {name for spec in specs for name in spec.operations}
        if fault.operation is not None and fault.operation not in operations:
            listed = ", ".join(sorted(operations))
            words = f"no operation {fault.operation!r}; known: {listed}"
            raise MockError(words, "operation")
