"""What is odd about each vendor, beyond its spec: `<name>.py` has the class `<Name>`, and is found by that."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from imagetasks_clients import PROVIDERS

from .._world import World
from ..specs.spec import Spec
from ._base import Provider


def load_providers(world: World) -> list[Provider]:
    """Every vendor that has a spec; one that is not odd has no file here."""
    odd = {module.name for module in iter_modules(__path__)}
    return [
        (_odd(name) if name in odd else Provider)(Spec.load(name), world)
        for name in PROVIDERS
    ]


def _odd(name: str) -> type[Provider]:
    module = import_module(f"{__name__}.{name}")
    found: type[Provider] = getattr(module, name.capitalize())
    return found
