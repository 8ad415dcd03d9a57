"""A request in a vendor's own spelling: exact, or refused with what comes nearest. No silent approximation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from urllib.parse import quote

from .._errors import UnsupportedRequest
from .._specs.spec import short

# RFC 3986, appendix B: origin, path, query, fragment.
_URL = re.compile(
    r"(https?://(?:[^/?#@]*@)?)([^/?#@]*)([^?#]*)(\?[^#]*)?(?:#(.*))?", re.I
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_MAY_STAND = "%!$&'()*+,;=:@/?"
"""In a path, a query and a fragment, beside letters, digits and `-._~`."""


def spell_ratio(provider: str, wanted: str, values: Sequence[str] | None) -> str:
    """`1920:1080` is `16:9`. Values of None are an open list, which takes anything."""
    if values is None:
        return wanted
    ratio = _ratio(wanted, ":")
    for value in values:
        if value.casefold() == wanted.casefold():
            return value
        if ratio is not None and _ratio(value, ":") == ratio:
            return value
    near = f", the nearest are {' and '.join(_nearest(ratio, values))}" if ratio else ""
    raise UnsupportedRequest(
        f"{provider}: no aspect_ratio {short(wanted)}{near}; it has {', '.join(values)}"
    )


def spell_resolution(provider: str, wanted: str, values: Sequence[str] | None) -> str:
    """`2K` is `2k`."""
    if values is None:
        return wanted
    for value in values:
        if value.casefold() == wanted.casefold():
            return value
    raise UnsupportedRequest(
        f"{provider}: no resolution {short(wanted)}; it has {', '.join(values)}"
    )


def read_edges(provider: str, size: str) -> tuple[int, int]:
    """Width and height, for a vendor that takes two numbers. Raises UnsupportedRequest."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", size, re.A)
    if match is None:
        raise UnsupportedRequest(
            f"{provider}: no size {short(size)}; it takes width and height, written 1024x768"
        )
    return int(match[1]), int(match[2])


def refuse_size(
    provider: str,
    size: str,
    ratios: Sequence[str] | None,
    resolutions: Sequence[str] | None,
) -> UnsupportedRequest:
    """The error of a size, where the vendor has no field for one."""
    words = f"{provider}: its API documents nothing for size"
    if ratio := _ratio(size, "x"):
        one = f"{ratio.numerator}:{ratio.denominator}"
        near = one if ratios is None else _nearest(ratio, ratios)[0]
        words += f"; nearest to {short(size)} is aspect_ratio {near}"
        if resolutions:
            words += f", with a resolution of {', '.join(resolutions)}"
    return UnsupportedRequest(words)


def check_public_url(provider: str, field: str, value: object) -> None:
    """Raises UnsupportedRequest. Never quotes the value: it may be a whole picture."""
    url = value.lower() if isinstance(value, str) else ""
    if url.startswith(("http://", "https://")):
        return
    what = "is a data URL" if url.startswith("data:") else "is no http(s) URL"
    raise UnsupportedRequest(
        f"{provider}: {field} {what}, and it takes public URLs only; upload the file somewhere first"
    )


def spell_url(url: str) -> str:
    """
    Percent-encoded where it holds what no URL may: text beyond ASCII, brackets, spaces. All else stays as it is, byte
    for byte, since a signature may cover it. What cannot be mended so is returned as it came, for the spec to refuse.
    """
    parts = _URL.fullmatch(url)
    if parts is None or _CONTROL.search(url) or url != url.strip():
        return url
    user, host, path, query, fragment = parts.groups()
    try:
        if not host.isascii():
            host = host.encode("idna").decode()
        marked = "" if fragment is None else f"#{_escaped(fragment)}"
        return f"{user}{host}{_escaped(path)}{_escaped(query or '')}{marked}"
    except UnicodeError:  # half a character, or a name that no resolver takes
        return url


def _escaped(part: str) -> str:
    return quote(_NO_ESCAPE.sub("%25", part), safe=_MAY_STAND)


def _ratio(text: str, between: str) -> Fraction | None:
    match = re.fullmatch(
        rf"(\d{{1,5}}(?:\.\d{{1,5}})?){between}(\d{{1,5}})", text, re.A
    )
    if match is None or int(match[2]) == 0 or Fraction(match[1]) == 0:
        return None
    return Fraction(match[1]) / int(match[2])


def _nearest(ratio: Fraction, values: Sequence[str]) -> list[str]:
    """The two, nearest first; twice as wide is as far away as twice as high."""
    distances = {
        value: abs(math.log(known / ratio))
        for value in values
        if (known := _ratio(value, ":"))
    }
    return sorted(distances, key=distances.__getitem__)[:2]
