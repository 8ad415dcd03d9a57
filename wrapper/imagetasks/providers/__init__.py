"""One adapter per vendor, each in its own file."""

from __future__ import annotations

from ._base import Provider
from .aigptimage import Aigptimage
from .akool import Akool
from .gptimage2api import Gptimage2api
from .xingchaoyiqing import Xingchaoyiqing

__all__ = ["PROVIDERS", "Provider", "check_provider"]

PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (Xingchaoyiqing(), Aigptimage(), Akool(), Gptimage2api())
}


def check_provider(name: str) -> None:
    if name not in PROVIDERS:
        raise ValueError(f"unknown provider {name!r}; there are {', '.join(PROVIDERS)}")
