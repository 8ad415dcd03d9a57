"""A client library for accessing aigptimage"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from .client import AUTH_HEADER, AUTH_PREFIX, SERVER_URL, AuthenticatedClient, Client


@cache
def spec() -> dict[str, Any]:
    """The OpenAPI description that this package was generated from. Shared: do not change it."""
    parsed: dict[str, Any] = json.loads(files(__package__).joinpath("openapi.json").read_bytes())
    return parsed


__all__ = (
    "AUTH_HEADER",
    "AUTH_PREFIX",
    "SERVER_URL",
    "AuthenticatedClient",
    "Client",
    "spec",
)
