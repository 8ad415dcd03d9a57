"""
What the benchmarks found, as pictures: `docs/images/*.svg`, drawn from `results/*.json`.

    python tests/benchmarks/plots.py [--check]

A benchmark keeps what it found and draws it, unless it was a trial or the machine was busy. No library: three plots of
dots and lines. A card of their own ground is under each, so they read the same on white and on black.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
RESULTS = Path("tests", "benchmarks", "results")
IMAGES = Path("docs", "images")
INK, FAINT, RULE = "#24292f", "#57606a", "#d0d7de"
COLOURS = ("#0969da", "#bf3989", "#1a7f37", "#bc4c00", "#6639ba")
SANS = "system-ui, -apple-system, 'Segoe UI', sans-serif"
WIDTH = 760

Found = dict[str, Any]


class Frame(NamedTuple):
    """Where the plot lies, and from which to which value each side runs."""

    left: float
    top: float
    right: float
    bottom: float
    xs: tuple[float, float]
    ys: tuple[float, float] = (0, 1)
    is_log: bool = False

    def x(self, value: float) -> float:
        low, high = self.xs
        if self.is_log:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.ys
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 12,
    ink: str = FAINT,
    anchor: str = "start",
    turn: int = 0,
    weight: int = 400,
) -> str:
    turned = f' transform="rotate({turn} {x:g} {y:g})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{ink}" text-anchor="{anchor}"{turned}>{escape(words)}</text>'


def line(points: Sequence[tuple[float, float]], colour: str, dashes: str = "") -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dashed}/>'
    )


def dot(x: float, y: float, colour: str, size: float = 4.5) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{colour}" stroke="#fff"/>'


def axes(
    frame: Frame,
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    x_words: str,
    y_words: str,
) -> Iterator[str]:
    for tick in x_ticks:
        x = frame.x(tick)
        yield line([(x, frame.top), (x, frame.bottom)], RULE)
        yield text(x, frame.bottom + 17, f"{tick:,g}", anchor="middle")
    for tick in y_ticks:
        y = frame.y(tick)
        yield line([(frame.left, y), (frame.right, y)], RULE)
        yield text(frame.left - 8, y + 4, f"{tick:g}", anchor="end")
    middle = (frame.left + frame.right) / 2
    yield text(middle, frame.bottom + 36, x_words, anchor="middle")
    if y_words:
        half = (frame.top + frame.bottom) / 2
        yield text(frame.left - 44, half, y_words, anchor="middle", turn=-90)


def card(title: str, height: float, parts: Sequence[str], found: Found) -> str:
    where = f"{found['machine']}, {found['when']}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" role="img" aria-label="{escape(title)}" font-family="{escape(SANS)}">',
            f"<title>{escape(title)}</title>",
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:g}" rx="8" fill="#fff" stroke="{RULE}"/>',
            text(20, 30, title, size=15, ink=INK, weight=600),
            *parts,
            text(20, height - 12, where, size=11),
            "</svg>",
            "",
        ]
    )


def legend(x: float, y: float, names: Sequence[str]) -> Iterator[str]:
    for n, name in enumerate(names):
        yield dot(x, y + 20 * n - 4, COLOURS[n])
        yield text(x + 10, y + 20 * n, name, ink=INK)


LAWS = {
    "plain": "run times spread widely",
    "queued": "one task in five queues first",
    "tight": "run times close together",
}


def schedule(found: Found) -> str:
    """Polls against lag: a curve for each schedule, a plot for each kind of vendor."""
    parts: list[str] = []
    width = (WIDTH - 60) / len(LAWS)
    for n, (law, words) in enumerate(LAWS.items()):
        left = 60 + n * width
        frame = Frame(left, 84, left + width - 30, 330, (0, 40), (0, 3))
        title = "mean lag, seconds" if n == 0 else ""
        parts += axes(frame, (0, 10, 20, 30), (0, 1, 2, 3), "polls per task", title)
        parts.append(text(left, 72, words, ink=INK))
        for m, curve in enumerate(("fixed", "learned")):
            points = found["curves"][law][curve]
            places = [(frame.x(p["polls"]), frame.y(p["lag"])) for p in points]
            parts.append(line(places, COLOURS[m]))
            parts += [dot(x, y, COLOURS[m]) for x, y in places]
            if curve == "fixed":
                parts += [text(x + 6, y - 6, f"{p['gap']:g} s", size=11) for p, (x, y) in zip(points, places, strict=True)]  # fmt: skip
    parts += [dot(WIDTH - 370, 26, COLOURS[0]), text(WIDTH - 360, 30, "a look every so many seconds")]  # fmt: skip
    parts += [dot(WIDTH - 140, 26, COLOURS[1]), text(WIDTH - 130, 30, "first look learned")]  # fmt: skip
    return card("Polls against lag", 400, parts, found)


def poll(found: Found) -> str:
    """CPU per poll: a row for each client, a dot for each number in flight."""
    costs: dict[str, list[float]] = found["us_per_poll"]
    bottom = 60 + 24 * len(costs)
    frame = Frame(220, 50, WIDTH - 44, bottom, (50, 100_000), is_log=True)
    ticks = (100, 1000, 10_000, 100_000)
    parts = [*axes(frame, ticks, (), "microseconds of CPU for each poll", "")]
    for row, (name, values) in enumerate(costs.items()):
        y = 68 + 24 * row
        is_ours = name.startswith("imagetasks")
        parts.append(text(208, y + 4, name, ink=INK, anchor="end", weight=600 if is_ours else 400))  # fmt: skip
        ends = (frame.x(min(values)), y), (frame.x(max(values)), y)
        parts.append(line(ends, RULE))
        parts += [dot(frame.x(v), y, COLOURS[n]) for n, v in enumerate(values)]
    for n, number in enumerate(found["in_flight"]):
        parts.append(dot(WIDTH - 300 + 100 * n, 26, COLOURS[n]))
        parts.append(text(WIDTH - 290 + 100 * n, 30, f"{number} in flight"))
    return card("CPU of the client for each poll", bottom + 64, parts, found)


APART = 16
"""Side by side, where several stand at the same load."""


def lag(found: Found) -> str:
    """Lag against load: each round a dot, their median the line."""
    frame = Frame(70, 60, WIDTH - 250, 310, (20, 90), (0.8, 1.8))
    words = "per cent of the polls a second that the same transport reaches by hand"
    parts = [*axes(frame, (30, 60, 80), (0.8, 1.0, 1.2, 1.4, 1.6, 1.8), words, "mean lag / theory")]  # fmt: skip
    parts.append(line([(frame.left, frame.y(1)), (frame.right, frame.y(1))], INK, "4 4"))  # fmt: skip
    names: list[str] = []
    for row in found["rows"]:
        kind = "[fast]" if row["is_fast"] else "httpx"
        name = f"{kind}, {row['gap']:g} s between looks"
        if name not in names:
            names.append(name)
            same = [r for r in found["rows"] if (r["is_fast"], r["gap"]) == (row["is_fast"], row["gap"])]  # fmt: skip
            medians = [
                (
                    frame.x(r["share"] * 100) + APART * (len(names) - 1),
                    frame.y(statistics.median(r["mean"]) / r["theory"]),
                )
                for r in same
            ]
            if len(medians) > 1:
                parts.append(line(medians, COLOURS[len(names) - 1]))
            parts += [dot(x, y, COLOURS[len(names) - 1], 6) for x, y in medians]
        colour = COLOURS[names.index(name)]
        x = frame.x(row["share"] * 100) + APART * names.index(name)
        parts += [dot(x, frame.y(mean / row["theory"]), colour, 3) for mean in row["mean"]]  # fmt: skip
    parts += legend(WIDTH - 225, 90, names)
    parts.append(text(WIDTH - 230, 90 + 20 * len(names) + 10, "large: median of the rounds"))  # fmt: skip
    return card("How late an end is noticed", 388, parts, found)


PLOTS: dict[str, Callable[[Found], str]] = {"schedule": schedule, "poll": poll, "lag": lag}  # fmt: skip


def machine() -> str:
    model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def keep(name: str, found: Found, refusal: str | None = None) -> None:
    """What a benchmark found, as JSON and as a picture. `refusal`: why it says nothing, and so is not kept."""
    if refusal:
        print(f"\n{RESULTS / name}.json stays as it was: {refusal}")
        return
    whole = {"machine": machine(), "when": date.today().isoformat(), **found}
    (ROOT / RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    (ROOT / IMAGES / f"{name}.svg").write_text(drawn(name))
    print(f"\nkept: {RESULTS / name}.json, {IMAGES / name}.svg")


def drawn(name: str) -> str:
    found = json.loads((ROOT / RESULTS / f"{name}.json").read_text())
    return PLOTS[name](found)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say what differs")
    wants_check = parser.parse_args().check
    stale = []
    for name in PLOTS:
        picture = ROOT / IMAGES / f"{name}.svg"
        made = drawn(name)
        if not picture.exists() or picture.read_text() != made:
            stale.append(name)
            if not wants_check:
                picture.write_text(made)
    print(*(f"{IMAGES / name}.svg: {'not as drawn' if wants_check else 'drawn'}" for name in stale), sep="\n")  # fmt: skip
    return 1 if stale and wants_check else 0


if __name__ == "__main__":
    sys.exit(main())
