"""Whether a request carries a key where the spec wants one."""

from __future__ import annotations

from collections.abc import Mapping

from ..specs.places import Json
from ..specs.spec import Operation
from .requests import Request


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
