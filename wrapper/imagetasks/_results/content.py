"""What a file is, by its first bytes."""

from __future__ import annotations

import mimetypes
import re

HEAD = 512
"""Bytes from the start that are looked at."""

SIGNATURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), ".avif"),
    (re.compile(rb"....ftyp(?:hei[cx]|mif1)", re.DOTALL), ".heic"),
    (re.compile(rb"....ftypqt", re.DOTALL), ".mov"),
    (re.compile(rb"....ftyp", re.DOTALL), ".mp4"),
    (re.compile(rb"\x1aE\xdf\xa3"), ".webm"),
)
TEXT = bytes(set(range(0x20, 0x100)) - {0x7F} | set(b"\t\n\v\f\r\x1b"))
"""The bytes of texts in any usual encoding: pictures and videos have others among the first ones."""
MARKS = (b"\xff\xfe", b"\xfe\xff")
"""UTF-16."""


def text_instead(head: bytes, media_type: str) -> str | None:
    """What came instead of a picture or a video, such as "a web page"; None where it may be one."""
    if _by_signature(head):
        return None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = media_type.lower()
    if "html" in kind or re.match(rb"<(!doctype html|html|head|body)", start):
        return "a web page"
    if "xml" in kind or re.match(rb"<[a-z?!]", start):
        return "XML"
    is_text = head.startswith(MARKS) or not head.translate(None, TEXT)
    if "json" in kind or (is_text and start.startswith((b"{", b"["))):
        return "JSON"
    return "text" if is_text else None


def extension(head: bytes, media_type: str, path: str) -> str:
    """By content, else by the server's word, else by the URL's path; none that is not of a picture or a video."""
    named = mimetypes.guess_type(path.rpartition("/")[2], strict=False)[0] or ""
    guesses = (
        mimetypes.guess_extension(kind)
        for kind in (media_type.partition(";")[0].strip().lower(), named)
        if kind.startswith(("image/", "video/"))
    )
    return _by_signature(head) or next(filter(None, guesses), ".bin")


def _by_signature(head: bytes) -> str | None:
    for signature, found in SIGNATURES:
        if signature.match(head):
            return found
    return None
