"""Whether a request carries a key where the spec wants one."""

from __future__ import annotations

from ._places import Json
from ._requests import Request
from ._specs import Operation


def credential(operation: Operation, request: Request) -> str | None:
    """The key of the request, empty where none is needed; None where one is missing."""
    if not operation.security:
        return ""
    keys = (_alternative(schemes, request) for schemes in operation.security)
    return next((key for key in keys if key is not None), None)


def _alternative(schemes: list[Json], request: Request) -> str | None:
    keys = [_key(scheme, request) or "" for scheme in schemes]
    return next(iter(keys), "") if all(keys) else None


def _key(scheme: Json, request: Request) -> str | None:
    authorization = request.headers.get("authorization")
    if scheme["type"] == "http":
        kind, _, key = (authorization or "").partition(" ")
        return key.strip() if kind.lower() == scheme["scheme"].lower() else None
    # "Authorization is used and x-api-key is discarded" (AKOOL); no other vendor has both.
    if scheme["type"] == "apiKey" and authorization is None:
        return request.headers.get(scheme["name"].lower(), "").strip()
    return None
