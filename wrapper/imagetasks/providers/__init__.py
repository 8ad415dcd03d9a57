"""
One adapter per vendor, each in its own file: `<name>.py` has the class `<Name>`, and is found by that. Which vendors there
are stands in the generated `imagetasks_clients`: no folder is listed, since a frozen program has none.

A vendor from outside of this package is made known with `register`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from imagetasks_clients import PROVIDERS as NAMES

from .._http.call import Call
from ._base import Provider
from ._codes import Codes, Outcome
from ._operations import Operation, Submit
from ._places import At
from ._reading import States
from ._values import expect, from_iso, from_milliseconds, from_seconds

__all__ = [
    "PROVIDERS",
    "At",
    "Call",
    "Codes",
    "Operation",
    "Outcome",
    "Provider",
    "States",
    "Submit",
    "check_provider",
    "expect",
    "from_iso",
    "from_milliseconds",
    "from_seconds",
    "register",
]


def _find() -> Iterator[Provider]:
    for name in NAMES:
        module = f"{__name__}.{name}"
        if find_spec(module) is not None:  # a client may be there before its adapter is
            yield getattr(import_module(module), name.capitalize())()


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
