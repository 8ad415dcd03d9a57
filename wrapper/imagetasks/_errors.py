"""
What can go wrong. Each name answers: whose fault was it, and would it help to try again?

ImageTasksError
├── UnsupportedRequest (ValueError)     the vendor's API has no way to say this
├── ProviderError                       one exchange failed
│   ├── NetworkError            again   no answer: refused, DNS, TLS, reset, timeout
│   ├── InvalidRequest                  refused, by the spec before sending or by the vendor
│   │   └── ContentRefused              refused for what it asks to see, as the vendor documents
│   ├── AuthenticationError             the key is missing, wrong or not allowed
│   ├── InsufficientCredits             the balance does not cover it
│   ├── TaskNotFound                    no such task, or another key's
│   ├── RateLimited             again   after `retry_after` seconds, where the vendor says
│   ├── ServerError             again   the vendor's side broke
│   └── MalformedResponse       again   an answer that nobody can read, kept in `body`
├── BudgetExceeded                      it could cost more than a limit of yours lets it: nothing was sent
├── SubmitOutcomeUnknown                the task may exist, and be billed: never sent again blindly
├── TaskFailed                          the vendor ended the task without a result
├── WaitTimeout (TimeoutError)          the deadline passed; the task may still finish
├── PollOutage                          too long without one good answer; the task may still finish
├── UnknownState                        a state that no one documents, for too long
├── WebhookRejected                     a delivery that is not to be believed: see `reason`
├── JournalError                        the journal cannot be opened, read or written
├── SidecarError                        what stands beside a saved file is no sidecar, or cannot be read
└── DownloadError                       a result could not be fetched or saved
    └── ArtifactExpired                 gone, and past its documented lifetime

`task` is the last snapshot, where there is one: waiting can go on from it. No message of our own holds a
prompt, and none an API key: what a vendor echoes of it is cut out. All are one printable line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from ._request import FollowUp, Intent, Request
    from ._task import Task, Tried

logger = logging.getLogger("imagetasks")
# Who has not set up logging shall not find it on stderr.
logger.addHandler(logging.NullHandler())


def one_line(text: str, *, at_most: int) -> str:
    """Printable text in one line, cut to length: what a vendor says must not forge lines of a log."""
    start = text[: 4 * at_most]
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(line) <= at_most else line[: at_most - 3] + "..."


class ImageTasksError(Exception):
    """
    Base of all errors of this library. `label` is what the caller gave to the submit that it is about, `tried` who was
    asked before, of several providers.
    """

    def __init__(self, message: str, *, task: Task | None = None) -> None:
        super().__init__(one_line(message, at_most=2000))
        self.task = task
        self.tried: tuple[Tried, ...] = ()
        self._label: str | None = None

    @property
    def label(self) -> str | None:
        if self._label is not None or self.task is None:
            return self._label
        return self.task.label

    @label.setter
    def label(self, label: str | None) -> None:
        self._label = label


def carry(error: BaseException, tasks: Iterable[Task]) -> None:
    """
    Tasks that are paid for go along with what broke off the call that made them: the first one as its `task`, all of
    them in a note and in the log. The error stays the same object, as `asyncio.timeout` asks for.
    """
    for task in tasks:
        if getattr(error, "task", None) is None:
            error.task = task  # type: ignore[attr-defined]
        if not isinstance(error, ImageTasksError):
            words = f"{task}, as far as known: it was accepted, and goes on at its vendor. `error.task` is to wait for"
            error.add_note(words)
            logger.warning("%s: %s", type(error).__name__, words)


class UnsupportedRequest(ImageTasksError, ValueError):
    """The vendor's API cannot express what was asked. Nothing was sent."""


class ProviderError(ImageTasksError):
    """
    One exchange with a provider failed.

    `status_code` is HTTP's (None when there was no answer), `code` the vendor's own. `retryable` says whether a
    later exchange may fare better; it does not say that repeating a submit is safe. `retry_after`: seconds that the
    vendor asks to wait first, None where it does not say.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        task: Task | None = None,
    ) -> None:
        super().__init__(message, task=task)
        self.provider = provider
        self.status_code = status_code
        self.code = code
        self.retry_after = retry_after
        # "Request timeout": the one 4xx, besides 429, that time can heal.
        if status_code == 408:
            self.retryable = True


class NetworkError(ProviderError):
    """
    No answer. `sent` is False only when no byte of the request has left, so nothing can have arrived.

    `retryable` is False where only a change on this machine helps: a proxy or certificates of the environment that cannot
    be used, a fault in a transport of your own.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        sent: bool = True,
        task: Task | None = None,
    ) -> None:
        super().__init__(message, provider=provider, task=task)
        self.sent = sent


class InvalidRequest(ProviderError):
    """The request breaks a rule of the vendor: found in the spec before sending, or said by the vendor."""


class ContentRefused(InvalidRequest):
    """
    The vendor does not make what was asked for: the prompt or a source image breaks its rules.

    Raised by submits, for codes and phrases that the vendor documents; a refusal that no page explains is InvalidRequest.
    Where a vendor accepts first, the task fails instead, with `Reason.CONTENT_POLICY`.
    """


class AuthenticationError(ProviderError):
    """No key, or one that the vendor does not accept."""


class InsufficientCredits(ProviderError):
    """The balance does not cover the request."""


class TaskNotFound(ProviderError):
    """The vendor does not know the task, or it belongs to another key."""


class RateLimited(ProviderError):
    """Too many requests: again after `retry_after`."""

    retryable = True


class ServerError(ProviderError):
    """The vendor's side failed."""

    retryable = True


class MalformedResponse(ProviderError):
    """
    An answer outside of what the vendor documents. `body` holds its bytes, as evidence.

    A wait asks again, but for a success whose result cannot be read: no URL, or none that is one. The third of these looks
    ends the wait with this error, which is not `retryable` then; `task` has the vendor's answer in its `raw`, and the
    state that it was last seen in.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        body: bytes = b"",
        task: Task | None = None,
    ) -> None:
        super().__init__(
            message, provider=provider, status_code=status_code, code=code, task=task
        )
        self.body = body
        # The success that it tells of, where its result alone cannot be read.
        self._success: Task | None = None


class BudgetExceeded(ImageTasksError):
    """
    The submit could cost more than `credit_limit` or `max_credits` leaves. Nothing was sent.

    limit, spent, reserved: credits, of the client with this vendor, or of the call. reserved: what submits under way, and
    those whose outcome is unknown, may cost at most. asked: the highest documented price of this submit; None where no
    page states one: then only a `max_credits` lets it through.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        limit: float = 0.0,
        spent: float = 0.0,
        reserved: float = 0.0,
        asked: float | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.limit = limit
        self.spent = spent
        self.reserved = reserved
        self.asked = asked


class SubmitOutcomeUnknown(ImageTasksError):
    """
    The request left, and no readable answer came: a task may exist, and be billed.

    It was not sent again. Look it up at the vendor before you do; on a provider that deduplicates, submit again
    with `idempotency_key` (None elsewhere). `sent_at` is the UTC time of the first attempt that may have arrived.
    `request` is what that POST asked for: of a `count` that was split, its part; of `upscale` and `vary`, a FollowUp.
    Where there is a journal, `intent` is what to settle: with the client's `resolve`, `resubmit` or `abandon`.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        request: Request | FollowUp | None = None,
        sent_at: datetime | None = None,
        idempotency_key: str | None = None,
        intent: Intent | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.request = request
        self.sent_at = sent_at
        self.idempotency_key = idempotency_key
        self.intent = intent


class TaskFailed(ImageTasksError):
    """The task ended without a result: `task.error` has the vendor's code and words, and what these mean."""


class WaitTimeout(ImageTasksError, TimeoutError):
    """The deadline passed. Nothing is lost: wait again with `task`, or keep `task.to_token()`."""


class PollOutage(ImageTasksError):
    """No good answer for longer than `PollPolicy.outage`; chained to the last failure. Wait again with `task`."""


class UnknownState(ImageTasksError):
    """A state that the vendor does not document outlasted `PollPolicy.unknown_grace`: see `task.wire_state`."""


RejectionReason = Literal[
    "too_large", "malformed", "signature", "stale", "undecryptable", "repeated"
]


class WebhookRejected(ImageTasksError):
    """
    What was posted to a webhook is not to be believed.

    `reason`: "too_large", "malformed" (not what the vendor documents), "signature" (not by who knows the account),
    "stale" (sent too long ago, or in the future), "undecryptable" (not by who knows the secret), "repeated" (it was
    handled already).
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        reason: RejectionReason = "malformed",
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.reason = reason


class JournalError(ImageTasksError):
    """
    The journal cannot be opened, read or written: it is in use, damaged, full, or what was asked does not fit it.

    Nothing was sent, unless it carries a `task`: that one was accepted, and its id could not be written down.
    """


class SidecarError(ImageTasksError):
    """A sidecar is not there, or is none that can be read: the message says why. `path` is its name."""

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class DownloadError(ImageTasksError):
    """A result could not be fetched or saved."""


class ArtifactExpired(DownloadError):
    """The vendor no longer has the file, and its documented lifetime is over."""
