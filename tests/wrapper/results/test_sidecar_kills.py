"""kill -9 at every step of a download with a sidecar: what is there is whole, and a repeat writes what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from imagetasks import Client, read_sidecar
from support.result_hosts import PNG, URL, Hosts, picture, task
from support.sidecars import NAME, names

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no fork")

KILLED = """
import os, signal, sys, threading
from itertools import count
from pathlib import Path

sys.path.insert(0, sys.argv[2])
import httpx
from imagetasks import Client
from imagetasks._results import leftovers, partial, placing, sidecar_writing
from support.result_hosts import URL, Hosts, picture, task

FILES = [one.__file__ for one in (leftovers, partial, placing, sidecar_writing)]

def download(folder, kill_at):
    steps = count(1)

    def step(frame, event, _):
        # Before and after each call into C, such as write, fsync and link.
        if event in ("c_call", "c_return") and frame.f_code.co_filename in FILES:
            if next(steps) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    transport = httpx.MockTransport(Hosts({URL: picture()}))
    with Client({"akool": "secret-key-0123"}, transport=transport) as client:
        threading.setprofile(step)
        client.download(task(URL), folder, sidecar=True)
    os._exit(0)

for n in count(1):
    folder = Path(sys.argv[1], str(n))
    folder.mkdir()
    if (child := os.fork()) == 0:
        download(folder, n)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        break
"""


@pytest.mark.long
def test_a_kill_leaves_no_half_of_anything(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[2])
    runs = tmp_path / "runs"
    runs.mkdir()
    command = [sys.executable, "-c", KILLED, str(runs), tests]
    subprocess.run(command, check=True, timeout=300)
    transport = httpx.MockTransport(Hosts({URL: picture()}))
    client = Client({"akool": "secret-key-0123"}, transport=transport)
    seen = set()
    for folder in runs.iterdir():
        there = {name for name in names(folder) if not name.startswith(".")}
        seen.add(frozenset(there))
        if NAME in there:
            assert (folder / NAME).read_bytes() == PNG
        if f"{NAME}.json" in there:
            assert read_sidecar(folder / f"{NAME}.json").file == NAME
        client.download(task(URL), folder, sidecar=True)
        assert names(folder) == {NAME, f"{NAME}.json"}
        assert read_sidecar(folder / f"{NAME}.json").size == len(PNG)
    both = {NAME, f"{NAME}.json"}
    assert seen == {frozenset(), frozenset({NAME}), frozenset(both)}, "all were tried"
    client.close()
