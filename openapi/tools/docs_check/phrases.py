"""What a sentence of English says in numbers and names. Page and spec are read by the same eyes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Not "3 million": no limit of an API is that round.
NUMBER = r"\d[\d,]*(?:\.\d+)?(?!\s+(?:hundred|thousand|million|billion)\b)"
SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
}
SECONDS |= {"day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
TIME = "|".join(sorted(SECONDS, key=len, reverse=True))
DURATION = re.compile(
    rf"(?<![\w.,:/-])({NUMBER})(?:\s*(?:-|to|and|or)\s*({NUMBER}))?[\s-]*({TIME})s?\b(?!\w)"
)
UNIT = "characters?|chars?|images?|pictures?|files?|items?|urls?|entries|tokens?|px|pixels?|[kKMG]i?B|requests?|tasks?"
WORD = r"[A-Za-z][\w-]*"
BOUND = (
    r"up to|at most|max(?:imum)?\b(?:[ \w-]{0,25}?)|no more than|(?:not|never) exceed|exceeding|≤|<=|≥|>="
    r"|(?:less|fewer) than|at least|min(?:imum)?\b(?:[ \w-]{0,25}?)|limited to|limit(?:ed)?(?: is)?|multiples? of|between"
)
# "up to 6 reference images", "≤ 3840 px"; without a unit where the phrase ends there: "must not exceed 3:1".
BOUNDED = re.compile(
    rf"(?i)(?:{BOUND})\s*[:=]?\s*({NUMBER})(?:\s*(?:and|-|to)\s*({NUMBER}))?"
    rf"(?:(?::1)?\s*(?=[.,;)]|$)|\s*(?:{WORD}\s+){{0,2}}(?:{UNIT})\b)"
)
COUNTED = re.compile(
    rf"(?i)(?<![\w.:/-])({NUMBER})\s*()(?:(?:reference|input|source|unicode)\s+)?"
    r"(?:characters?|chars?|px|pixels?|[kMG]i?B|(?:reference|input|source) images?)\b"
)
BETWEEN = re.compile(rf"(?i)\bbetween ({NUMBER}) and ({NUMBER})")
QUOTE = "[`\"']?"
DEFAULT = re.compile(
    rf"(?i)\bdefaults?(?:(?:\s+(?:to|is|value|of))+\s*[:=]?\s*{QUOTE}|\s*[:=]\s*{QUOTE}|\s+[`\"'])"
    r"([A-Za-z0-9](?:[\w.:/-]*\w)?)"
)
NO_DEFAULT = re.compile(
    "(?i)a|an|and|are|as|by|choice|for|if|in|is|it|no|none|not|of|on|or|settings?|the|this|to|values?|when"
)
METHOD = "GET|POST|PUT|PATCH|DELETE"
ENDPOINT = re.compile(
    rf"(?:\b({METHOD})\b|\bcurl\b)[^\n]{{0,40}}?[\s\"'`]+(https?://[^/\s\"'`]+)?(/[^\s\"'`?,;]*)(\?[^\s\"'`]+)?"
)
STATUS = re.compile(
    r"""(?x)
    # "HTTP/1.1 429", "status code: 429"
    (?i: \bHTTP(?:/\d(?:\.\d)?)?(?:\s+status)?(?:\s+code)? | \bstatus(?:\s+code)? ) \s*[:=]?\s* ([1-5]\d\d)\b
    # "returns a 429 when ..."
    | (?i: \breturns? | \brespond(?:s|ed)?\s+with ) \s+ (?:an?\s+)? ([1-5]\d\d)
      (?=\s*(?:[.,;)] | $ | (?:and|or|when|while|if|for|on)\b))
    # "429 Too Many Requests" at the start, also "429Too ..."
    | ^\s* ([1-5]\d\d) \s* (?=[A-Z] | [-:(] | $)
    """
)


def durations_in(text: str) -> Iterator[float]:
    """In seconds."""
    for first, second, unit in DURATION.findall(text):
        # 1.1 hours are 3960 s, in floats a trifle more.
        yield from (round(_number(n) * SECONDS[unit], 6) for n in (first, second) if n)


def limits_in(text: str) -> Iterator[float]:
    """Numbers that bound something, in the order of the text; none twice."""
    found = {
        _number(number)
        for pattern in (BOUNDED, COUNTED, BETWEEN)
        for match in pattern.findall(text)
        for number in match[:2]
        if number
    }
    durations = {_number(n) for pair in DURATION.findall(text) for n in pair[:2] if n}
    yield from sorted(found - durations)


def numbers_in(text: str) -> set[float]:
    return {_number(number) for number in re.findall(rf"(?<![\w.])({NUMBER})", text)}


def defaults_in(text: str) -> list[str]:
    return [v for v in DEFAULT.findall(text) if not NO_DEFAULT.fullmatch(v)]


def statuses_in(text: str) -> list[str]:
    return ["".join(groups) for groups in STATUS.findall(text)]


class Endpoint(NamedTuple):
    method: str | None
    host: str
    path: str
    query: tuple[str, ...] = ()
    """The names in it."""

    def __str__(self) -> str:
        return f"{self.method or 'curl'} {self.host}{self.path}"


def endpoints_in(text: str) -> Iterator[Endpoint]:
    for match in ENDPOINT.finditer(text):
        method = match[1] or _curl_method(text)
        query = re.findall(r"[?&]([\w-]+)=", match[4] or "")
        path = match[3].rstrip(".:)*")
        yield Endpoint(method, match[2] or "", path, tuple(query))


def _curl_method(text: str) -> str | None:
    found = re.search(rf"(?:-X|--request)\s*({METHOD})\b", text)
    return found[1] if found else None


def _number(text: str) -> float:
    return float(text.replace(",", "").rstrip("."))


# Names and types

NAME = r"[A-Za-z_][\w-]*"
TYPES = {
    "string": "string str text uuid url uri enum date datetime date-time timestamp-string",
    "integer": "integer int int32 int64 long",
    "number": "number float double decimal",
    "boolean": "boolean bool",
    "array": "array list",
    "object": "object map dict json",
    "null": "null none",
}
TYPE_OF = {word: type for type, words in TYPES.items() for word in words.split()}


def types_in(text: str) -> frozenset[str]:
    """Of text that is nothing but a type: "string | null", "array of strings", "Long". Else empty."""
    text = re.sub(r"(?i)\b(required|optional|nullable)\b|[`()]", "", text).strip(" ,;")
    if re.fullmatch(
        rf"(?i)({'|'.join(TYPE_OF)})s?\[\]|(array|list)(\s+of\s+\w+|\s*<\w+>)", text
    ):
        return frozenset({"array"})
    words = [word.strip().lower() for word in re.split(r"\||/|,|\bor\b", text)]
    if all(word in TYPE_OF for word in words):
        return frozenset(TYPE_OF[word] for word in words)
    return frozenset()
