"""What killed downloads leave in a folder, and who removes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from imagetasks._results.leftovers import Sweeper, open_part

HOLD = """
import sys, time
from pathlib import Path
from imagetasks._results.leftovers import open_part
_, file = open_part(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_part_goes_once_its_writer_is_dead_and_not_before(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        Sweeper().sweep(tmp_path)
        assert len(list(tmp_path.glob(".imagetasks-*.part"))) == 1
        writer.kill()
    Sweeper().sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_this_process_stays(tmp_path: Path) -> None:
    path, file = open_part(tmp_path)
    with file:
        Sweeper().sweep(tmp_path)
        assert path.exists()


def test_nothing_else_is_touched(tmp_path: Path) -> None:
    others = [tmp_path / "x.part", tmp_path / ".imagetasks-x.png"]
    for other in others:
        other.touch()
    (tmp_path / ".imagetasks-y.part").mkdir()
    aim = tmp_path / "aim"
    aim.touch()
    (tmp_path / ".imagetasks-z.part").symlink_to(aim)
    before = sorted(tmp_path.iterdir())
    Sweeper().sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == before
