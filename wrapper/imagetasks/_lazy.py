"""
Modules that take long to load and are not always needed. One that is imported from here loads when it is first used:
asyncio in files that serve both clients, jsonschema_rs once there is a request or an answer to check.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["asyncio", "jsonschema_rs"]


class _Lazy:
    """A module that is not loaded yet."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


if TYPE_CHECKING:
    import asyncio

    import jsonschema_rs
else:
    asyncio = _Lazy("asyncio")
    jsonschema_rs = _Lazy("jsonschema_rs")
