"""Range requests, as section 14 of RFC 9110 has them: one range of bytes."""

from __future__ import annotations

import re

from ..exchange.requests import Request

# A number of more digits is beyond every file, and may be ignored like all that is odd.
_BYTES = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def requested_range(request: Request, length: int, tag: str) -> range | None:
    """
    Which bytes of so many are asked for; None is all of them, without a word on ranges. Empty
    when none of those asked for is there.
    """
    # "GET is the only method" that ranges are defined for: to HEAD, all of the headers.
    found = _BYTES.fullmatch(request.headers.get("range", ""))
    if not found or request.method != "GET":
        return None
    # Dates have no chance: no result tells when it was last changed.
    if request.headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(length - int(last), 0), length) if last else None
    start, stop = int(first), int(last) + 1 if last else length
    if last and stop <= start:
        return None  # backwards, which is no range
    return range(start, min(stop, length))
