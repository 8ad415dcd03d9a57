"""asyncio, loaded when something of it is first used: files that serve both clients import it from here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["asyncio"]


class _Lazy:
    """A module that is not loaded yet."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


if TYPE_CHECKING:
    import asyncio
else:
    asyncio = _Lazy("asyncio")
