"""The wheel: what users install, in an environment that holds nothing else of ours."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from imagetasks._version import __version__
from imagetasks_clients import PROVIDERS

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "dev.txt"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_three_packages_their_specs_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    roots = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert roots == {"imagetasks", "imagetasks_clients", "imagetasks_mock"}
    for package in roots:
        assert f"{package}/py.typed" in names
    assert "imagetasks/_results/sidecar.schema.json" in names
    for provider in PROVIDERS:
        assert f"imagetasks_clients/{provider}/openapi.json" in names
    for file in (ROOT / "mock" / "imagetasks_mock" / "page").iterdir():
        assert f"imagetasks_mock/page/{file.name}" in names


@pytest.mark.long
def test_the_wheel_imports_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = (
        tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    )
    # A release of today must not fail the tests of a change: `make test-newest` is there for that.
    pinned = re.findall(r"(?m)^\S+==\S+", LOCK.read_text())
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(pinned))
    command = f"-m pip install --quiet --constraint {constraints}"
    install = [python, *command.split(), f"imagetasks @ {wheel.as_uri()}"]
    subprocess.run(install, check=True)
    code = (
        "import imagetasks, importlib.metadata as m\n"
        "client = imagetasks.Client({'akool': 'KEY'})\n"
        "assert client, imagetasks.__file__\n"
        "assert imagetasks.__file__.startswith({prefix!r}), imagetasks.__file__\n"
        "print(m.version('imagetasks'))\n"
    ).replace("{prefix!r}", repr(str(tmp_path)))
    run = subprocess.run(
        [python, "-I", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.stdout.strip() == __version__
