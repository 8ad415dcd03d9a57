"""Traffic that a browser, a proxy or the mock has kept as HAR 1.2, held against the specs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from .. import Drift
from .._drift.recorder import DriftRecorder
from .._http.answer import Answer
from .._http.servers import server_url
from .._httpx import URL, InvalidURL
from ..providers import PROVIDERS, Provider


class BadHar(ValueError):
    """What is no HAR, and where: a line, or a JSON pointer."""


class CheckedTraffic(NamedTuple):
    """What was found in a file, and how much of it was looked at."""

    drift: tuple[Drift, ...]
    answers: int
    """Those of documented operations."""
    others: int
    """Those of no vendor, or of no operation that its spec knows; and requests without an answer."""


def check_har(path: Path) -> CheckedTraffic:
    """Raises BadHar, naming the place, and OSError."""
    recorder, answers, others = DriftRecorder(), 0, 0
    for entry in list(_entries(path)):  # a file that is broken is not reported in part
        found = _operation(entry)
        if found is None or entry.answer is None:
            others += 1
            continue
        provider, target = found
        answers += 1
        recorder.look(
            provider.name,
            provider.answers,
            {"method": entry.method, "url": target},
            entry.answer,
            entry.at,
        )
    return CheckedTraffic(recorder.seen, answers, others)


def _operation(entry: HarEntry) -> tuple[Provider, str] | None:
    """The vendor whose request it is, and the path in its spec."""
    for provider in PROVIDERS.values():
        for base in _bases(provider, entry.url):
            target = entry.url.path.removeprefix(base)
            if entry.url.path.startswith(f"{base}/") and provider.answers.operation(
                entry.method, target
            ):
                return provider, target
    return None


def _bases(provider: Provider, url: URL) -> Iterator[str]:
    """The path of the vendor's server; at another host, such as the mock's, the vendor's name comes first."""
    for server in provider.spec.document["servers"]:
        own = URL(server_url(server))
        path = own.path.rstrip("/")
        if own.host == url.host:
            yield path
        yield f"/{provider.name}{path}"
    yield f"/{provider.name}"


# The file.


class HarEntry(NamedTuple):
    at: datetime
    method: str
    url: URL
    answer: Answer | None
    """None where there was none, or its body was not kept."""


def _entries(path: Path) -> Iterator[HarEntry]:
    try:
        har = json.loads(path.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        words = f"{path}, line {error.lineno}, column {error.colno}: {error.msg}"
        raise BadHar(words) from None
    except UnicodeError:
        raise BadHar(f"{path}: it is not UTF-8 text") from None
    except (RecursionError, ValueError) as error:
        raise BadHar(f"{path}: it is not readable JSON: {error}") from None
    root = HarPlace(str(path), "", har)
    for place in root.get("log", dict).get("entries", list).items():
        request, response = place.get("request", dict), place.get("response", dict)
        yield HarEntry(
            at=place.get("startedDateTime", str).instant(),
            method=request.get("method", str).value.lower(),
            url=request.get("url", str).url(),
            answer=_answer(response),
        )


def _answer(response: HarPlace) -> Answer | None:
    status = response.get("status", int).value
    headers = {
        header.get("name", str).value.encode(): header.get("value", str).value.encode()
        for header in response.get("headers", list).items()
    }
    content = response.get("content", dict)
    if status < 100 or "text" not in content.value:
        return None
    text = content.get("text", str)
    encoding = content.value.get("encoding")
    if encoding not in (None, "", "base64"):
        raise text.error(f"of the encoding {encoding!r}, not base64")
    body = text.decoded() if encoding else text.value.encode("utf-8", "replace")
    return Answer(status, headers, body)


class HarPlace(NamedTuple):
    """A value in the file, with the way that leads to it."""

    file: str
    pointer: str
    value: Any

    def get(self, name: str, kind: type) -> HarPlace:
        """Raises BadHar where it is not there, or of another kind."""
        inner = HarPlace(self.file, f"{self.pointer}/{name}", None)
        if not isinstance(self.value, dict):
            raise self.error("no object")
        if name not in self.value:
            raise inner.error("missing")
        found = inner._replace(value=self.value[name])
        if not isinstance(found.value, kind) or isinstance(found.value, bool):
            raise found.error(f"not {_KINDS[kind]}")
        return found

    def items(self) -> Iterator[HarPlace]:
        for n, value in enumerate(self.value):
            yield HarPlace(self.file, f"{self.pointer}/{n}", value)

    def error(self, words: str) -> BadHar:
        return BadHar(f"{self.file}: {self.pointer or 'the whole'} is {words}")

    def instant(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.value)
        except ValueError:
            raise self.error("not a time as ISO 8601 has it") from None
        if found.tzinfo is None:
            raise self.error("a time without its zone")
        return found

    def url(self) -> URL:
        try:
            return URL(self.value)
        except (InvalidURL, ValueError) as error:
            raise self.error(f"no URL: {error}") from None

    def decoded(self) -> bytes:
        try:
            return base64.b64decode(self.value, validate=True)
        except (binascii.Error, ValueError):
            raise self.error("not base64") from None


_KINDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}
