"""The parameters of a request: in its path, its query and its headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from ..specs.places import Json
from ..specs.schemas import Schemas, Violation
from ..specs.spec import Operation, Parameter
from .refusals import Cause, Refusal
from .requests import Request

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
            raise Refusal(Cause.PARAMETER, [Violation(parameter.name, "is required")])
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
        raise Refusal(Cause.PARAMETER, [Violation(parameter.name, violation.words)])


def _typed(parameter: Parameter, value: str) -> Json:
    if parameter.schema.get("type") in ("integer", "number", "boolean"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
