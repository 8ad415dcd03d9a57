"""What may import what: the contracts of pyproject.toml, and no circle anywhere. TYPE_CHECKING and functions count."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

CONFIGURATION = Path(__file__).parent.parent / "pyproject.toml"
TOOLS = CONFIGURATION.parent / "wrapper" / "tools"
PACKAGES = ("imagetasks", "imagetasks_mock")
LONGEST = 450
"""Lines of code of a file."""


def file_of(module: str) -> str:
    return module


def room_of(module: str) -> str:
    """The folder below the package's root; a file that stands there is a room of its own."""
    return ".".join(module.split(".")[:2])


def circle_of(
    graph: grimp.ImportGraph, package: str, node: Callable[[str], str]
) -> list[str]:
    """One circle of imports between the nodes of a package, empty where there is none."""
    imports: dict[str, set[str]] = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            inside = {module.split(".")[0], imported.split(".")[0]} == {package}
            if inside and node(module) != node(imported):
                imports.setdefault(node(module), set()).add(node(imported))
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def lint_imports(configuration: Path) -> int:
    """In a process of its own: it switches off every logger that is there."""
    command = Path(sys.executable).with_name("lint-imports")
    arguments = ["--config", str(configuration), "--no-cache"]
    return subprocess.run(
        [command, *arguments], cwd=CONFIGURATION.parent, capture_output=True
    ).returncode


def test_the_contracts_of_pyproject_hold() -> None:
    assert lint_imports(CONFIGURATION) == 0


def test_a_room_in_the_wrong_layer_breaks_a_contract(tmp_path: Path) -> None:
    upside_down = tmp_path / "pyproject.toml"
    text = CONFIGURATION.read_text("utf-8")
    swapped = re.sub(r'( +"_core",\n)((?: .*\n)+?)( +"_errors",\n)', r"\3\2\1", text)
    assert swapped != text
    upside_down.write_text(swapped, "utf-8")
    assert lint_imports(upside_down) == 1


@pytest.mark.parametrize("node", [file_of, room_of])
@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_run_in_a_circle(
    graph: grimp.ImportGraph, package: str, node: Callable[[str], str]
) -> None:
    assert not circle_of(graph, package, node)


def test_no_file_is_too_long_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    import size

    lengths = {
        file: len(size.code_lines(text, ast.parse(text)))
        for package in size.PACKAGES
        for file in package.rglob("*.py")
        if (text := file.read_text("utf-8")).count("\n") > LONGEST
        and not text.startswith(size.MADE)
    }
    assert size.PACKAGES[0] / "_async_client.py" in lengths
    assert not {file for file, lines in lengths.items() if lines > LONGEST}


@pytest.mark.parametrize(
    ("imports", "circle", "node"),
    [
        ([("a._x", "a._y"), ("a._y", "a._x")], ["a._x", "a._y"], file_of),
        ([("a.b.x", "a.c.y"), ("a.c.z", "a.b.w")], ["a.b", "a.c"], room_of),
        ([("a.b.x", "a._y"), ("a._y", "a.b.z")], ["a._y", "a.b"], room_of),
    ],
)
def test_a_circle_is_found(
    imports: Iterable[tuple[str, str]], circle: list[str], node: Callable[[str], str]
) -> None:
    graph = grimp.ImportGraph()
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    assert sorted(set(circle_of(graph, "a", node))) == circle


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("imagetasks_mock", "imagetasks"),
        ("imagetasks.cli._mock", "imagetasks_mock"),
        ("imagetasks.cli._demo", "imagetasks_mock"),
    ],
)
def test_wrapper_and_mock_import_each_other_only_once_they_are_asked_to(
    module: str, other: str
) -> None:
    code = f"import {module}, sys; sys.exit({other!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
