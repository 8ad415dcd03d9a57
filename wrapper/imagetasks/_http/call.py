"""One exchange as a value, and what its answer means: the border between HTTP and this library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, NamedTuple, TypeVar

from .._errors import (
    AuthenticationError,
    ImageTasksError,
    InsufficientCredits,
    InvalidRequest,
    MalformedResponse,
    ProviderError,
    RateLimited,
    ServerError,
    TaskNotFound,
    one_line,
)
from .._task import Task, carry_over
from .answer import Answer

T = TypeVar("T")
U = TypeVar("U")

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""All that parsing JSON, generated models and dates raise on a body that is not as described."""


class Call(NamedTuple, Generic[T]):
    """A request, and how to read its answer. Whoever sends it brings socket and timeout."""

    kwargs: dict[str, Any]
    """What the generated operation gives: method, url, params, json, headers."""
    read: Callable[[Answer], T]
    """Turns the answer of a success into a value; raises ProviderError for an error inside it."""
    refuse: Callable[[Answer], ProviderError]
    """Turns an answer with any other status into an error."""
    address: str | None = None
    """The whole address to ask at, in place of the usual one."""
    successes: Collection[int] = (200,)
    """The statuses that are read as a success."""

    @property
    def request(self) -> dict[str, Any]:
        """What is sent."""
        if self.address is None:
            return self.kwargs
        # httpx takes parameters in place of the query that the address has.
        usual = {name: self.kwargs[name] for name in self.kwargs if name != "params"}
        return usual | {"url": self.address}

    def map(self, convert: Callable[[T], U]) -> Call[U]:
        """The same exchange, its value turned into another."""
        return Call(
            self.kwargs,
            lambda response: convert(self.read(response)),
            self.refuse,
            self.address,
            self.successes,
        )


def about_task(
    provider: str, task_id: str, call: Call[Task], known: Task | None = None
) -> Call[Task]:
    """
    The same exchange, whose answer has to be about this task: another's picture is not for whoever asks.

    `known`: an earlier snapshot of it, for what no answer tells.
    """

    def read(response: Answer) -> Task:
        try:
            seen = call.read(response)
        except MalformedResponse as error:
            if error._success is not None and error._success.id != task_id:
                raise _of_another(provider, response) from error
            raise
        if seen.id != task_id:
            raise _of_another(provider, response)
        return seen if known is None else carry_over(known, seen)

    return Call(call.kwargs, read, call.refuse, call.address, call.successes)


def _of_another(provider: str, response: Answer) -> MalformedResponse:
    return malformed(provider, response, "it tells of another task")


def read_answer(provider: str, call: Call[T], response: Answer) -> T:
    """The value of an answer. Whatever cannot be read becomes MalformedResponse, with the bytes as evidence."""
    try:
        if response.status_code not in call.successes:
            raise call.refuse(response)
        return call.read(response)
    except ImageTasksError:
        raise
    except UNREADABLE as cause:
        raise malformed(provider, response, _describe(cause, response)) from cause


def malformed(provider: str, response: Answer, why: str) -> MalformedResponse:
    return MalformedResponse(
        f"{provider}: HTTP {response.status_code}, but the answer is not as documented: {why}",
        provider=provider,
        status_code=response.status_code,
        body=response.content,
    )


def unreadable_result(
    task: Task, response: Answer, cause: Exception
) -> MalformedResponse:
    """The error of an answer that tells of a success, `task`, whose result cannot be read."""
    error = malformed(task.provider, response, _describe(cause, response))
    error._success = task
    return error


def of_a_gateway(provider: str, response: Answer) -> MalformedResponse:
    """The error of a refusal that the vendor does not document: one from before it passes, as an outage does."""
    why = vendor_words(response) or _look(response) or "no such refusal is documented"
    error = malformed(provider, response, why)
    error.retry_after = retry_after_header(response.headers)
    return error


def refusal(
    provider: str,
    response: Answer,
    *,
    error: type[ProviderError] | None = None,
    code: str | None = None,
    message: str | None = None,
    retry_after: float | None = None,
) -> ProviderError:
    """The error of an answer: its type by HTTP status, and the vendor's own words from the body, unless given."""
    status = response.status_code
    kind = error or error_of_status(status)
    if kind is MalformedResponse:
        return malformed(provider, response, "no such status is documented")
    code = code or vendor_code(response)
    words = (
        vendor_words(response) if message is None else one_line(message, at_most=300)
    )
    parts = (f"{provider}: HTTP {status}", code and f"code {code}", words)
    hint = retry_after_header(response.headers)
    return kind(
        " ".join(filter(None, parts)),
        provider=provider,
        status_code=status,
        code=code,
        retry_after=retry_after if hint is None else hint,
    )


def error_of_status(status: int) -> type[ProviderError]:
    match status:
        case 401 | 403:
            return AuthenticationError
        case 402:
            return InsufficientCredits
        case 404:
            return TaskNotFound
        case 429:
            return RateLimited
        case _ if 400 <= status < 500:
            return InvalidRequest
        case _ if 500 <= status < 600:
            return ServerError
        case _:
            return MalformedResponse


def vendor_code(response: Answer) -> str | None:
    """The vendor's own code, where an error body has one."""
    try:
        code = response.json()["code"]
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return str(code) if isinstance(code, int | str) and code else None


def vendor_words(response: Answer) -> str | None:
    """What an error body says, in one short line; None where it is empty or a web page."""
    is_page = "html" in response.headers.get("content-type", "")
    words = "" if is_page else _words_of_json(response)
    words = words or ("" if is_page else response.content.decode("utf-8", "replace"))
    line = one_line(words, at_most=300)
    return line if line and not line.startswith(("<", "{", "[")) else None


_WORDS = ("msg", "message", "error", "detail", "errors", "title")
"""Where error bodies have their words. The first that holds any counts: RFC 9457's title says less than its detail."""
_PLACES = ("loc", "field", "pointer")
"""What an entry in a list of errors is about, as FastAPI, many others and RFC 9457 call it."""


def _words_of_json(response: Answer) -> str:
    """The words under a usual name, else the only text there is; with the details beside them."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return ""
    words = _words_in(body)
    if not isinstance(body, dict):
        return words
    texts = [text for text in body.values() if isinstance(text, str) and text]
    if not words and len(texts) == 1:
        words = texts[0]
    details = body.get("details")  # field by field, as gptimage2api does it
    return f"{words} {details}".strip() if isinstance(details, dict) else words


def _words_in(value: object, depth: int = 5) -> str:
    """Nothing but what stands under those names: beside them there may be what was sent."""
    match value:
        case str():
            return value
        case dict() if depth:
            inner = (_words_in(value.get(name), depth - 1) for name in _WORDS)
            words = next(filter(None, inner), "")
            return words and _about(value) + words
        case list() if depth:
            return "; ".join(filter(None, (_words_in(e, depth - 1) for e in value[:5])))
        case _:
            return ""


def _about(error: dict[str, object]) -> str:
    place = next((error[name] for name in _PLACES if name in error), None)
    if isinstance(place, list):
        place = ".".join(str(step) for step in place if isinstance(step, str | int))
    return f"{place}: " if isinstance(place, str) and place else ""


def retry_after_header(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds: a number, or a date counted from the answer's own Date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        sent = headers.get("date")
        now = parsedate_to_datetime(sent) if sent else datetime.now(UTC)
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        # Unreadable, one of the two without a zone, or a date with a number of any length.
        return None


def _look(response: Answer) -> str | None:
    """What anybody sees who does not read it."""
    if not response.content:
        return "it is empty"
    if "html" in response.headers.get("content-type", ""):
        return "it is a web page"
    return None


def _describe(cause: Exception, response: Answer) -> str:
    if (seen := _look(response)) is not None:
        return seen
    match cause:
        case KeyError():
            return f"field {cause} is missing"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return f"{type(cause).__name__}: {' '.join(str(cause).split())[:200]}"
