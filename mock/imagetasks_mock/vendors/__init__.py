"""What is odd about each vendor, beyond its spec: `<name>.py` has the class `<Name>`, and is found by that."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from imagetasks_clients import PROVIDERS

from .._world import World
from ..specs.spec import Spec
from ._base import Vendor


def load_vendors(world: World) -> list[Vendor]:
    """Every vendor that has a spec; one that is not odd has no file here."""
    return [_class(name)(Spec.load(name), world) for name in PROVIDERS]


def _class(name: str) -> type[Vendor]:
    module = f"{__name__}.{name}"
    if find_spec(module) is None:
        return Vendor
    found: type[Vendor] = getattr(import_module(module), name.capitalize())
    return found
