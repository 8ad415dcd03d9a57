"""The moment at which a request leaves: whatever fails before it was not sent, of whatever type the failure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import NEVER_CONNECTED

EXTENSION = "imagetasks.departure"


class Departure:
    """
    One request, from its making to the first byte.

    `on_leave` is called right before that byte. httpcore says when by its trace, pyreqwest by asking for the body. Where
    nothing is known but that a transport was given the request, the type of a failure tells.
    """

    __slots__ = ("_is_certain", "_on_leave", "has_left")

    def __init__(self, on_leave: Callable[[], object] | None = None) -> None:
        self._on_leave = on_leave
        self._is_certain = True
        self.has_left = False

    def leave(self) -> None:
        """The first byte is about to be sent."""
        self._is_certain = True
        self._leave()

    def hand_over(self) -> None:
        """A transport takes the request, and will not say when its first byte is sent."""
        self._is_certain = False
        self._leave()

    def stay(self) -> None:
        """Nothing was sent after all, and another transport takes the request."""
        self._is_certain, self.has_left = True, False

    def was_sent(self, cause: Exception) -> bool:
        """Whether any of it may have arrived, the exchange having failed by `cause`."""
        if self._is_certain:
            return self.has_left
        return not isinstance(cause, NEVER_CONNECTED)

    def extensions(self) -> dict[str, Any]:
        return {"trace": self._trace, EXTENSION: self}

    def async_extensions(self) -> dict[str, Any]:
        return {"trace": self._async_trace, EXTENSION: self}

    def _leave(self) -> None:
        self.has_left = True
        if self._on_leave is not None:
            self._on_leave()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        # A proxy is sent a CONNECT before: that is not the request.
        if (
            event.endswith(".send_request_headers.started")
            and info["request"].method != b"CONNECT"
        ):
            self.leave()

    async def _async_trace(self, event: str, info: Mapping[str, Any]) -> None:
        self._trace(event, info)
