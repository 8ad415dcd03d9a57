"""Which operations of a spec a path has."""

from __future__ import annotations

from ..specs.spec import Operation, Spec

Methods = dict[str, Operation]


class Routes:
    """Paths without parameters are looked up, the others matched one after the other."""

    def __init__(self, spec: Spec) -> None:
        self._paths: dict[str, Methods] = {}
        for operation in spec.operations.values():
            methods = self._paths.setdefault(operation.path, {})
            methods[operation.method] = operation
        self._patterns = [
            (next(iter(methods.values())).pattern, methods)
            for path, methods in self._paths.items()
            if "{" in path
        ]

    def find(self, path: str) -> Methods | None:
        """By method; `path` is still percent-encoded."""
        methods = self._paths.get(path)
        if methods is not None and "{" not in path:
            return methods
        matches = (m for pattern, m in self._patterns if pattern.fullmatch(path))
        return next(matches, None)

    def __str__(self) -> str:
        return ", ".join(
            f"{method} {path}"
            for path, methods in self._paths.items()
            for method in methods
        )
