"""What a vendor's words for a failure mean, where its pages say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from .._errors import ContentRefused, InvalidRequest, ProviderError
from .._http.answer import Answer
from .._http.call import Call, vendor_words
from .._task import Reason

T = TypeVar("T")


@dataclass(frozen=True)
class FailureReason:
    """A documented failure: with this `code`, and with this phrase in its `words`, in any case. One of the two may do."""

    reason: Reason
    _: KW_ONLY
    code: str | None = None
    words: str | None = None

    def __post_init__(self) -> None:
        if not (self.code or self.words):
            raise ValueError("a documented failure has a code, words, or both")

    def fits(self, code: str | None, words: str) -> bool:
        return self.code in (None, code) and (
            self.words is None or _plain(self.words) in _plain(words)
        )


def _plain(words: str) -> str:
    """In one case, with one kind of apostrophe: pages and programs differ in both."""
    return words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold()


def reason_of(
    documented: Iterable[FailureReason], code: str | None, words: str
) -> Reason:
    """That of the first which fits; UNKNOWN where none does."""
    fitting = (each.reason for each in documented if each.fits(code, words))
    return next(fitting, Reason.UNKNOWN)


def tell_content(call: Call[T], documented: Iterable[FailureReason]) -> Call[T]:
    """The same submit, whose refusal is ContentRefused where its words are documented to be about content."""
    # A code of a refusal is in `Codes`: the same number may be another code than that of a failed task.
    phrases = tuple(each for each in documented if each.code is None)

    def refine(error: ProviderError, response: Answer) -> ProviderError:
        words = vendor_words(response) or ""
        if (
            type(error) is not InvalidRequest
            or reason_of(phrases, None, words) is not Reason.CONTENT_POLICY
        ):
            return error
        return ContentRefused(
            str(error),
            provider=error.provider,
            status_code=error.status_code,
            code=error.code,
            retry_after=error.retry_after,
        )

    def read(response: Answer) -> T:
        try:
            return call.read(response)
        except InvalidRequest as error:
            raise refine(error, response) from error.__cause__

    return call._replace(
        read=read, refuse=lambda response: refine(call.refuse(response), response)
    )
