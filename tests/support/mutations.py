"""Answers of vendors, spoiled: what an adapter may meet on its worst day."""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

ECHOED = "sk-Live/9+a&b=secret<0"
"""A key with all that is written differently in JSON, a URL or HTML."""


def spellings(key: str) -> list[str]:
    """How a careless vendor may repeat a key."""
    return [
        key,
        f"Bearer {key}",
        key.upper(),
        key.lower(),
        key.replace("/", "\\/"),
        "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in key),
        quote(key, safe=""),
        quote(quote(key, safe=""), safe="").lower(),
        html.escape(key),
        "".join(c if c.isalnum() else f"&#{ord(c)};" for c in key),
        "".join(c if c.isalnum() else f"&#x{ord(c):X};" for c in key),
        json.dumps({"key": key}).replace("/", "\\/"),
    ]


# fmt: off
ODD_VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 3, 4, 5, 99, -1, 200, 408, 429, 500, 1000, 1104, 10**30, 10**400, -(10**400),
    0.5, 1e308, float("nan"), float("inf"), float("-inf"), 253402300800, 253402300800000, -62135596801,
    "", " ", "0", "1", "200", "completed", "queued", "success", ".", "..", "/", "a/../b", "a\0b", "a\nb\r\nc", "\x1b[31m",
    "\ud800", "\udfff\ud800", "\U0010ffff", "x" * 5000, "9" * 5000, "http://", "https://x/\ud800", "HTTPS://x/\n",
    "javascript:alert(1)", "file:///etc/passwd", "https://[", "2026-04-22T09:00:00Z", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59", "{", "null", "[]", '{"resultUrls": [1]}', '{"input": []}', "NaN", [], {}, [[]], [None],
    ["https://x/1.png"], {"code": 200}, {"": None}, *spellings(ECHOED),
]
# fmt: on
# Copies: what is put into a body may be spoiled in its turn.
VALUES = st.sampled_from(ODD_VALUES).map(copy.deepcopy) | st.text(
    st.characters(exclude_categories=()), max_size=9
)
WAYS = st.sampled_from(["put"] * 4 + ["drop", "rename", "wrap", "text"])
Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


def json_inside(value: Any) -> Any:
    """What a string holds that is JSON, as aigptimage has them; None for anything else."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return None


@st.composite
def spoiled(draw: st.DrawFn, bodies: list[Any]) -> Any:
    """A documented answer, up to three of its values dropped, replaced, renamed or wrapped, those in strings too."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(body))))
        if not path:
            if draw(st.integers(0, 9)):
                continue
            return draw(VALUES)
        *parents, last = path
        node = body
        for step in parents:
            node = node[step]
        old = node[last]
        inside = json_inside(old)
        match draw(WAYS):
            case "put" if inside is not None and draw(st.booleans()):
                node[last] = json.dumps(draw(spoiled([inside])))
            case "put":
                node[last] = draw(VALUES)
            case "drop":
                del node[last]
            case "rename" if isinstance(node, dict):
                node[draw(st.sampled_from([str(last).upper(), "x", "id", ""]))] = old
                node.pop(last, None)
            case "text":
                node[last] = old if isinstance(old, str) else json.dumps(old)
            case _:
                node[last] = draw(st.sampled_from([[old], {"x": old}, [old, old]]))
    return body


def spoiled_text(draw: st.DrawFn, text: str) -> str:
    """JSON that is no longer, or says a thing twice, or goes on and on."""
    where = draw(st.integers(0, len(text)))
    match draw(st.sampled_from(["cut", "deep", "twice", "join"])):
        case "cut":
            return text[:where]
        case "deep":
            depth = draw(st.sampled_from([50, 900, 100_000]))
            return text.replace("null", "[" * depth + "]" * depth).replace(
                "{", '{"x": ' + "[" * depth + "]" * depth + ",", 1
            )
        case "twice":
            extra = draw(st.sampled_from(ODD_VALUES))
            names = st.sampled_from(["id", "code", "data", "status", "taskId"])
            return text.replace("}", f', "{draw(names)}": {json.dumps(extra)}' + "}", 1)
        case _:
            return text + draw(st.sampled_from([text, " x", "\0", "\ufeff", "]"]))


@st.composite
def contents(draw: st.DrawFn, bodies: list[Any]) -> bytes:
    """The bytes of a spoiled answer."""
    text = json.dumps(draw(spoiled(bodies)))
    if draw(st.integers(0, 3)) == 0:
        text = spoiled_text(draw, text)
    codec = draw(st.sampled_from(["utf-8"] * 9 + ["utf-8-sig", "utf-16", "utf-32-be"]))
    content = bytearray(text.encode(codec, "surrogatepass"))
    if content and draw(st.integers(0, 4)) == 0:
        for _ in range(draw(st.integers(1, 3))):
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


STATUSES = st.sampled_from([200] * 30 + [400, 401, 429, 500]) | st.integers(100, 999)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["text/html", "application/json; charset=utf-7", "", "\x80", ECHOED]
        ),
        "Content-Encoding": st.sampled_from(
            ["identity", "gzip", "br", "deflate, gzip", "x"]
        ),
        "Retry-After": st.sampled_from(
            [
                *("0", "-1", "1e9", "9" * 400, "soon", "inf", "nan", "٣", ECHOED),
                "Wed, 21 Oct 2015 07:28:00 GMT",
                "Wed, 99999999999 Oct 9999 1:1:1 GMT",
                "Mon, 1 Jan 0001 00:00:00 +2359",
                "Mon, 1 Jan 2026 00:00:00 +999999999",
            ]
        ),
        "Date": st.sampled_from(
            ["", "x", "Mon, 1 Jan 2026 00:00:00", "1 Jan 99999 0:0 GMT"]
        ),
        "Set-Cookie": st.sampled_from(["a=b", "a=\xff", "a=\x01; Path=/", "=;=", "ü"]),
        "Location": st.sampled_from(["http://[", "//", ECHOED]),
    },
)
