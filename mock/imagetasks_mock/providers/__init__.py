"""What is odd about each vendor, beyond its spec."""

from __future__ import annotations

from imagetasks_clients import PROVIDERS

from ..specs.spec import Spec
from ..world.world import World
from ._base import Provider
from .aigptimage import Aigptimage
from .akool import Akool
from .gptimage2api import Gptimage2api
from .xingchaoyiqing import Xingchaoyiqing

_ODD: dict[str, type[Provider]] = {
    "aigptimage": Aigptimage,
    "akool": Akool,
    "gptimage2api": Gptimage2api,
    "xingchaoyiqing": Xingchaoyiqing,
}


def load_providers(world: World) -> list[Provider]:
    """Every vendor that has a spec; one that is not odd is in no table."""
    return [_ODD.get(name, Provider)(Spec.load(name), world) for name in PROVIDERS]
