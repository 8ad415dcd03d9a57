"""What is known of a task: Task, State, Artifact, TaskError, Reason."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from ._request import AnyRequest

Kind = Literal["image", "video"]


class State(StrEnum):
    """Where a task stands: the same words for every provider."""

    PENDING = "pending"
    """Accepted. The vendor does not distinguish queued from running."""
    QUEUED = "queued"
    """Accepted, not started yet."""
    RUNNING = "running"
    """The vendor is working on it."""
    SUCCEEDED = "succeeded"
    """Ended with a result: see `Task.artifacts`."""
    FAILED = "failed"
    """Ended without a result: see `Task.error`."""
    CANCELLED = "cancelled"
    """Cancelled at the vendor before it had a result."""
    UNKNOWN = "unknown"
    """The vendor sent a state that it does not document: `Task.wire_state` has it."""

    @property
    def is_terminal(self) -> bool:
        """Whether the task has ended: it succeeded, failed or was cancelled."""
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Artifact:
    """
    One result, by URL.

        for artifact in task.artifacts:
            print(artifact.url, artifact.expires_at)

    url: its address; `client.download` saves it.
    kind: "image" or "video".
    expires_at: when the vendor deletes it, aware UTC, from the documented lifetime. None if no lifetime is documented.
    """

    url: str
    kind: Kind = "image"
    expires_at: datetime | None = None


class Reason(StrEnum):
    """Why a task failed: the same words for every provider. It is known if a vendor's page explains the code or the words."""

    CONTENT_POLICY = "content_policy"
    """The prompt, a source image or the result breaks the rules of the vendor or of its model."""
    BAD_INPUT = "bad_input"
    """The vendor cannot carry out this request; change it."""
    NO_RESULT = "no_result"
    """The model finished without an error, but returned no result."""
    STORAGE = "storage"
    """The vendor could not store the result."""
    TIMEOUT = "timeout"
    """The model took too long."""
    CREDITS = "credits"
    """The balance did not cover it."""
    CANCELLED = "cancelled"
    """The task was cancelled."""
    UNKNOWN = "unknown"
    """No page says what this failure means: `TaskError` has the vendor's code and words."""


@dataclass(frozen=True, slots=True)
class TaskError:
    """
    Why a task failed.

    code: the vendor's code, None if it has none.
    message: the vendor's words.
    reason: the meaning of code and words by the vendor's pages, as a `Reason`; UNKNOWN if no page explains them.
    """

    code: str | None
    message: str
    reason: Reason = Reason.UNKNOWN


class Tried(NamedTuple):
    """
    A provider that was tried without success, before the client tried the next one.

    provider: its name.
    error: the class name of the error.
    message: the text of the error.
    task: the task that failed there, if there was one.
    """

    provider: str
    error: str
    message: str
    task: Task | None = None


_TOKEN_PREFIX = "imagetasks2."
# Version 1 has no label.
_EARLIER_PREFIX = "imagetasks1."


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    A snapshot of one task at one vendor. It never changes; `client.fetch` and `client.wait` return newer ones.

        task = client.submit("akool", ImageRequest("a lighthouse"))
        print(task.id, task.state, task.to_token())

    Times are aware UTC. A value that the vendor does not send is None.

    provider, id: together they identify the task.
    kind: "image" or "video".
    state: its `State`.
    wire_state: the vendor's own value of the state.
    artifacts: the results, once it has succeeded.
    error: why it failed, as a `TaskError`.
    model, prompt: as the vendor repeats them.
    created_at: when the vendor created it.
    finished_at: when it ended, if the vendor documents such a time.
    credits_used: what the vendor charged.
    refunded: whether the vendor gave the credits back.
    label: your label from the submit; the vendor does not know it.
    tried: the providers that `run` or `submit` tried before. It is not in the token.
    raw: the vendor's whole answer, as parsed JSON.
    """

    provider: str
    id: str
    kind: Kind = "image"
    state: State
    wire_state: str | int | None = None
    artifacts: tuple[Artifact, ...] = ()
    error: TaskError | None = None
    model: str | None = None
    prompt: str | None = field(default=None, repr=False)
    created_at: datetime | None = None
    finished_at: datetime | None = None
    credits_used: float | None = None
    refunded: bool | None = None
    label: str | None = None
    tried: tuple[Tried, ...] = field(default=(), repr=False, compare=False)
    raw: Any = field(default=None, repr=False, compare=False)
    # Monotonic time of our own submit: a 404 just after it is the vendor catching up, not a lost task.
    _submitted: float | None = field(default=None, repr=False, compare=False)
    # The request of its submit, if this process knows it. Not in the token, which holds no prompt.
    _request: AnyRequest | None = field(default=None, repr=False, compare=False)
    # The vendor's estimate of the remaining time, from this answer.
    _seconds_left: float | None = field(default=None, repr=False, compare=False)
    # The status URL in the vendor's answer. Not trusted until `Servers` has checked it.
    _status_url: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.provider} task {self.id}: {self.state.name}"

    @property
    def _has_webhook(self) -> bool:
        # Whether it was submitted with a webhook, so that polls may be rare. Not in the token: another process learns from
        # its first webhook that webhooks reach it.
        return getattr(self._request, "webhook_url", None) is not None

    def to_token(self) -> str:
        """
        The task as text, to continue in another process or after a restart.

        It holds no key, no prompt and no `raw`. It holds the result URLs, if there are any.
        """
        text = json.dumps(task_to_json(self), separators=(",", ":")).encode()
        return _TOKEN_PREFIX + base64.urlsafe_b64encode(text).decode().rstrip("=")

    @classmethod
    def from_token(cls, token: str) -> Task:
        """
        The task of `to_token`.

            task = client.wait(Task.from_token(text))

        Raises:
            ValueError: the text is no token, is damaged, or comes from a newer version.
        """
        prefix, dot, body = token.strip().partition(".")
        if prefix + dot not in (_TOKEN_PREFIX, _EARLIER_PREFIX):
            raise ValueError(
                f"not a task token: it does not begin with {_TOKEN_PREFIX!r}"
            )
        try:
            data = base64.b64decode(
                body + "=" * (-len(body) % 4), altchars=b"-_", validate=True
            )
            task = task_from_json(json.loads(data))
        except UNREADABLE_TASK as cause:
            raise ValueError(
                "not a task token: it is damaged, or from a newer version"
            ) from cause
        if not (
            isinstance(task.provider, str) and isinstance(task.id, str) and task.id
        ):
            raise ValueError("not a task token: it lacks the provider or the task id")
        if not is_well_typed(task):
            raise ValueError("not a task token: a field has the wrong type")
        return task


UNREADABLE_TASK = (
    binascii.Error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""Errors of `task_from_json` for damaged data."""


def carry_over(known: Task, seen: Task) -> Task:
    """Copies label, request and `tried` from the earlier snapshot to the later one: no answer of a vendor has them."""
    if known.label is None and known._request is None and not known.tried:
        return seen
    return replace(seen, label=known.label, tried=known.tried, _request=known._request)


def task_to_json(task: Task) -> dict[str, Any]:
    """All fields of a task except `prompt` and `raw`: for tokens and for the journal."""
    fields: dict[str, Any] = {
        "provider": task.provider,
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "wire_state": task.wire_state,
        "artifacts": [[a.url, a.kind, _to_text(a.expires_at)] for a in task.artifacts],
        "error": task.error and _error_to_json(task.error),
        "model": task.model,
        "created_at": _to_text(task.created_at),
        "finished_at": _to_text(task.finished_at),
        "credits_used": finite(task.credits_used),
        "refunded": task.refunded,
        "label": task.label,
        "_status_url": task._status_url,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def task_from_json(values: dict[str, Any]) -> Task:
    error = values.pop("error", None)
    return Task(
        provider=values.pop("provider"),
        id=values.pop("id"),
        state=State(values.pop("state")),
        artifacts=tuple(
            Artifact(url, kind, _from_text(expires_at))
            for url, kind, expires_at in values.pop("artifacts", ())
        ),
        error=_error_from_json(error) if error else None,
        created_at=_from_text(values.pop("created_at", None)),
        finished_at=_from_text(values.pop("finished_at", None)),
        # Earlier versions wrote whatever the vendor sent, even if it was not a number.
        credits_used=finite(values.pop("credits_used", None)),
        **values,
    )


def _error_to_json(error: TaskError) -> list[str | None]:
    known = [] if error.reason is Reason.UNKNOWN else [error.reason]
    return [error.code, error.message, *known]


def _error_from_json(written: Any) -> TaskError:
    """Earlier versions wrote no reason. Raises TypeError and ValueError."""
    if not isinstance(written, list):
        raise TypeError("an error is written as a list")
    code, message, *reason = written
    return TaskError(code, message, *map(Reason, reason))


def finite(number: Any) -> Any:
    """Replaces NaN and the infinities by None: JSON cannot express them."""
    is_none = isinstance(number, float) and not math.isfinite(number)
    return None if is_none else number


def _to_text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _from_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def is_well_typed(task: Task) -> bool:
    """Whether every field has its type. The text may come from an untrusted source."""
    texts = [task.id, *(artifact.url for artifact in task.artifacts)]
    maybe_texts = [task.model, task.label, task._status_url]
    if task.error is not None:
        texts.append(task.error.message)
        maybe_texts.append(task.error.code)
    instants = [task.created_at, task.finished_at]
    instants += [artifact.expires_at for artifact in task.artifacts]
    kinds = [task.kind, *(artifact.kind for artifact in task.artifacts)]
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(text, str | None) for text in maybe_texts)
        and all(instant is None or instant.tzinfo for instant in instants)
        and all(kind in ("image", "video") for kind in kinds)
        and isinstance(task.wire_state, str | int | None)
        and isinstance(task.credits_used, int | float | None)
        and isinstance(task.refunded, bool | None)
        and task.tried == ()
        and task.prompt is task.raw is task._submitted is task._seconds_left is None
        and task._request is None
    )


LONGEST_LABEL = 1000


def check_label(label: object) -> None:
    """Raises TypeError or ValueError if the label is not a short text."""
    if label is None:
        return
    if not isinstance(label, str):
        raise TypeError(f"label is text, not {type(label).__name__}")
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"label is a text of at most {LONGEST_LABEL} characters")
    try:
        label.encode()
    except UnicodeEncodeError:
        raise ValueError(
            "label is not valid Unicode: it holds half of a surrogate pair"
        ) from None


def check_id(provider: str, task_id: str) -> None:
    if not isinstance(task_id, str) or not task_id:
        raise ValueError(f"{provider}: a task id is a text of at least one character")
    if task_id in (".", ".."):  # escaping does not help: they would change the path
        raise ValueError(f"{provider}: {task_id!r} is not a task id")


def address(task: Task | str, task_id: str) -> tuple[str, str, Task | None]:
    """Provider, id, and the snapshot if the caller gave one."""
    if isinstance(task, Task):
        return task.provider, task.id, task
    return task, task_id, None
