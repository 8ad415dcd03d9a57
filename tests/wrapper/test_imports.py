"""What an import loads, and what it leaves for later. What it costs is measured by `make bench-import`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import imagetasks
import pytest
from imagetasks.providers import PROVIDERS, register
from imagetasks.providers.akool import Akool
from imagetasks_clients import PROVIDERS as NAMES

HTTP = {"httpx", "httpcore", "h11", "anyio", "ssl"}
TERMINAL = {"rich", "typer", "click", "pygments"}
# httpx loads click and rich, where they are, for a command of its own.
LATER = {
    "asyncio",
    "sqlite3",
    "jsonschema_rs",
    "cryptography",
    "yaml",
    "pydantic",
    "PIL",
    "opentelemetry",
}
DOWNLOADS = "imagetasks._http.files"
CLIENT = "from imagetasks import Client; Client({'akool': 'secret-key-0123'})"
ASYNC = CLIENT.replace("Client", "AsyncClient")
COMMAND = "import sys; sys.argv[1:] = ['{}']; from imagetasks.cli import main; main()"


def loaded_by(code: str) -> set[str]:
    """The modules of a new interpreter that has run it, and perhaps ended."""
    show = "import atexit, sys; atexit.register(lambda: print('\\n', *sys.modules))"
    command = [sys.executable, "-c", f"{show}\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def vendors(modules: Iterable[str]) -> set[str]:
    """Those whose adapter or generated client is among these."""
    homes = ("imagetasks.providers", "imagetasks_clients")
    return {name for name in NAMES for home in homes if f"{home}.{name}" in modules}


@pytest.mark.parametrize(
    ("code", "not_loaded", "loaded_vendors"),
    [
        ("import imagetasks", {*HTTP, *TERMINAL, *LATER, "json", "dataclasses"}, ""),
        ("from imagetasks import ImageRequest, State", HTTP | TERMINAL | LATER, ""),
        ("import imagetasks; imagetasks.Access('key')", HTTP | TERMINAL | LATER, ""),
        ("import imagetasks; imagetasks.Capabilities", HTTP | TERMINAL | LATER, ""),
        ("import imagetasks.providers", HTTP | TERMINAL | LATER, ""),
        ("from imagetasks import Client", LATER | {"attrs", DOWNLOADS}, ""),
        ("from imagetasks import AsyncClient", LATER - {"asyncio"}, ""),
        (CLIENT, LATER, "akool"),
        (ASYNC, LATER - {"asyncio"}, "akool"),
        ("import imagetasks_clients.akool.api.images.get_image", HTTP, "akool"),
        (COMMAND.format("--version"), {*HTTP, *LATER, "rich"}, ""),
        (COMMAND.format("--help"), {*HTTP, *LATER, "rich", "concurrent.futures"}, ""),
        ("import imagetasks_mock", {*HTTP, *TERMINAL, *LATER, "socket"}, ""),
    ],
)
def test_what_is_not_needed_yet_is_not_loaded(
    code: str, not_loaded: set[str], loaded_vendors: str
) -> None:
    loaded = loaded_by(code)
    assert not loaded & not_loaded
    assert vendors(loaded) == set(loaded_vendors.split())


@pytest.mark.long
def test_what_is_needed_is_loaded(tmp_path: Path) -> None:
    """And seen: else the test above could not fail."""
    journal = CLIENT.replace("})", f"}}, journal={str(tmp_path / 'tasks.db')!r})")
    assert {"httpx", "sqlite3"} <= loaded_by(journal)
    assert vendors(loaded_by("import imagetasks.testing")) == set()
    everyone = "from imagetasks.providers import PROVIDERS; list(PROVIDERS.values())"
    assert vendors(loaded_by(everyone)) == set(NAMES)


def test_the_pytest_plugin_loads_itself_alone() -> None:
    plugin = "imagetasks_mock.pytest_plugin"
    more = loaded_by(f"import pytest, {plugin}") - loaded_by("import pytest")
    assert more == {"imagetasks_mock", plugin}


def imports_for_checkers() -> dict[str, str]:
    """By name, the module that mypy, pyright and editors see it come from."""
    tree = ast.parse(Path(imagetasks.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: f".{node.module}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_names_are_those_that_checkers_see() -> None:
    assert imports_for_checkers() == imagetasks._MODULES
    assert list(imagetasks._MODULES) == imagetasks.__all__
    assert sorted(imagetasks.__all__) == imagetasks.__all__


@pytest.mark.parametrize("name", imagetasks.__all__)
def test_each_name_is_there_and_listed(name: str) -> None:
    module = import_module(imagetasks._MODULES[name], "imagetasks")
    assert getattr(imagetasks, name) is getattr(module, name)
    assert name in dir(imagetasks)


def test_a_star_takes_all_names() -> None:
    taken: dict[str, object] = {}
    exec("from imagetasks import *", taken)
    assert taken.keys() - {"__builtins__"} == set(imagetasks.__all__)


@pytest.mark.parametrize("package", ["imagetasks", "imagetasks_mock"])
def test_a_name_that_is_not_there_is_an_error_that_says_so(package: str) -> None:
    with pytest.raises(AttributeError, match=f"'{package}' has no attribute 'Clint'"):
        _ = import_module(package).Clint
    with pytest.raises(ImportError, match="Clint"):
        exec(f"from {package} import Clint")


def test_subpackages_need_no_import_of_their_own() -> None:
    code = "import imagetasks as i; i.providers.PROVIDERS, i.webhooks.WebhookEvent"
    assert vendors(loaded_by(code)) == set()


def test_the_names_of_vendors_load_none() -> None:
    code = """
from imagetasks.providers import PROVIDERS, check_provider
assert list(PROVIDERS) == list(PROVIDERS.keys())
assert len(PROVIDERS) == len(list(PROVIDERS)) and "akool" in PROVIDERS
assert "akool" in repr(PROVIDERS) and "midjourney" not in PROVIDERS
check_provider("akool")
"""
    assert vendors(loaded_by(code)) == set()


def test_vendors_are_one_object_each_in_the_order_of_the_specs() -> None:
    assert list(PROVIDERS) == [provider.name for provider in PROVIDERS.values()]
    assert tuple(PROVIDERS) == NAMES
    assert all(PROVIDERS[name] is PROVIDERS[name] for name in PROVIDERS)
    with pytest.raises(KeyError, match="midjourney"):
        PROVIDERS["midjourney"]


def test_a_vendor_from_elsewhere_comes_last() -> None:
    class Midjourney(Akool):
        name = "midjourney"

    register(adapter := Midjourney())
    try:
        assert list(PROVIDERS) == [*NAMES, "midjourney"]
        assert PROVIDERS["midjourney"] is adapter
    finally:
        del PROVIDERS["midjourney"]
    assert tuple(PROVIDERS) == NAMES
