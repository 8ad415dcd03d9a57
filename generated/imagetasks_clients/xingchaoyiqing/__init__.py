"""A client library for accessing xingchaoyiqing"""

import json
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client

SERVER_URL = "https://zcbservice.aizfw.cn/kyyReactApiServer"
"""Where the API lives, as its description says."""
AUTH_HEADER = "Authorization"
AUTH_PREFIX = "Bearer"


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


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The two clients load attrs and httpx: only who uses them pays for that."""
        if name not in ("AuthenticatedClient", "Client"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(".client", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
