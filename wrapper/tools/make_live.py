"""
Take the picture of the live view: `docs/images/live.svg`.

    make picture

The command itself runs, against our mock, on a terminal that this script holds the other end of. What stands on it at one
moment becomes SVG. Nothing is drawn that the command did not print.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

import imagetasks_mock
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "live.svg"
COLUMNS, ROWS = 92, 12
VENDORS = ("akool", "gptimage2api", "xingchaoyiqing")
PROMPTS = ("a lighthouse", "a pier at dawn")
FILE = "prompts.txt"
COMMAND = (
    f"imagetasks generate --from {FILE} {' '.join(f'-p {v}' for v in VENDORS)} -o out"
)
ENOUGH = re.compile(r"([2-9]) of \d+ saved")
"""The moment: some are saved, others are under way."""
SCENARIO = {
    "seed": 11,
    "durations": [
        {"provider": "akool", "median": 6},
        {"provider": "gptimage2api", "median": 12},
        {"provider": "xingchaoyiqing", "median": 24},
    ],
}
CONTROL = re.compile(r"\x1b\[(\d*)([A-HJKf])|\x1b\[\?25[lh]|\r")
# rich's own, without the font that it loads from elsewhere.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" class="rich-terminal" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="imagetasks generate in a terminal">
<title>imagetasks generate in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen:
    """What stands on the terminal. It knows the controls that rich's live view makes use of."""

    def __init__(self) -> None:
        self._lines: list[str] = [""]
        self._row = 0

    @property
    def text(self) -> str:
        return "\n".join(self._lines).rstrip()

    def write(self, printed: str) -> None:
        last = 0
        for found in re.finditer(rf"{CONTROL.pattern}|\n", printed):
            self._add(printed[last : found.start()])
            last = found.end()
            self._control(found)
        self._add(printed[last:])

    def _control(self, found: re.Match[str]) -> None:
        if found[0] == "\n":
            self._row += 1
            if self._row == len(self._lines):
                self._lines.append("")
        elif found[2] == "A":
            self._row = max(self._row - int(found[1] or 1), 0)
        elif found[2] == "K":
            self._lines[self._row] = ""
        elif found[2]:
            raise ValueError(f"a control that nobody knows: {found[0]!r}")

    def _add(self, words: str) -> None:
        self._lines[self._row] += words


def pieces(command: str, env: Mapping[str, str], folder: Path) -> Iterator[str]:
    """What the command prints on a terminal. It is ended when nobody asks for more."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    program = subprocess.Popen(
        command.split(), cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    end = time.monotonic() + 120
    try:
        while time.monotonic() < end:
            ready, _, _ = select.select([ours], [], [], 1)
            if ready:
                try:
                    read = os.read(ours, 65536)
                except OSError:  # the program has ended
                    return
                yield read.decode("utf-8", "replace")
    finally:
        program.terminate()
        program.wait()
        os.close(ours)


def taken(folder: Path) -> str:
    """The screen at the moment, with its colours as control codes."""
    (folder / FILE).write_text("\n".join(PROMPTS) + "\n")
    # Who has been here before is not told once more where the history is kept.
    (folder / "data" / "imagetasks" / "runs").mkdir(parents=True)
    screen = Screen()
    with imagetasks_mock.serve(scenario=SCENARIO) as mock:
        env = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR")}
        for vendor in VENDORS:
            env[f"{vendor.upper()}_API_KEY"] = "a-key-of-the-mock"
            env[f"{vendor.upper()}_BASE_URL"] = str(mock.access(vendor).base_url)
        env |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_DATA_HOME": str(folder / "data"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        }
        for printed in pieces(COMMAND, env, folder):
            screen.write(printed)
            if ENOUGH.search(screen.text):
                return screen.text
    raise SystemExit(f"That moment never came. It ended like this:\n{screen.text}")


def as_svg(screen: str) -> str:
    console = Console(
        record=True,
        width=COLUMNS,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(f"$ {COMMAND}", highlight=False, markup=False)
    for line in AnsiDecoder().decode(screen):
        console.print(line)
    return console.export_svg(
        title="imagetasks", theme=DIMMED_MONOKAI, code_format=SVG, unique_id="live"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=PICTURE, help="the file")
    file = parser.parse_args().to
    with tempfile.TemporaryDirectory() as folder:
        file.write_text(as_svg(taken(Path(folder))), "utf-8")
    print(f"{file}: taken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
