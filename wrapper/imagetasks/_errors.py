"""
All errors. Each name answers two questions: whose fault was it, and would it help to try again?

ImageTasksError
├── UnsupportedRequest (ValueError)     the vendor's API has no way to say this
├── ProviderError                       one exchange failed
│   ├── NetworkError            again   no answer: refused, DNS, TLS, reset, timeout
│   ├── InvalidRequest                  refused, by the spec before sending or by the vendor
│   │   └── ContentRefused              refused for what it asks to see, as the vendor documents
│   ├── AuthenticationError             the key is missing, wrong or not allowed
│   ├── InsufficientCredits             the balance does not cover it
│   ├── TaskNotFound                    no such task, or it belongs to another key
│   ├── RateLimited             again   after `retry_after` seconds, if the vendor says so
│   ├── ServerError             again   the vendor's side broke
│   └── MalformedResponse       again   the answer cannot be read; `body` keeps it
├── BudgetExceeded                      it could cost more than your limit allows: nothing was sent
├── SubmitOutcomeUnknown                the task may exist, and be billed: never sent again blindly
├── TaskFailed                          the vendor ended the task without a result
├── WaitTimeout (TimeoutError)          the deadline passed; the task may still finish
├── PollOutage                          every poll failed for too long; the task may still finish
├── UnknownState                        an undocumented state, for too long
├── WebhookRejected                     a webhook that cannot be trusted: see `reason`
├── JournalError                        the journal cannot be opened, read or written
├── SidecarError                        the sidecar of a file is missing or cannot be read
└── DownloadError                       a result could not be fetched or saved
    └── ArtifactExpired                 gone, and past its documented lifetime

`task` is the last snapshot, if there is one: waiting can continue from it. Our own messages hold no prompt.
No message holds an API key: if a vendor echoes the key, it is cut out. Every message is one printable line.
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
# Without this, Python prints warnings to stderr in programs that set up no logging.
logger.addHandler(logging.NullHandler())


def one_line(text: str, *, at_most: int) -> str:
    """Printable text in one line, cut to length. So a vendor's text cannot forge lines of a log."""
    start = text[: 4 * at_most]
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(line) <= at_most else line[: at_most - 3] + "..."


class ImageTasksError(Exception):
    """
    Base of all errors of this library. Its text is one printable line, without prompt and API key.

        try:
            task = client.run("akool", ImageRequest("a lighthouse"))
        except ImageTasksError as error:
            print(type(error).__name__, error, error.task, error.label)

    task: the last snapshot of the task, None where there is no task. Waiting can continue from it.
    label: your label from the submit.
    tried: the providers that were tried before, as `Tried`.
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
    Attaches paid tasks to the exception that ended their call: the first one as its `task`, all of them in a note and in
    the log. The exception stays the same object, because `asyncio.timeout` compares it.
    """
    for task in tasks:
        if getattr(error, "task", None) is None:
            error.task = task  # type: ignore[attr-defined]
        if not isinstance(error, ImageTasksError):
            words = f"{task}, as far as known: it was accepted, and goes on at its vendor. `error.task` is to wait for"
            error.add_note(words)
            logger.warning("%s: %s", type(error).__name__, words)


class UnsupportedRequest(ImageTasksError, ValueError):
    """The provider's API cannot express the request. Nothing was sent. If there is a close alternative, the message names it."""


class ProviderError(ImageTasksError):
    """
    One exchange with a provider failed. Its subclasses say why.

    provider: its name.
    status_code: the HTTP status; None if there was no answer.
    code: the vendor's code.
    retryable: whether the same request may succeed later. It does not mean that it is safe to repeat a submit.
    retry_after: seconds that the vendor asks to wait first; None if it does not say.
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
        # "Request timeout": besides 429, the only 4xx that a later attempt may avoid.
        if status_code == 408:
            self.retryable = True


class NetworkError(ProviderError):
    """
    There was no answer: the connection failed, or the exchange took too long.

    sent: False only if no byte of the request was sent, so that nothing can have arrived.
    retryable: False if only a change on this machine helps, such as another proxy or other certificates.
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
    """The request breaks a rule of the vendor. The client found that out from the spec before sending, or the vendor refused it."""


class ContentRefused(InvalidRequest):
    """
    The vendor refuses the prompt or a source image, because it breaks the vendor's rules.

    Submits raise it for codes and phrases that the vendor documents. A refusal that no page explains is InvalidRequest. If the
    vendor accepts the request first, its task fails instead, with `Reason.CONTENT_POLICY`.
    """


class AuthenticationError(ProviderError):
    """There is no key, or the vendor does not accept it."""


class InsufficientCredits(ProviderError):
    """The balance at the vendor does not cover the request."""


class TaskNotFound(ProviderError):
    """The vendor does not know the task, or it belongs to another key."""


class RateLimited(ProviderError):
    """Too many requests. Try again after `retry_after` seconds."""

    retryable = True


class ServerError(ProviderError):
    """The vendor's server failed."""

    retryable = True


class MalformedResponse(ProviderError):
    """
    The answer differs from the vendor's documentation so much that it cannot be read.

    A wait polls again. If a task has succeeded but its result cannot be read, the wait ends at the third such poll; then
    `retryable` is False, and the `raw` of `task` has the vendor's answer.

    body: the bytes of the answer, as evidence.
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
        # The succeeded task, if only its result cannot be read.
        self._success: Task | None = None


class BudgetExceeded(ImageTasksError):
    """
    The submit could cost more than `credit_limit` or `max_credits` leaves. Nothing was sent.

    provider: where it would have gone.
    limit: the limit, in credits.
    spent: credits already spent.
    reserved: the most that submits under way, and those with an unknown outcome, may cost.
    asked: the highest documented price of this submit. None if no page states one; pass `max_credits` to allow such a submit.
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
    The request was sent, but no readable answer came: a task may exist, and be billed. The client did not send it again.

        except SubmitOutcomeUnknown as error:
            # Check at the vendor whether the task exists. Then call one of these:
            client.resolve(error.intent, task_id)
            client.resubmit(error.intent)

    provider: where it was sent.
    request: the request of this POST. If a `count` was split, it is one part; for `upscale` and `vary` it is a `FollowUp`.
    sent_at: when the first attempt that may have arrived was sent, in UTC.
    idempotency_key: with a provider that deduplicates, submit again with this key; None for the others.
    intent: with a journal, pass it to `resolve`, `resubmit` or `abandon`; None without a journal.
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
    """The task ended without a result. `error.task.error` has the vendor's code and words, and their `Reason`."""


class WaitTimeout(ImageTasksError, TimeoutError):
    """Time is up. Nothing is lost: wait again with `error.task`, or keep `error.task.to_token()`."""


class PollOutage(ImageTasksError):
    """Every poll failed for longer than `PollPolicy.outage`. The `__cause__` is the last failure. Wait again with `error.task`."""


class UnknownState(ImageTasksError):
    """The task stayed in an undocumented state for longer than `PollPolicy.unknown_grace`; see `task.wire_state`."""


RejectionReason = Literal[
    "too_large", "malformed", "signature", "stale", "undecryptable", "repeated"
]


class WebhookRejected(ImageTasksError):
    """
    A webhook delivery that cannot be trusted.

    provider: the vendor that it claims to come from.
    reason: "too_large"; "malformed", it differs from the vendor's documentation; "signature", the signature is wrong; "stale", its
        time is too long ago or in the future; "undecryptable", it is not encrypted with your secret; "repeated", it was already
        handled.
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
    The journal cannot be opened, read or written, or the call does not fit what is in it.

    Nothing was sent, unless the error has a `task`: the provider accepted that task, but the journal could not record its id.
    """


class SidecarError(ImageTasksError):
    """
    A sidecar is missing, or cannot be read; the message says why.

    path: its path.
    """

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class DownloadError(ImageTasksError):
    """A result could not be fetched or saved."""


class ArtifactExpired(DownloadError):
    """The vendor no longer has the file, and its documented lifetime is over. Only a new submit helps."""
