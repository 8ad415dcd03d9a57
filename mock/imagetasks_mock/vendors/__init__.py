"""What is odd about each vendor, beyond its spec: `<name>.py` has the class `<Name>`, and is found by that."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from imagetasks_clients import PROVIDERS

from .._world import World
from ..specs.spec import Spec
from ._base import Vendor


def load_vendors(world: World) -> list[Vendor]:
    """Every vendor that has a spec; one that is not odd has no file here."""
    odd = {module.name for module in iter_modules(__path__)}
    return [
        (_odd(name) if name in odd else Vendor)(Spec.load(name), world)
        for name in PROVIDERS
    ]


def _odd(name: str) -> type[Vendor]:
    module = import_module(f"{__name__}.{name}")
    found: type[Vendor] = getattr(module, name.capitalize())
    return found
