"""Pictures of the size that was asked for, drawn when they are fetched."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator
from hashlib import sha256
from math import gcd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Pillow is slow to import, and many runs never fetch a picture
    from PIL.Image import Image

Size = tuple[int, int]

# As in xingchaoyiqing's examples of sizes, "2048x1152" and "3840x2160". No page gives the pixels
# of a resolution: what they are elsewhere is inferred.
_LONG_EDGES = {
    "480p": 854,
    "720p": 1280,
    "1k": 1024,
    "1080p": 1920,
    "2k": 2048,
    "4k": 3840,
}
_MAX_EDGE = 4096


def picture_size(body: Any, default: str = "1k") -> Size:
    """
    Pixels, from the request: `size`, or `width` and `height`, or a ratio and a resolution. The longer edge is the one of
    the resolution or a little less, so that the proportions are exact. A square where they are not
    told, as with `auto` and AKOOL's `Original`: source images are never looked at. The `default`
    resolution is the one that xingchaoyiqing and aigptimage document.
    """
    exact = _pair(_field(body, "size"), "x") or _edges(body)
    if exact and max(exact) <= _MAX_EDGE:
        return exact
    resolution = _field(body, "resolution").lower()
    long = _LONG_EDGES.get(resolution) or _LONG_EDGES[default]
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


def _edges(body: Any) -> Size | None:
    for place in _objects(body):
        width, height = place.get("width"), place.get("height")
        if (
            isinstance(width, int)
            and isinstance(height, int)
            and min(width, height) > 0
        ):
            return width, height
    return None


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


def draw(provider: str, task_id: str, prompt: str | None, size: Size) -> bytes:
    """A PNG with colours of its own for each task."""
    file = io.BytesIO()
    draw_card(provider, task_id, prompt, size).save(file, "PNG", compress_level=1)
    return file.getvalue()


def draw_card(provider: str, task_id: str, prompt: str | None, size: Size) -> Image:
    image = _gradient(task_id, size)
    _write(image, [provider, task_id], prompt or "")
    return image


def _gradient(task_id: str, size: Size) -> Image:
    """Nine colours that run into each other."""
    from PIL import Image, ImageColor

    seed = sha256(task_id.encode()).digest()
    hue = seed[0] * 360 // 256
    image = Image.new("RGB", (3, 3))
    for place, byte in enumerate(seed[1:10]):
        color = f"hsl({(hue + byte // 2) % 360}, 60%, {20 + byte % 24}%)"
        image.putpixel((place % 3, place // 3), ImageColor.getrgb(color))
    # No step that an eye would see, and half the time to draw and pack 4k.
    coarse = (size[0] // 4 + 1, size[1] // 4 + 1)
    return image.resize(coarse, Image.Resampling.BICUBIC).resize(
        size, Image.Resampling.NEAREST
    )


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
