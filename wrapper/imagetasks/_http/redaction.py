"""Cutting the API key out of what a vendor says, before anybody reads it."""

from __future__ import annotations

import html
import re

SHORTEST = 8
"""Characters of a key that is looked for: a shorter one is no real key, and could be part of any word."""


class Redaction:
    """
    Finds a key as careless vendors repeat it: in any case, in UTF-16, escaped for JSON, a URL or HTML, also twice.

    A vendor that means harm has the key anyway, and may write it in ways that nobody looks for.
    """

    def __init__(self, key: str) -> None:
        parts = re.findall(r"\\+|.", key)
        # From the start of a run of backslashes only: tried from each, megabytes of them would take days.
        start = b"" if key[:1].isalnum() else rb"(?<!\\)"
        self._pattern = re.compile(start + b"".join(map(_written, parts)))
        # No escape touches letters and digits: searching for these first costs next to nothing.
        self._core = max(re.findall(r"[a-z0-9]*", key.lower()), key=len).encode()
        self._is_real = len(key) >= SHORTEST

    def __call__(self, body: bytes) -> bytes:
        in_eights = body.replace(b"\0", b"")  # from UTF-16 too
        if not self._is_real or self._core not in in_eights.lower():
            return body
        without, found = self._pattern.subn(b"***", in_eights)
        return without if found else body


def _written(part: str) -> bytes:
    if part.isalnum():
        return f"[{part.lower()}{part.upper()}]".encode()
    if part.startswith("\\"):
        return rb"\\++"
    code = ord(part)
    ways = (
        # As a set: trying the same twice at each character of a key doubles the time with each.
        *{re.escape(part), re.escape(html.escape(part))},
        rf"u00(?i:{code:02x})",
        rf"%(?:25)*(?i:{code:02x})",
        rf"&#(?:0*{code}|(?i:x0*{code:x}));",
    )
    # One backslash more each time that it is escaped.
    return rf"\\*+(?:{'|'.join(ways)})".encode()
