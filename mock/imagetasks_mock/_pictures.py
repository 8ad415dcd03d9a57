"""The results: pictures of the proportions that were asked for, drawn when they are fetched."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from math import gcd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Pillow is slow to import, and many runs never fetch a picture
    from PIL.Image import Image

Size = tuple[int, int]

_LONG_EDGES = {
    "480p": 854,
    "720p": 1280,
    "1k": 1024,
    "1080p": 1920,
    "2k": 2048,
    "4k": 3840,
}
_MAX_EDGE = 4096


def picture_size(body: Any) -> Size:
    """
    Pixels, from the request: `size`, or a ratio and a resolution. The longer edge is the one of
    the resolution or a little less, so that the proportions are exact.
    """
    exact = _pair(_field(body, "size"), "x")
    if exact and max(exact) <= _MAX_EDGE:
        return exact
    long = _LONG_EDGES.get(_field(body, "resolution").lower(), 1024)
    return with_long_edge(_ratio(body), long)


def with_long_edge(size: Size, long: int) -> Size:
    """These proportions exactly, at most `long` pixels; a square where they cannot be had."""
    unit = long * gcd(*size) // max(size)
    width, height = (edge // gcd(*size) * unit for edge in size)
    return (width, height) if unit else (long, long)


def _ratio(body: Any) -> Size:
    for name in ("ratio", "aspect_ratio", "aspectRatio", "scale"):
        if pair := _pair(_field(body, name), ":"):
            return pair
    return (1, 1)


def _field(body: Any, name: str) -> str:
    for place in _objects(body):
        if isinstance(place.get(name), str):
            return str(place[name])
    return ""


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield body
        if isinstance(body.get("input"), dict):
            yield body["input"]


def _pair(text: str, between: str) -> Size | None:
    found = re.fullmatch(rf"(\d{{1,5}}){between}(\d{{1,5}})", text)
    pair = (int(found[1]), int(found[2])) if found else (0, 0)
    return pair if min(pair) > 0 else None


@lru_cache(maxsize=32)
def draw(provider: str, task_id: str, prompt: str | None, size: Size) -> bytes:
    """A PNG with colours of its own for each task."""
    file = io.BytesIO()
    image = _card(provider, task_id, prompt, size, turn=0)
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


@lru_cache(maxsize=8)
def animate(provider: str, task_id: str, prompt: str | None, size: Size) -> bytes:
    """A short animated GIF, which stands for a video for now."""
    shrink = max(*size, 480) / 480
    small = (max(round(size[0] / shrink), 1), max(round(size[1] / shrink), 1))
    file = io.BytesIO()
    first, *others = (
        _card(provider, task_id, prompt, small, turn=turn) for turn in range(0, 360, 45)
    )
    first.save(file, "GIF", save_all=True, append_images=others, duration=120, loop=0)
    return file.getvalue()


def _card(
    provider: str, task_id: str, prompt: str | None, size: Size, *, turn: int
) -> Image:
    image = _gradient(task_id, size, turn)
    _write(image, [provider, task_id], prompt or "")
    return image


def _gradient(task_id: str, size: Size, turn: int) -> Image:
    """Nine colours that run into each other."""
    from PIL import Image, ImageColor

    seed = sha256(task_id.encode()).digest()
    hue = seed[0] * 360 // 256
    image = Image.new("RGB", (3, 3))
    for place, byte in enumerate(seed[1:10]):
        shade = 20 + (byte + turn) % 24
        color = f"hsl({(hue + byte // 2 + turn) % 360}, 60%, {shade}%)"
        image.putpixel((place % 3, place // 3), ImageColor.getrgb(color))
    return image.resize(size, Image.Resampling.BICUBIC)


def _write(image: Image, title: list[str], prompt: str) -> None:
    from PIL import ImageDraw, ImageFont

    width, height = image.size
    letter = max(min(width // 26, height // 14), 6)
    # A letter is about half as wide as it is high, a line a third higher.
    lines = textwrap.wrap(prompt[:2000], max(int(width * 0.88 / (letter * 0.52)), 8))
    room = max(int(height * 0.88 / (letter * 1.35)) - 3, 0)
    ImageDraw.Draw(image).multiline_text(
        (width * 0.06, height * 0.06),
        "\n".join([*title, "", *lines[:room]]),
        fill="white",
        font=ImageFont.load_default(letter),
        spacing=letter // 4,
    )
