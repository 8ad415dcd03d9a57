"""One delivery, from the bytes that came in to the HTTP status that goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from .._errors import WebhookRejected, logger
from ._event import WebhookEvent
from ._handled import Handled

OK, REJECTED, TOO_LARGE, BUSY, BROKEN = 200, 400, 413, 409, 500


class Posted(NamedTuple):
    """What came in; a vendor may sign in either. The names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, body: bytes, headers: Mapping[str, str] | None) -> Posted:
        """With headers as any framework has them."""
        return cls(
            body, {name.lower(): (headers or {})[name] for name in headers or {}}
        )


class Opened(NamedTuple):
    """`key`: what a repeat of it has in common with it."""

    event: WebhookEvent
    key: bytes


class Delivery:
    """
    The handling of one delivery, as a block: `event` is what to handle, if anything, `status` the answer.

    The vendor repeats what does not get a 200. So one that was handled is answered with 200 again, to no effect, and
    one whose handler failed with 500. One that comes again while it is handled is to come once more: nobody knows yet.
    `open_posted` raises WebhookRejected.
    """

    def __init__(
        self, posted: Posted, open_posted: Callable[[Posted], Opened], handled: Handled
    ) -> None:
        self.event: WebhookEvent | None = None
        self.status = OK
        self._posted = posted
        self._open_posted = open_posted
        self._handled = handled
        self._key = b""

    def __enter__(self) -> Self:
        try:
            event, self._key = self._open_posted(self._posted)
        except WebhookRejected as rejected:
            # One status for nearly all: it must not show to a forger how far the forgery got.
            self.status = TOO_LARGE if rejected.reason == "too_large" else REJECTED
            logger.debug("%s: answered with %d", rejected, self.status)
            return self
        match self._handled.begin(self._key):
            case "new":
                self.event = event
            case "under way":
                self.status = BUSY
                logger.debug("%s: is being handled", event)
            case "done":
                logger.debug("%s: was handled already", event)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self.event is None:
            return False
        self._handled.end(self._key, is_done=error is None)
        if error is None:
            logger.debug("%s: handled", self.event)
            return False
        self.status = BROKEN
        if not isinstance(error, Exception):  # the server is being stopped
            return False
        logger.error("%s: the handler failed", self.event, exc_info=error)
        return True
