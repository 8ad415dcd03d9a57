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
    (re.compile(rb"....ftyp(?:avi[fos]|MA1[AB])", re.DOTALL), ".avif"),
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cxms])", re.DOTALL), ".heic"),
    (re.compile(rb"....ftypjxl ", re.DOTALL), ".jxl"),
    (re.compile(rb"....ftypqt", re.DOTALL), ".mov"),
    (re.compile(rb"....ftyp", re.DOTALL), ".mp4"),
    (re.compile(rb"\x1aE\xdf\xa3"), ".webm"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"), ".jxl"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), ".bmp"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), ".tiff"),
)
ANY_HEIF = re.compile(rb"....ftyp(?:mif1|msf1|miaf)", re.DOTALL)
"""The codec is only among the brands that follow: the file format allows these as the first one."""
PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""gzip and zstd."""
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
    if head.startswith(PACKED):
        return "a packed file"
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
    if ANY_HEIF.match(head):
        return ".avif" if {b"avif", b"avis"} & _brands(head) else ".heic"
    for signature, found in SIGNATURES:
        if signature.match(head):
            return found
    return None


def _brands(head: bytes) -> set[bytes]:
    """ISO 14496-12: the first box has its size in front, and a brand at every fourth byte."""
    size = int.from_bytes(head[:4], "big")
    return {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
