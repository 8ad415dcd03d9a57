"""What killed downloads leave in a folder, and who removes it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from imagetasks._results.leftovers import Sweeper, open_part


def hold(folder: Path, ready: Any) -> None:
    _, file = open_part(folder)
    file.write(b"half")
    file.flush()
    ready.set()
    signal.pause()


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_part_goes_once_its_writer_is_dead_and_not_before(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=hold, args=(tmp_path, ready))
    writer.start()
    assert ready.wait(60)
    Sweeper().sweep(tmp_path)
    assert len(list(tmp_path.glob(".imagetasks-*.part"))) == 1
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
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
