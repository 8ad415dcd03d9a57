"""A task's video: its picture, small, with a bar that grows while two seconds go by."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from .._errors import MockError
from .pictures import Size, draw_card

_LONG_EDGE = 480
_FRAMES = 25
_MILLISECONDS = 80
"""For each frame."""


def film(provider: str, task_id: str, prompt: str | None, size: Size) -> bytes:
    """An MP4 of these proportions, with AV1 in it. Raises MockError where Pillow writes no AVIF."""
    from PIL import ImageDraw, features

    if not features.check("avif"):
        raise MockError(
            "videos are made by a Pillow that writes AVIF: this one does not"
        )
    width, height = _fit(size)
    card = draw_card(provider, task_id, prompt, (width, height))
    frames = [card.copy() for _ in range(_FRAMES)]
    for n, frame in enumerate(frames, start=1):
        bar = (0, height - height // 30 - 2, width * n // _FRAMES, height)
        ImageDraw.Draw(frame).rectangle(bar, fill="white")
    first, *others = frames
    file = io.BytesIO()
    first.save(
        file,
        "AVIF",
        save_all=True,
        append_images=others,
        duration=_MILLISECONDS,
        speed=8,
    )
    return _to_mp4(bytearray(file.getvalue()))


def _fit(size: Size) -> Size:
    """Small, and in even numbers, as some players want it."""
    shrink = max(*size, _LONG_EDGE) / _LONG_EDGE
    width, height = (max(round(edge / shrink / 2) * 2, 2) for edge in size)
    return width, height


def _to_mp4(file: bytearray) -> bytes:
    """
    An AVIF of several frames is nearly an MP4: boxes of ISO/IEC 14496-12 around an AV1 track. What
    differs is written over in place, so that all offsets in the file stay true.
    """
    at = dict(_boxes(file, 0, len(file)))

    def write(kind: bytes, offset: int, words: bytes) -> None:
        start = at[kind] + offset
        file[start : start + len(words)] = words

    (size,) = struct.unpack_from(">I", file, at[b"ftyp"])
    brands = struct.pack(">I4s4sI", 32, b"ftyp", b"isom", 512) + b"isomiso6av01mp41"
    write(b"ftyp", 0, brands + struct.pack(">I4s", size - len(brands), b"free"))
    # The first frame once more, as a still picture; and the wish to be repeated for ever.
    write(b"meta", 4, b"free")
    write(b"edts", 4, b"free")
    # A video, not pictures; enabled and part of the film; of the length of its frames.
    write(b"hdlr", 16, b"vide")
    write(b"tkhd", 11, b"\x03")
    length = bytes(file[at[b"mdhd"] + 32 :][:8])
    write(b"mvhd", 32, length)
    write(b"tkhd", 36, length)
    # Not the time of day: a task has one video, however often it is made.
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        write(kind, 12, bytes(16))
    return bytes(file)


def _boxes(file: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Kind and start of each box down to the head of the track."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", file, start)
        yield kind, start
        if kind in (b"moov", b"trak", b"mdia"):
            yield from _boxes(file, start + 8, start + size)
        start += size
