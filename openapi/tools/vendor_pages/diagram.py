"""
The states of a task as a picture: an SVG that needs no script, font or colour of the page around it.

Text stands in boxes with a background of their own. Lines have a grey that is visible on white and on black.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

from .words import seconds

# Background, edge and text, by the meaning of a state.
COLOURS = {
    "pending": ("#ddf4ff", "#54aeff", "#0a3069"),
    "queued": ("#ddf4ff", "#54aeff", "#0a3069"),
    "running": ("#fff8c5", "#d4a72c", "#4d2d00"),
    "succeeded": ("#dafbe1", "#4ac26b", "#044f1e"),
    "failed": ("#ffebe9", "#ff8182", "#82071e"),
    "cancelled": ("#fbefff", "#c297ff", "#3e1f79"),
    "not-found": ("#eaeef2", "#8c959f", "#24292f"),
    "call": ("#eaeef2", "#8c959f", "#24292f"),
}
LINE = "#7d8590"
WIDTH, HEIGHT, ACROSS, DOWN, EDGE = 168, 58, 56, 20, 12
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
SANS = "system-ui, -apple-system, 'Segoe UI', sans-serif"
UNDER_WAY = ("pending", "queued", "running")
NOTES = 26
"""Height below the boxes, for the text about polling."""


class Box(NamedTuple):
    x: float
    y: float
    name: str
    words: str
    meaning: str

    @property
    def left(self) -> tuple[float, float]:
        return self.x, self.y + HEIGHT / 2

    @property
    def right(self) -> tuple[float, float]:
        return self.x + WIDTH, self.y + HEIGHT / 2


def diagram(lifecycle: dict[str, Any], title: str, submits: str) -> str:
    """`submits`: the operations that make tasks."""
    states = lifecycle["states"]
    under_way = [state for state in states if state["meaning"] in UNDER_WAY]
    ends = [state for state in states if state["meaning"] not in UNDER_WAY]
    rows = max(len(ends), 1)
    height = rows * HEIGHT + (rows - 1) * DOWN
    middle = EDGE + (height - HEIGHT) / 2

    def x(column: int) -> float:
        return EDGE + column * (WIDTH + ACROSS)

    row = [Box(x(0), middle, submits, "submit", "call")]
    row += [
        _box(x(n + 1), middle, state, lifecycle) for n, state in enumerate(under_way)
    ]
    last = [
        _box(x(len(row)), EDGE + n * (HEIGHT + DOWN), state, lifecycle)
        for n, state in enumerate(ends)
    ]
    lines = [_arrow(a, b) for a, b in pairwise(row)]
    lines += [_arrow(row[-1], box, box.meaning == "not-found") for box in last]
    words = _polling(lifecycle)
    width = x(len(row)) + WIDTH + EDGE
    total = height + 2 * EDGE + (NOTES if words else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {total:g}" width="{width:g}" height="{total:g}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="{LINE}"/></marker></defs>',
        *lines,
        *(part for box in (*row, *last) for part in _drawn(box)),
    ]
    if words:
        parts.append(_text(EDGE, total - EDGE, words, LINE, 13, "start", SANS))
    return "\n".join([*parts, "</svg>", ""])


def _box(x: float, y: float, state: dict[str, Any], lifecycle: dict[str, Any]) -> Box:
    meaning = state["meaning"]
    words = {"not-found": "no such task"}.get(meaning, meaning)
    if meaning == "succeeded" and "result-lifetime" in lifecycle:
        words += f", kept {seconds(lifecycle['result-lifetime'])}"
    if meaning == "cancelled" and "cancel" in lifecycle:
        words += f" by {lifecycle['cancel']}"
    return Box(x, y, str(state["value"]), words, meaning)


def _polling(lifecycle: dict[str, Any]) -> str:
    gap = lifecycle.get("poll-gap", {})
    least, most = gap.get("min"), gap.get("max")
    if least and most:
        words = f"Poll every {least:g} to {most:g} s."
    elif least or most:
        words = f"Poll at most every {seconds(least)}." if least else f"Poll at least every {seconds(most)}."  # fmt: skip
    else:
        words = "No page says how often to poll."
    if "upstream-refresh" in lifecycle:
        words += f" The vendor refreshes a task every {seconds(lifecycle['upstream-refresh'])}."  # fmt: skip
    return words


def _arrow(start: Box, end: Box, is_dashed: bool = False) -> str:
    (x, y), (to_x, to_y) = start.right, end.left
    turn = (x + to_x) / 2
    dashed = ' stroke-dasharray="5 4"' if is_dashed else ""
    path = f"M{x:g} {y:g}C{turn:g} {y:g} {turn:g} {to_y:g} {to_x - 2:g} {to_y:g}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"{dashed} marker-end="url(#end)"/>'


def _drawn(box: Box) -> Iterator[str]:
    ground, edge, ink = COLOURS[box.meaning]
    yield f'<rect x="{box.x:g}" y="{box.y:g}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{ground}" stroke="{edge}" stroke-width="1.6"/>'
    middle = box.x + WIDTH / 2
    size = 15 if len(box.name) <= 15 else 15 * 15 / len(box.name)
    yield _text(middle, box.y + 26, box.name, ink, size, "middle", MONO, "600")
    size = 12 if len(box.words) <= 25 else 12 * 25 / len(box.words)
    yield _text(middle, box.y + 45, box.words, ink, size, "middle", SANS)


def _text(
    x: float,
    y: float,
    words: str,
    ink: str,
    size: float,
    anchor: str,
    font: str,
    weight: str = "400",
) -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}" font-size="{size:.3g}" font-weight="{weight}" text-anchor="{anchor}" font-family="{escape(font)}">{escape(words)}</text>'
