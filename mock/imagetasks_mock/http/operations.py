"""A request against a spec: which operation it calls, with which arguments, and with whose key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from ..specs.places import Json
from ..specs.schemas import Schemas, Violation
from ..specs.spec import Operation, Parameter, Spec
from .refusals import Cause, Refusal
from .requests import Request

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


# Its arguments.

Arguments = Mapping[str, str]
"""By name, decoded; what is missing, and a header that is empty, is left out."""


def read_arguments(
    operation: Operation, request: Request, schemas: Schemas
) -> Arguments:
    """Raises Refusal for a required one that is missing, or one that breaks its schema."""
    path = _path_arguments(operation, request)
    arguments = {}
    for parameter in operation.parameters:
        value = _argument(parameter, request, path)
        if value is not None:
            _check(parameter, value, schemas)
            arguments[parameter.name] = value
        elif parameter.required:
            raise Refusal(
                Cause.PARAMETER, [_violation(parameter, "is required", "required")]
            )
    return arguments


def _path_arguments(operation: Operation, request: Request) -> Arguments:
    found = operation.pattern.fullmatch(request.path)
    values = found.groups() if found else ()
    return dict(zip(operation.path_names, map(unquote, values), strict=False))


def _argument(parameter: Parameter, request: Request, path: Arguments) -> str | None:
    match parameter.where:
        case "path":
            return path.get(parameter.name)
        case "query":
            return request.argument(parameter.name)
        case _:
            return request.headers.get(parameter.name.lower()) or None


def _check(parameter: Parameter, value: str, schemas: Schemas) -> None:
    if parameter.schema == {"type": "string"}:  # any text will do
        return
    for violation in schemas.violations(_typed(parameter, value), parameter.schema):
        raise Refusal(
            Cause.PARAMETER, [_violation(parameter, violation.words, violation.rule)]
        )


def _violation(parameter: Parameter, words: str, rule: str) -> Violation:
    return Violation(parameter.name, words, rule, parameter=parameter.name)


def _typed(parameter: Parameter, value: str) -> Json:
    if parameter.schema.get("type") in ("integer", "number", "boolean"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


# Its key.


def credential(operation: Operation, request: Request) -> str | None:
    """The key of the request, empty where none is needed; None where one is missing."""
    if not operation.security:
        return ""
    sent = dict(request.headers)
    if authorization(request) and _takes_bearer(operation):
        # "If both have values, Authorization is used and x-api-key is discarded" (AKOOL, the one vendor with both).
        sent = {"authorization": sent["authorization"]}
    keys = (_alternative(schemes, sent) for schemes in operation.security)
    return next((key for key in keys if key is not None), None)


def authorization(request: Request) -> str:
    """What the header says; an empty one says nothing, as if it were not there."""
    return request.headers.get("authorization", "").strip()


def _takes_bearer(operation: Operation) -> bool:
    return any(s["type"] == "http" for schemes in operation.security for s in schemes)


def _alternative(schemes: list[Json], headers: Mapping[str, str]) -> str | None:
    keys = [_key(scheme, headers) or "" for scheme in schemes]
    return next(iter(keys), "") if all(keys) else None


def _key(scheme: Json, headers: Mapping[str, str]) -> str | None:
    if scheme["type"] == "http":
        kind, _, key = headers.get("authorization", "").partition(" ")
        return key.strip() if kind.lower() == scheme["scheme"].lower() else None
    if scheme["type"] == "apiKey":
        return headers.get(scheme["name"].lower(), "").strip()
    return None
