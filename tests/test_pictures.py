"""Pictures of the documentation are what a program drew, and stand alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks import plots

ROOT = Path(__file__).parents[1]
PICTURES = sorted((ROOT / "docs").rglob("*.svg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_loads_nothing_and_runs_nothing(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert ElementTree.fromstring(text).attrib["aria-label"]
    addresses = set(re.findall(r"https?://[^\"' )]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<image|<foreignObject|\bon\w+=|@import|url\((?!#)", text)  # fmt: skip


@pytest.mark.parametrize("name", plots.PLOTS)
def test_a_plot_shows_what_was_kept(name: str) -> None:
    assert (ROOT / plots.IMAGES / f"{name}.svg").read_text() == plots.drawn(name)


def test_a_trial_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / plots.RESULTS / "poll.json"
    before = file.read_bytes()
    plots.keep("poll", {"us_per_poll": {}}, "This was a trial.")
    assert file.read_bytes() == before
    assert "stays as it was: This was a trial." in capsys.readouterr().out


def words(picture: Path) -> str:
    nodes = ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join(node.text or "" for node in nodes).replace("\xa0", " ")


@pytest.mark.long
def test_the_live_view_still_looks_like_its_picture(tmp_path: Path) -> None:
    """But for ids, and for the moment."""

    def seen(picture: Path) -> set[str]:
        states = {"PENDING", "QUEUED", "RUNNING", "SAVING"}
        return {w for w in words(picture).split() if not re.search(r"\d", w)} - states

    new = tmp_path / "live.svg"
    tool = ROOT / "wrapper" / "tools" / "make_live.py"
    subprocess.run([sys.executable, tool, "--to", new], check=True, capture_output=True)
    kept = seen(ROOT / "docs" / "images" / "live.svg")
    assert kept >= {"imagetasks", "generate", "akool", "xingchaoyiqing", "saved"}
    assert {w for w in kept if w.isascii()} <= seen(new)
    assert "━" in words(new)
