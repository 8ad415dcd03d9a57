"""
A vendor that does not exist, in a dialect that no other speaks: a spec and an adapter, and all that tests, mock, command
line and clients do for a vendor works for it. No other file of the tree is edited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.specs import PROVIDERS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PARTS = ("wrapper", "generated", "openapi", "tests", "docs", "mock/imagetasks_mock")
FILES = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "SECURITY.md", "mock/README.md", "mock/package.json")  # fmt: skip
QUICK = [
    "wrapper/providers/test_answers.py",
    "wrapper/providers/test_requests.py",
    "wrapper/providers/test_capabilities.py",
    "wrapper/test_testing.py",
    "mock/test_mock.py",
    "mock/test_mock_vendors.py",
    "mock/test_mock_accounts.py",
    "wrapper/cli/test_cli.py",
]

Run = Callable[..., str]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what makes up the project."""
    without = shutil.ignore_patterns("__pycache__", "node_modules")
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=without)
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path / file)
    modules = ROOT / "mock" / "node_modules"
    if modules.exists():
        (tmp_path / "mock" / "node_modules").symlink_to(modules.resolve())
    return tmp_path


@pytest.fixture
def run(tree: Path) -> Run:
    """A Python of the copy; what it prints."""
    paths = [str(tree / root) for root in ("wrapper", "mock", "generated")]
    # Not the options and variables of the session that runs this.
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    # The vendors of the project have the many cases: here a few say whether a law holds of the new one.
    env |= {"PYTHONPATH": os.pathsep.join(paths), "HYPOTHESIS_PROFILE": "quick"}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        return done.stdout

    return python


@pytest.fixture
def brushwood(tree: Path, run: Run) -> None:
    shutil.copy(HERE / "brushwood.yaml", tree / "openapi")
    shutil.copy(HERE / "brushwood.py", tree / "wrapper" / "imagetasks" / "providers")
    run("openapi/tools/generate.py")


OPTIONS = ["-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not long or short"]


def run_files(run: Run, *paths: str) -> None:
    """For every vendor: a table of cases has no vendor in its name."""
    files = [f"tests/{path}" for path in paths]
    # Its README has no column of the new vendor.
    run("-m", "pytest", *OPTIONS, "-k", "not readme", *files)


@pytest.mark.long
def test_a_spec_and_an_adapter_make_a_vendor(brushwood: None, run: Run) -> None:
    """Everything that has its name: laws, fuzzing, Schemathesis, and Prism where it is installed."""
    run("-m", "pytest", *OPTIONS, "-k", "brushwood", "tests")
    run_files(
        run,
        "wrapper/providers/test_answers.py",
        "wrapper/providers/test_capabilities.py",
        "wrapper/providers/test_requests.py",
        "openapi/test_generated.py",
        "mock/test_mock_vendors.py",
    )


@pytest.mark.long
def test_what_only_its_dialect_has_works_too(brushwood: None, run: Run) -> None:
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/new_vendor/dialect.py")


@pytest.mark.long
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("State.FAILED", "State.RUNNING"),
        ('"/width x', '"/breadth x'),
        ('finished="/times/ended"', 'finished="/times/begun"'),
    ],
)
def test_a_mistake_in_the_adapter_is_found(
    tree: Path, brushwood: None, run: Run, right: str, wrong: str
) -> None:
    adapter = tree / "wrapper" / "imagetasks" / "providers" / "brushwood.py"
    text = adapter.read_text()
    assert right in text
    adapter.write_text(text.replace(right, wrong))
    with pytest.raises(AssertionError, match="failed"):
        run_files(
            run,
            "wrapper/providers/test_answers.py",
            "wrapper/providers/test_capabilities.py",
        )


@pytest.mark.long
def test_the_command_line_and_its_tables_know_it(brushwood: None, run: Run) -> None:
    assert "brushwood" in run("-m", "imagetasks.cli", "providers")
    table = run("-m", "imagetasks.cli", "providers", "--capabilities")
    assert "brushwood" in table.partition("\n")[0]
    shown = run("-m", "imagetasks.cli", "demo", "--out", "out")
    assert f"{len({*PROVIDERS, 'brushwood'})} vendors" in shown
    assert "brushwood" in shown


@pytest.mark.long
def test_its_page_appears_by_itself(tree: Path, brushwood: None, run: Run) -> None:
    run("openapi/tools/make_pages.py")
    text = (tree / "docs" / "vendors" / "brushwood.md").read_text("utf-8")
    assert "### createJob" in text
    assert (tree / "docs" / "vendors" / "images" / "brushwood.svg").exists()
    for provider in PROVIDERS:
        made = Path("docs", "vendors", f"{provider}.md")
        assert (tree / made).read_text("utf-8") == (ROOT / made).read_text("utf-8")


@pytest.mark.long
def test_its_adapter_is_well_typed_and_so_is_a_skeleton(
    brushwood: None, run: Run
) -> None:
    run("openapi/tools/provider.py", "sketch")
    run("openapi/tools/generate.py")
    run("-m", "mypy", "wrapper/imagetasks/providers")


@pytest.mark.long
def test_a_skeleton_can_be_generated_and_tested_as_it_is(run: Run) -> None:
    run("openapi/tools/provider.py", "sketch")
    run("openapi/tools/generate.py")
    run("-m", "pytest", *OPTIONS, "-k", "sketch", *(f"tests/{path}" for path in QUICK))
    run_files(run, "wrapper/providers/test_answers.py")
