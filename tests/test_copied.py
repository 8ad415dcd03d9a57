"""Without an installation: copied into an application, or frozen into one file."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import httpx
import imagetasks
import imagetasks_clients
import imagetasks_mock
import pytest
from imagetasks._version import __version__
from imagetasks.providers import PROVIDERS
from imagetasks_mock.scenario import SHIPPED

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PACKAGES = (imagetasks, imagetasks_clients, imagetasks_mock)
PROGRAM = """
import asyncio, os, pathlib, sys
import imagetasks, imagetasks_mock
from imagetasks import Client, ImageRequest, PollPolicy
from imagetasks.webhooks import akool
from imagetasks_clients import PROVIDERS

out = pathlib.Path(sys.argv[1])
with imagetasks_mock.serve(duration=0.1, scenario="realistic") as mock:
    access = {name: mock.access(name) for name in PROVIDERS}
    with Client(access, policy=PollPolicy(min_gap=0.05, max_gap=0.1)) as client:
        for name in PROVIDERS:
            assert client.capabilities(name).image["prompt"]
        mock.reset()
        task = client.submit("akool", ImageRequest(prompt="a lighthouse"))
        mock.clock.advance(3600)
        task = client.wait(task, timeout=60)
        [path] = client.download(task, out)
        assert path.read_bytes()[:4] == b"\\x89PNG", path
    [agent] = {r.headers["user-agent"] for r in mock.requests if r.provider == "akool"}
    print(agent, len(PROVIDERS))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Our packages, and what they need, without any metadata of ours."""
    vendored = tmp_path / "vendored"
    vendored.mkdir()
    for package in PACKAGES:
        source = Path(package.__path__[0])
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, vendored / source.name, ignore=ignore)
    for entry in Path(httpx.__file__).parents[1].iterdir():
        ours = entry.name.startswith(("imagetasks", "_imagetasks", "__editable__"))
        if not ours and entry.suffix != ".pth":
            (vendored / entry.name).symlink_to(entry)
    return vendored


def run(*command: str | Path, path: Path | None = None) -> str:
    env = {"PYTHONPATH": str(path)} if path else {}
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, cwd="/", timeout=110
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout


def test_a_copy_works_without_metadata(copied: Path, tmp_path: Path) -> None:
    missing = "import importlib.metadata as m; print([d.name for d in m.distributions() if d.name == 'imagetasks'])"
    assert run(sys.executable, "-S", "-c", missing, path=copied) == "[]\n"
    said = run(sys.executable, "-S", "-c", PROGRAM, tmp_path / "out", path=copied)
    assert said == f"imagetasks/{__version__} {len(PROVIDERS)}\n"


def test_no_folder_is_listed(copied: Path, tmp_path: Path) -> None:
    """A frozen program has none."""
    unlisted = f"""
import pathlib, pkgutil
def unless_it_is_ours(list_it):
    def listing(place, *rest):
        assert {str(copied / "imagetasks")!r} not in str(place), place
        return list_it(place, *rest)
    return listing
pkgutil.iter_modules = unless_it_is_ours(pkgutil.iter_modules)
for name in ("iterdir", "glob", "rglob"):
    setattr(pathlib.Path, name, unless_it_is_ours(getattr(pathlib.Path, name)))
"""
    code = f"{unlisted}{PROGRAM}"
    assert run(sys.executable, "-S", "-c", code, tmp_path / "out", path=copied)


def test_every_adapter_is_one_of_a_generated_client() -> None:
    """And would not be found without."""
    for package in ("imagetasks.providers", "imagetasks_mock.vendors"):
        folder = Path(importlib.import_module(package).__path__[0])
        there = {f.stem for f in folder.glob("*.py") if not f.stem.startswith("_")}
        vendors = {name for name in there if find_spec(f"imagetasks_clients.{name}")}
        assert vendors <= set(imagetasks_clients.PROVIDERS)
        if package == "imagetasks.providers":
            assert vendors == there == set(PROVIDERS)


def test_the_scenarios_are_those_that_are_there() -> None:
    folder = Path(imagetasks_mock.__path__[0]) / "scenarios"
    assert sorted(SHIPPED) == sorted(file.stem for file in folder.glob("*.yaml"))


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet")
    run_here = {"check": True, "capture_output": True, "cwd": ROOT}
    subprocess.run([*pip, "pyinstaller>=6.11", ".[mock]"], **run_here)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    freeze = ("-m", "PyInstaller", "--log-level=ERROR", "--distpath=dist", "program.py")
    subprocess.run([python, *freeze], check=True, cwd=tmp_path)
    return tmp_path / "dist" / "program" / "program"


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="a folder has other names there")
def test_a_frozen_program_finds_vendors_specs_and_version(
    frozen: Path, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "env")
    said = run(frozen, tmp_path / "out")
    assert said == f"imagetasks/{__version__} {len(PROVIDERS)}\n"
