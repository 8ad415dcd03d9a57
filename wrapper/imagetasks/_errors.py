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
    Base of all errors of this library. Its text is one printable line, without prompt and API key.

        try:
            task = client.run("akool", ImageRequest("a lighthouse"))
        except ImageTasksError as error:
            print(type(error).__name__, error, error.task, error.label)

    task: the last snapshot of the task, None where there is no task. Waiting can continue from it.
    label: what you gave to the submit.
    tried: which providers were asked before, as `Tried`.
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
    """The provider's API cannot express the request. Nothing was sent. The message names what comes nearest."""


class ProviderError(ImageTasksError):
    """
    One exchange with a provider failed. Its subclasses say why.

    provider: its name.
    status_code: HTTP's; None when there was no answer.
    code: the vendor's own.
    retryable: whether a later exchange may fare better. It does not say that it is safe to repeat a submit.
    retry_after: seconds that the vendor asks to wait first; None where it does not say.
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
    There was no answer: the connection failed, or the time for the exchange was over.

    sent: False only when no byte of the request has left, so that nothing can have arrived.
    retryable: False where only a change on this machine helps, such as another proxy or other certificates.
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
    """The request breaks a rule of the vendor. The spec said so before it was sent, or the vendor did."""


class ContentRefused(InvalidRequest):
    """
    The vendor refuses the prompt or a source image, because it breaks the vendor's rules.

    Submits raise it for codes and phrases that the vendor documents. A refusal that no page explains is InvalidRequest. Where a
    vendor accepts first, the task fails instead, with `Reason.CONTENT_POLICY`.
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
    An answer that differs from what the vendor documents, so that it cannot be read.

    A wait looks again. A success whose result cannot be read ends the wait at the third look; then `retryable` is False, and `task`
    has the vendor's answer in its `raw`.

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
        # The success that it tells of, where its result alone cannot be read.
        self._success: Task | None = None


class BudgetExceeded(ImageTasksError):
    """
    The submit could cost more than `credit_limit` or `max_credits` leaves. Nothing was sent.

    provider: where it would have gone.
    limit: credits that the limit allows.
    spent: credits that are spent.
    reserved: credits that submits under way, and those with an unknown outcome, may cost at most.
    asked: the highest documented price of this submit. None where no page states one: then only `max_credits` lets it through.
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
    The request left, and no readable answer came: a task may exist, and be billed. It was not sent again.

        except SubmitOutcomeUnknown as error:
            # Look at the vendor whether the task is there, then call one of the two.
            client.resolve(error.intent, task_id)
            client.resubmit(error.intent)

    provider: where it was sent.
    request: what this POST asked for. Of a `count` that was split it is the part; of `upscale` and `vary` it is a `FollowUp`.
    sent_at: when the first attempt left that may have arrived, in UTC.
    idempotency_key: submit again with it where the provider deduplicates; None elsewhere.
    intent: with a journal, what to settle by `resolve`, `resubmit` or `abandon`; None without one.
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
    """No good answer for longer than `PollPolicy.outage`. The `__cause__` is the last failure. Wait again with `error.task`."""


class UnknownState(ImageTasksError):
    """The task was in a state that the vendor does not document, for longer than `PollPolicy.unknown_grace`; see `task.wire_state`."""


RejectionReason = Literal[
    "too_large", "malformed", "signature", "stale", "undecryptable", "repeated"
]


class WebhookRejected(ImageTasksError):
    """
    A webhook delivery that is not to be believed.

    provider: whose webhook it would be.
    reason: "too_large"; "malformed", it is not what the vendor documents; "signature", the sender does not know the account;
        "stale", it was sent too long ago or in the future; "undecryptable", the sender does not know the secret; "repeated", it
        was handled already.
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

    Nothing was sent, unless the error has a `task`: that one was accepted, and its id could not be written down.
    """


class SidecarError(ImageTasksError):
    """
    A sidecar is missing, or cannot be read; the message says why.

    path: its name.
    """

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class DownloadError(ImageTasksError):
    """A result could not be fetched or saved."""


class ArtifactExpired(DownloadError):
    """The vendor no longer has the file, and its documented lifetime is over. Only a new submit helps."""
