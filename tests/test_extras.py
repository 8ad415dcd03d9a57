"""What needs an extra says which, by whatever way one comes to it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from imagetasks._extras import EXTRAS
from imagetasks._version import __version__
from imagetasks_mock._extras import MODULES
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SERVE = "import imagetasks_mock; imagetasks_mock.serve()"
MAIN = "import imagetasks_mock; imagetasks_mock.main()"
PLUGIN = (
    "import pytest, imagetasks_mock.pytest_plugin as plugin\n"
    "next(plugin._imagetasks_mock_server.__wrapped__({}))"
)
AKOOL = "import imagetasks.webhooks.akool"
STORE = "from imagetasks._results.stores import open_store; open_store('s3://pictures')"
COMMAND = "import sys; sys.argv[1:] = {}; from imagetasks.cli import main; main()"
MODULE = (
    "import runpy, sys; sys.argv = ['imagetasks', '--help']\n"
    "runpy.run_module('imagetasks.cli', run_name='__main__')"
)
ENTRIES: dict[str, tuple[str, str]] = {
    "serve": ("mock", SERVE),
    "main": ("mock", MAIN),
    "the pytest plugin": ("mock", PLUGIN),
    "imagetasks mock": ("mock", COMMAND.format(["mock"])),
    "imagetasks demo": ("mock", COMMAND.format(["demo"])),
    "imagetasks": ("cli", COMMAND.format(["--help"])),
    "python -m imagetasks.cli": ("cli", MODULE),
    "akool's webhooks": ("webhooks", AKOOL),
    "telemetry": ("otel", "import imagetasks.otel"),
    "the runner": ("durable", "import imagetasks.durable"),
    "a store": ("storage", STORE),
}
TABLE = [
    pytest.param(
        *(extra, code, module),
        id=f"{entry}-{module}",
        # Each is a program of its own: the first of them tells of most mistakes.
        marks=pytest.mark.long if n else (),
    )
    for entry, (extra, code) in ENTRIES.items()
    for n, module in enumerate(EXTRAS[extra])
]


def run_without(module: str, code: str) -> subprocess.CompletedProcess[str]:
    hidden = f"import sys; sys.modules[{module!r}] = None\n{code}"
    return subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60
    )


def test_the_version_needs_no_extra() -> None:
    run = run_without("typer", COMMAND.format(["--version"]))
    assert run.stdout == f"imagetasks {__version__}\n"
    assert (run.stderr, run.returncode) == ("", 0)


@pytest.mark.long
@pytest.mark.parametrize(("extra", "code", "module"), TABLE)
def test_who_comes_without_an_extra_is_told_its_name(
    extra: str, code: str, module: str
) -> None:
    run = run_without(module, code)
    *_, said = run.stderr.strip().splitlines()
    assert said.endswith(
        f" needs {module}, which is not installed: pip install 'imagetasks[{extra}]'"
    )
    is_command = "sys.argv" in code
    assert run.returncode == (2 if is_command else 1)
    assert said.startswith("ImportError: ") is not is_command
    assert ("Traceback" in run.stderr) is not is_command


@pytest.mark.long
@pytest.mark.parametrize(
    "module", sorted({*chain.from_iterable(EXTRAS.values()), "pyreqwest", "uvloop"})
)
def test_the_library_itself_needs_none(module: str) -> None:
    code = (
        "import imagetasks, imagetasks.testing, imagetasks.webhooks, imagetasks_mock\n"
        "client = imagetasks.AsyncClient({'akool': 'KEY'})"
    )
    run = run_without(module, code)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.parametrize("module", ["httptools", "uvloop"])
def test_the_mock_does_without_what_only_makes_it_faster(module: str) -> None:
    code = (
        "import httpx, imagetasks_mock\n"
        "with imagetasks_mock.serve() as mock:\n"
        "    print(httpx.get(f'{mock.url}/_mock/tasks', trust_env=False).status_code)"
    )
    run = run_without(module, code)
    assert (run.stdout, run.stderr) == ("200\n", "")


@pytest.mark.long
def test_a_pyreqwest_of_another_version_is_said_and_not_used() -> None:
    code = (
        "import logging; logging.basicConfig()\n"
        "from imagetasks._http.sender import _fast_client\nprint(_fast_client())"
    )
    pytest.importorskip("pyreqwest")
    run = run_without("pyreqwest.proxy", code)
    assert run.stdout == "None\n"
    assert "pip install 'imagetasks[fast]'" in run.stderr
    run = run_without("pyreqwest", code)
    assert (run.stdout, run.stderr) == ("None\n", "")


def test_the_table_has_what_the_extras_bring() -> None:
    """But for what makes it faster, and what comes with another."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = {
        extra: {Requirement(line).name for line in lines}
        for extra, lines in project["optional-dependencies"].items()
    }
    modules = {
        "PIL": "pillow",
        "opentelemetry": "opentelemetry-api",
        "yaml": "pyyaml",
    }
    known = {
        extra: {modules.get(name, name) for name in names}
        for extra, names in EXTRAS.items()
    }
    assert known.keys() == brought.keys() - {"fast"}
    faster = {"httptools", "uvloop"}
    assert {e: brought[e] - faster for e in known} == known
    assert sorted(EXTRAS["mock"]) == sorted(MODULES)
