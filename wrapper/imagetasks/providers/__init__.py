"""
One adapter per vendor, each in its own file: `<name>.py` has the class `<Name>`, and is found by that. Which vendors there
are stands in the generated `imagetasks_clients`: no folder is listed, since a frozen program has none. An adapter, and
the client generated for it, is loaded when somebody asks for it by its name.

A vendor from outside of this package is made known with `register`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping
from importlib import import_module
from importlib.util import find_spec

from imagetasks_clients import PROVIDERS as NAMES

from .._http.call import Call
from ._base import Provider
from ._codes import Codes, Outcome
from ._operations import Operation, Submit
from ._places import At
from ._reading import States
from ._reasons import FailureReason
from ._values import expect, from_iso, from_milliseconds, from_seconds

__all__ = [
    "PROVIDERS",
    "At",
    "Call",
    "Codes",
    "FailureReason",
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


class _Providers(MutableMapping[str, Provider]):
    """The adapters by name. Iteration gives the names alone, and loads nothing."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(names)
        self._loaded: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if name in self._loaded:
            return self._loaded[name]
        if name not in self._names:
            raise KeyError(name)
        module = import_module(f"{__name__}.{name}")
        adapter = getattr(module, name.capitalize())()
        # Two threads that load it at once get the same object.
        return self._loaded.setdefault(name, adapter)

    def __setitem__(self, name: str, adapter: Provider) -> None:
        self._names[name] = None
        self._loaded[name] = adapter

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __repr__(self) -> str:
        return f"<providers {', '.join(self)}>"


def _has_adapter(name: str) -> bool:
    """A client may be there before its adapter is."""
    return find_spec(f"{__name__}.{name}") is not None


PROVIDERS: MutableMapping[str, Provider] = _Providers(filter(_has_adapter, NAMES))


def register(provider: Provider) -> None:
    """
    Make a vendor known to all clients of this process. Its `clients` is a package that `openapi/tools/generate.py`
    made of its spec. Raises ValueError for a name that is taken, or that no environment variable could begin with.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", provider.name):
        raise ValueError(
            f"{provider.name!r} is not a name of lower-case letters and digits"
        )
    if provider.name in PROVIDERS:
        raise ValueError(f"there is a provider {provider.name!r} already")
    PROVIDERS[provider.name] = provider


def check_provider(name: str) -> None:
    if name not in PROVIDERS:
        raise ValueError(f"unknown provider {name!r}; known: {', '.join(PROVIDERS)}")
