"""The wheel: what users install, in an environment that holds nothing else of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from imagetasks._version import __version__
from imagetasks_clients import PROVIDERS

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "dev.txt"


SDIST_WITHOUT = (".ci/", ".github/")
INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def build(folder: Path, source: Path = ROOT) -> tuple[Path, Path]:
    """Wheel and source archive."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    # Hatchling's own moment, whatever the machine's environment says.
    env = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    subprocess.run(command, cwd=source, env=env, check=True, capture_output=True)
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def wheel(built: tuple[Path, Path]) -> Path:
    return built[0]


def tracked() -> set[str]:
    """The files of the repository."""
    if not (ROOT / ".git").exists():
        pytest.skip("what belongs to the project, git knows")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = set(listed.stdout.split("\0")) - {""}
    return {name for name in names if (ROOT / name).exists()}


@pytest.mark.long
def test_the_wheel_holds_the_files_of_the_packages_and_nothing_else(
    wheel: Path,
) -> None:
    roots = ("wrapper/imagetasks/", "generated/imagetasks_clients/", "mock/imagetasks_mock/")  # fmt: skip
    ours = {n.partition("/")[2] for n in tracked() if n.startswith(roots)}
    info = {f"imagetasks-{__version__}.dist-info/{name}" for name in INFO}
    assert set(zipfile.ZipFile(wheel).namelist()) == ours | info


def test_the_source_archive_holds_the_repository_and_nothing_else(
    built: tuple[Path, Path],
) -> None:
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    ours = {name for name in tracked() if not name.startswith(SDIST_WITHOUT)}
    assert names == ours | {"PKG-INFO"}


@pytest.mark.long
def test_two_builds_are_the_same_to_the_byte(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    """In another folder, of files that are newer: so nothing of either is in it."""
    source = tmp_path / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    again = build(tmp_path / "dist", source)
    wheels = [path.read_bytes() for path in (built[0], again[0])]
    assert wheels[0] == wheels[1]
    archives = [path.read_bytes() for path in (built[1], again[1])]
    assert archives[0] == archives[1]


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


SMOKE = {
    "": "client = imagetasks.Client({'akool': 'KEY'}); client.close()",
    "fast": "import asyncio; from imagetasks._http.sender import _fast_client; assert _fast_client()",
    "cli": "from imagetasks.cli import main; import sys; sys.argv[1:] = ['providers']; main()",
    "webhooks": "from imagetasks.webhooks.akool import Receiver; assert Receiver('id', 'secret')",
    "durable": (
        "from imagetasks.durable import Tasks\n"
        "with Tasks('sqlite:///tasks.db', {'akool': 'KEY'}) as tasks:\n"
        "    assert tasks.submit('akool', imagetasks.ImageRequest('a lighthouse'), key='1')"
    ),
    "storage": "import obstore.store; assert obstore.store.MemoryStore()",
    "otel": "import imagetasks.otel; assert imagetasks.otel.Telemetry()",
    "mock": (
        "import imagetasks_mock\n"
        "with imagetasks_mock.serve(speed=0) as mock:\n"
        "    client = imagetasks.Client({'akool': mock.access('akool')})\n"
        "    assert client.submit('akool', imagetasks.ImageRequest('a lighthouse'))"
    ),
}
"""By extra: what it is for."""


def test_every_extra_has_its_smoke_test() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SMOKE.keys() - {""} == project["optional-dependencies"].keys()


@pytest.mark.long
@pytest.mark.parametrize("extra", SMOKE)
def test_an_extra_works_alone_in_an_empty_environment(
    extra: str, wheel: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    python = tmp_path / "env" / folder / "python"
    # A release of today must not fail the tests of a change: `make test-newest` is there for that.
    pinned = re.findall(r"(?m)^\S+==\S+.*?(?= *\\?$)", LOCK.read_text())
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(pinned))
    wanted = f"imagetasks[{extra}]" if extra else "imagetasks"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    install = [*pip, "--constraint", constraints, f"{wanted} @ {wheel.as_uri()}"]
    subprocess.run(install, check=True)
    code = (
        "import importlib.metadata, imagetasks\n"
        f"assert imagetasks.__file__.startswith({str(tmp_path)!r}), imagetasks.__file__\n"
        f"assert importlib.metadata.version('imagetasks') == {__version__!r}\n"
    )
    run = subprocess.run(
        [python, "-I", "-c", code + SMOKE[extra]],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
