"""What a client sent, read with care: nothing it sends may break the server."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from sys import intern
from typing import Any
from urllib.parse import parse_qsl

from ..specs.places import Json

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 10_000_000
_MAX_DEPTH = 100
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_JSON_TYPE = re.compile(r"application/([\w.+-]+\+)?json\s*(;|$)", re.IGNORECASE)


class Disconnected(Exception):
    """The client left before its request was whole."""


class BodyTooLarge(Exception):
    """The body is larger than MAX_BODY."""


class Unreadable(Exception):
    """The body is not JSON; the message says why."""


@dataclass(slots=True)
class Request:
    method: str
    path: str
    """Still percent-encoded."""
    query: bytes
    headers: dict[str, str]
    """By lower-case name; of several the first."""
    origin: str
    """This server as the client called it: http://host:port."""
    body: bytes = b""

    @classmethod
    def of(cls, scope: Scope) -> Request:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            # The log keeps thousands of requests, which have their headers' names in common.
            name = intern(name.decode("latin-1"))
            headers.setdefault(name, value.decode("latin-1"))
        path = scope.get("raw_path") or scope["path"].encode()
        return cls(
            method=scope["method"],
            path=path.decode("ascii", "replace"),
            query=scope["query_string"],
            headers=headers,
            origin=f"http://{_host(headers, scope)}",
        )

    def argument(self, name: str) -> str | None:
        """A query parameter; of several the first. An empty one is there."""
        pairs = parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)
        return next((value for key, value in pairs if key == name), None)

    @property
    def is_json(self) -> bool:
        """Whether it says that its body is."""
        kind = self.headers.get("content-type", "").strip()
        return _JSON_TYPE.match(kind) is not None

    def json(self) -> Json:
        """Raises Unreadable. A body of no stated type may be JSON too."""
        if "content-type" in self.headers and not self.is_json:
            raise Unreadable("the Content-Type is not application/json")
        return parse_json(self.body)


def parse_json(body: bytes) -> Json:
    """Raises Unreadable. Takes nothing that could not be written as JSON again."""
    try:
        value = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
        if _is_deep(value, body):
            raise RecursionError
        json.dumps(value, ensure_ascii=False).encode()  # refuses halves of characters
    except RecursionError:
        raise Unreadable("the JSON is nested too deeply") from None
    except UnicodeError:
        raise Unreadable("the body is not UTF-8 text") from None
    except ValueError as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    return value


def _is_deep(value: Json, body: bytes) -> bool:
    """More levels than the validator takes. Far below what stops the JSON parser."""
    if body.count(b"[") + body.count(b"{") <= _MAX_DEPTH:
        return False
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
    return bool(level)


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


async def read_body(receive: Receive, request: Request) -> None:
    """Raises BodyTooLarge and Disconnected."""
    if _stated_length(request) > MAX_BODY:
        raise BodyTooLarge
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks += message.get("body", b"")
        if len(chunks) > MAX_BODY:
            raise BodyTooLarge
        if not message.get("more_body", False):
            request.body = bytes(chunks)
            return


def _stated_length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _host(headers: dict[str, str], scope: Scope) -> str:
    """The Host header, unless it is none: it becomes part of URLs in answers."""
    host = headers.get("host", "")
    if _HOST.fullmatch(host):
        return host
    address, port = scope.get("server") or ("localhost", None)
    return f"{address}:{port}" if port else address


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number
