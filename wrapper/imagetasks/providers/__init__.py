"""
One adapter per vendor, each in its own file: `<name>.py` has the class `<Name>`, and is found by that.

A vendor from outside of this package is made known with `register`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from .._http.call import Call
from ._base import (
    Provider,
    expect,
    from_iso,
    from_milliseconds,
    from_seconds,
    optional,
)

__all__ = [
    "PROVIDERS",
    "Call",
    "Provider",
    "check_provider",
    "expect",
    "from_iso",
    "from_milliseconds",
    "from_seconds",
    "optional",
    "register",
]


def _find() -> Iterator[Provider]:
    names = sorted(module.name for module in iter_modules(__path__))
    for name in names:
        if not name.startswith("_"):
            module = import_module(f"{__name__}.{name}")
            yield getattr(module, name.capitalize())()


PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _find()}


def register(provider: Provider) -> None:
    """
    Make a vendor known to all clients of this process. Its `clients` is a package that `openapi/tools/generate.py`
    made of its spec. Raises ValueError for a name that is taken, or that no environment variable could begin with.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", provider.name):
        raise ValueError(f"{provider.name!r} is no name of lower-case letters, digits")
    if provider.name in PROVIDERS:
        raise ValueError(f"there is a provider {provider.name!r} already")
    PROVIDERS[provider.name] = provider


def check_provider(name: str) -> None:
    if name not in PROVIDERS:
        raise ValueError(f"unknown provider {name!r}; there are {', '.join(PROVIDERS)}")
