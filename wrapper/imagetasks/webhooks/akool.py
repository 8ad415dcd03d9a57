"""
AKOOL's webhooks, for tasks that were submitted with a `webhook_url`.

    receiver = Receiver(client_id, client_secret)
    app = receiver.asgi(client.notify)              # uvicorn module:app
    status = receiver.handle(body, client.notify)   # in a view of any framework: bytes in, HTTP status out

The signature proves only that the sender knows the clientId, and the encryption has no check of its own. That is why an event is
a hint, and why `Client.notify` looks the task up.
"""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from imagetasks_clients.akool.models import WebhookContent, WebhookStatus

from .._errors import RejectionReason, WebhookRejected
from .._task import State
from ._akool_envelope import Envelope, Opener, bytes_of
from ._asgi import App, make_app
from ._delivery import Delivery, Opened, Posted
from ._event import WebhookEvent
from ._handled import Handled

PROVIDER = "akool"
MAX_BODY = 65_536
"""Bytes of one delivery; the page's example has 216."""

STATES = {
    WebhookStatus.QUEUEING: State.QUEUED,  # in the page's legend, not in its column of values
    WebhookStatus.PROCESSING: State.RUNNING,
    WebhookStatus.COMPLETED: State.SUCCEEDED,
    WebhookStatus.FAILED: State.FAILED,
}


class Receiver:
    """
    Takes what AKOOL posts: checks the signature, decrypts, reads. Threads may share it.

        receiver = Receiver(os.environ["AKOOL_CLIENT_ID"], os.environ["AKOOL_API_KEY"])
        status = receiver.handle(body, client.notify)

    Args:
        client_id: AKOOL's clientId. Treat it like a key.
        client_secret: the API key.
        tolerance: seconds that a delivery may be old, or ahead of the clock.
        clock: Unix time, for tests.

    It remembers for twice the tolerance what was handled. Another process, or the next start, handles a repeat again.

    Raises:
        ValueError: an empty id or secret, or a tolerance that is not above 0.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        tolerance: float = 300.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not client_id or not client_secret:
            raise ValueError("client_id and client_secret are texts, not empty")
        if not tolerance > 0:
            raise ValueError(
                f"tolerance is a number of seconds above 0, not {tolerance!r}"
            )
        self._client_id = client_id
        self._opener = Opener(client_id, client_secret)
        self._tolerance = tolerance
        self._clock = clock
        # One that comes from a clock that is ahead stays fresh for so long.
        self._handled = Handled(2 * tolerance, clock)

    def __repr__(self) -> str:
        return f"akool.Receiver(tolerance={self._tolerance:g})"

    def parse(
        self, body: bytes, *, headers: Mapping[str, str] | None = None
    ) -> WebhookEvent:
        """
        The event of a delivery. Nothing is remembered, because only `handle` and `asgi` know when an event was handled.

        Args:
            body: what was posted.
            headers: of the request; AKOOL's hold nothing that is read.

        Raises:
            WebhookRejected: the delivery is not to be believed, or was handled already; see its `reason`.
        """
        event, key = self._open(Posted.of(body, headers))
        if key in self._handled:
            raise _rejected("repeated", "it was handled already")
        return event

    def handle(
        self,
        body: bytes,
        on_event: Callable[[WebhookEvent], object],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """
        Give the event of a delivery to `on_event`, and return the HTTP status to answer with.

        Args:
            body: what was posted.
            on_event: a plain function, such as `client.notify`.
            headers: of the request.

        Returns:
            200 if the event is handled, now or earlier. After any other status AKOOL posts again. If `on_event` raises, the status is
            500, and the log has the error.

        Raises:
            TypeError: `on_event` is a coroutine function; use `asgi`.
        """
        if inspect.iscoroutinefunction(on_event):
            raise TypeError("handle takes a plain function; asgi takes a coroutine's")
        with self._deliver(Posted.of(body, headers)) as delivery:
            if delivery.event is not None:
                on_event(delivery.event)
        return delivery.status

    def asgi(self, on_event: Callable[[WebhookEvent], object]) -> App:
        """
        An ASGI application that gives each event to `on_event`, and answers as `handle` does. Any path is accepted.

        `on_event` is a plain or a coroutine function. A plain one runs in the event loop, so it should be as short as `client.notify`.
        """
        return make_app(self._deliver, on_event, MAX_BODY)

    def _deliver(self, posted: Posted) -> Delivery:
        return Delivery(posted, self._open, self._handled)

    def _open(self, posted: Posted) -> Opened:
        body = posted.body
        if len(body) > MAX_BODY:
            raise _rejected("too_large", f"more than {MAX_BODY} bytes")
        envelope = Envelope.read(body)
        if envelope is None:
            raise _rejected("malformed", "not the documented body")
        if not envelope.is_signed_by(self._client_id):
            raise _rejected("signature", "not signed with this clientId")
        age = self._clock() - envelope.sent_at
        if abs(age) > self._tolerance:
            when = f"{age:.3g} s ago" if age > 0 else f"{-age:.3g} s ahead"
            raise _rejected("stale", f"signed {when}")
        event = _read(self._opener.open(envelope.encrypted), envelope.sent_at)
        if event is None:
            raise _rejected("undecryptable", "not encrypted with this clientSecret")
        # Key and vector are always the same, so the same content is the same bytes: also in a repeat with a signature of
        # its own, and in one that somebody else has signed anew, or written in another way.
        return Opened(event, hashlib.sha256(bytes_of(envelope.encrypted)).digest())


def _read(content: object, sent_at: float) -> WebhookEvent | None:
    if not isinstance(content, dict):
        return None
    try:
        told = WebhookContent.from_dict(content)
        if not told.field_id.encode():  # half a character is no id either
            return None
        return WebhookEvent(
            provider=PROVIDER,
            task_id=told.field_id,
            state=STATES.get(told.status, State.UNKNOWN),
            type=told.type_ if told.type_ and isinstance(told.type_, str) else None,
            url=told.url if told.url and isinstance(told.url, str) else None,
            sent_at=datetime.fromtimestamp(sent_at, UTC),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None


def _rejected(reason: RejectionReason, words: str) -> WebhookRejected:
    return WebhookRejected(
        f"akool webhook rejected: {words}", provider=PROVIDER, reason=reason
    )
