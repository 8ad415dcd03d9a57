"""What `make` installs is what the lock files say, whatever has been released since."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
ENVIRONMENTS = {".venv/run.ok", ".venv/dev.ok", ".venv/codegen/ok", ".venv/resolve/ok", ".venv/bench/ok"}  # fmt: skip

# A project that is built by a file of its own: nothing else has to be installed for that.
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "project"
version = "1"
"""
BACKEND = """
import shutil

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "project-1-py3-none-any.whl"
    shutil.copy(name, folder)
    return name
"""


def wheel(folder: Path, name: str, version: str, *metadata: str) -> Path:
    """A package of one empty module."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    members = {
        f"{name}.py": "",
        f"{info}/METADATA": head + "".join(f"{line}\n" for line in metadata),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(file, "w") as archive:
        record = ""
        for member, text in members.items():
            digest = hashlib.sha256(text.encode()).digest()
            encoded = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            record += f"{member},sha256={encoded},{len(text)}\n"
            archive.writestr(member, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return file


def release(index: Path, name: str, version: str, *metadata: str) -> str:
    """One more release on the index; its line in a lock file."""
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    file = wheel(folder, name, version, *metadata)
    links = [f'<a href="{path.name}">{path.name}</a>' for path in folder.glob("*.whl")]
    (folder / "index.html").write_text("\n".join(links))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def tree(tmp_path: Path, index: Path) -> Path:
    """Our Makefile, over packages one of which asks for another with an extra, like pytest-cov for coverage[toml]."""
    root = tmp_path / "tree"
    (root / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", root)
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "backend.py").write_text(BACKEND)
    wheel(root, "project", "1")
    locked = [
        release(index, "plugin", "1.0", "Requires-Dist: measure[extra]>=1"),
        release(index, "measure", "1.0", *needs("reader>=1")),
        release(index, "reader", "1.0"),
    ]
    (root / "requirements" / "dev.txt").write_text("".join(locked))
    return root


def needs(requirement: str) -> list[str]:
    return [
        "Provides-Extra: extra",
        f'Requires-Dist: {requirement}; extra == "extra"',
    ]


def install(tree: Path, index: Path) -> subprocess.CompletedProcess[str]:
    """`make .venv/dev.ok`, as on a machine that knows this one index."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "MAKE"))}
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.as_uri()}
    return subprocess.run(
        ["make", ".venv/dev.ok", f"PYTHON={sys.executable}"],
        cwd=tree,
        env=env,
        capture_output=True,
        text=True,
    )


def installed(tree: Path) -> dict[str, str]:
    (packages,) = (tree / ".venv" / "lib").glob("python*/site-packages")
    found = (path.name.split("-") for path in packages.glob("*.dist-info"))
    versions = {name: version.removesuffix(".dist") for name, version, *_ in found}
    return {n: v for n, v in versions.items() if n not in ("pip", "setuptools")}


PINNED = {"plugin": "1.0", "measure": "1.0", "reader": "1.0", "project": "1"}


def released_since(index: Path) -> None:
    release(index, "plugin", "1.1", "Requires-Dist: measure[extra]>=1")
    release(index, "measure", "1.1", *needs("reader>=1"))
    release(index, "reader", "1.1")


@pytest.mark.long
@pytest.mark.parametrize(
    "pip",
    [
        pytest.param("", id="the pip of this Python"),
        pytest.param("22.3", id="the pip of 3.11.0"),
    ],
)
def test_what_is_pinned_is_installed_whatever_came_later(
    tree: Path, index: Path, pip: str
) -> None:
    released_since(index)
    if pip:  # from the registry
        environment = tree / ".venv"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        command = [environment / "bin" / "pip", "install", "--quiet", f"pip=={pip}"]
        subprocess.run(command, check=True, capture_output=True)
    done = install(tree, index)
    assert done.returncode == 0, done.stderr
    assert installed(tree) == PINNED


@pytest.mark.long
def test_a_lock_that_does_not_fit_together_is_refused(tree: Path, index: Path) -> None:
    lock = tree / "requirements" / "dev.txt"
    _, *rest = re.split(r"(?m)^(?=\w)", lock.read_text())[1:]
    wants_more = release(index, "plugin", "2.0", "Requires-Dist: measure>=2")
    lock.write_text("".join([wants_more, *rest]))
    done = install(tree, index)
    assert done.returncode != 0
    assert "plugin 2.0 has requirement measure>=2" in done.stdout
    assert not (tree / ".venv" / "dev.ok").exists()


@pytest.mark.long
def test_a_file_that_is_not_the_locked_one_is_refused(tree: Path, index: Path) -> None:
    release(index, "reader", "1.0", "Summary: another")
    done = install(tree, index)
    assert done.returncode != 0
    assert "HASHES" in done.stderr


@pytest.mark.long
def test_what_the_lock_no_longer_names_goes(tree: Path, index: Path) -> None:
    assert install(tree, index).returncode == 0
    lock = tree / "requirements" / "dev.txt"
    lock.write_text(release(index, "reader", "1.0"))
    newer = (tree / ".venv" / "dev.ok").stat().st_mtime_ns + 10**9
    os.utime(lock, ns=(newer, newer))
    done = install(tree, index)
    assert done.returncode == 0, done.stderr
    assert installed(tree) == {"reader": "1.0", "project": "1"}


def commands(target: str) -> list[list[str]]:
    """All `pip install` of a target."""
    dry = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = dry.stdout.replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if "pip install" in line]


@pytest.mark.parametrize("target", sorted(ENVIRONMENTS))
def test_nothing_is_resolved_at_install_time(target: str) -> None:
    asked = commands(target)
    assert asked
    for command in asked:
        assert "--no-deps" in command
        if "--editable" in command:
            assert "--no-build-isolation" in command
        else:
            assert "--require-hashes" in command
            (lock,) = (word for word in command if word.endswith(".txt"))
            assert (ROOT / lock).is_file()


def test_every_environment_of_the_makefile_is_held_here() -> None:
    makefile = (ROOT / "Makefile").read_text()
    stamps = set(re.findall(r"(?m)^(\.venv/\w+/ok):", makefile))
    stamps |= {f".venv/{n}.ok" for n in re.findall(r"(?m)^\.venv/(\w+)\.locked:", makefile)}  # fmt: skip
    assert stamps == ENVIRONMENTS


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(lock: Path) -> None:
    entries = re.split(r"(?m)^(?=\S)", lock.read_text())[1:]
    assert entries
    for entry in entries:
        assert re.match(r"[\w.-]+==\S+ (;.*)?\\\n    --hash=sha256:", entry), entry
        assert "://" not in entry
        assert "--index" not in entry


def locked(lock: Path) -> set[str]:
    """The packages of a lock that are for this Python and system."""
    lines = re.findall(r"(?m)^(\w.*?) *\\$", lock.read_text())
    requirements = map(Requirement, lines)
    return {
        canonicalize_name(r.name)
        for r in requirements
        if not r.marker or r.marker.evaluate()
    }


def test_the_lock_of_development_is_complete() -> None:
    """Else what is missing would not be installed: no resolver adds it. pip check goes by no extras, this does."""
    names = locked(ROOT / "requirements" / "dev.txt")
    left = [(name, "") for name in names]
    seen = set(left)
    while left:
        name, extra = left.pop()
        for line in distribution(name).requires or ():
            wanted = Requirement(line)
            if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
                continue
            assert canonicalize_name(wanted.name) in names, f"{name} needs {line}"
            more = {(canonicalize_name(wanted.name), one) for one in wanted.extras}
            left += more - seen
            seen |= more
    assert ("coverage", "toml") in seen  # asked for with an extra by pytest-cov
