"""make regenerate: all of it, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import staging
from failure import Failure
from hypothesis import given, settings
from hypothesis import strategies as st
from regenerate import STEPS, Step, Work, changelog, compare, main, regenerate
from releases.history import NoHistory
from support.examples import examples
from support.repositories import Repository, released

SEED = ("/components/schemas/Request/properties/seed", {"type": "integer"})
CLIENT = "generated/imagetasks_clients/vendor"


def tree(root: Path) -> dict[str, Any]:
    """All of it: bytes, modes, links and folders; not what git keeps for itself."""
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            os.readlink(path)
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else None,
        )
        for path in root.rglob("*")
        if ".git" not in path.relative_to(root).parts
    }


def generate(work: Work) -> None:
    """In place of the real one, which takes seconds."""
    folder = work.tree / CLIENT
    spec = (work.tree / "openapi/vendor.yaml").read_text()
    (folder / "client.py").write_text(f"NEW = {len(spec)}\n")
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "seed.py").write_text("SEED = 1\n")
    (folder / "gone.py").unlink(missing_ok=True)
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "client.pyc").write_bytes(b"\0")


def nothing(work: Work) -> None:
    pass


QUICK: tuple[Step, ...] = (
    nothing,
    compare,
    generate,
    nothing,
    nothing,
    nothing,
    changelog,
)


def changed_spec(root: Path) -> Repository:
    repository = released(root)
    repository.spec(SEED)
    return repository


@pytest.mark.node
def test_one_run_brings_clients_version_and_words(tmp_path: Path) -> None:
    changed_spec(tmp_path)

    said = regenerate(tmp_path, steps=QUICK)

    assert "vendor 1.2.3 -> 1.3.0 (new; raised)" in said
    assert "new       `Request.seed` is new" in said
    assert "version: 1.3.0\n" in (tmp_path / "openapi/vendor.yaml").read_text()
    entry = "- **vendor** spec 1.3.0. New: `Request.seed` is new.\n"
    assert entry in (tmp_path / "CHANGELOG.md").read_text()
    files = {p.name for p in (tmp_path / CLIENT).rglob("*") if p.is_file()}
    assert files == {"client.py", "seed.py"}
    assert "generated/ (3 files)" in said


@pytest.mark.node
def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    changed_spec(tmp_path)
    regenerate(tmp_path, steps=QUICK)
    before = tree(tmp_path)

    said = regenerate(tmp_path, steps=QUICK)

    assert tree(tmp_path) == before
    assert "Written: nothing" in said


@pytest.mark.node
def test_a_version_that_was_raised_further_stays(tmp_path: Path) -> None:
    released(tmp_path).spec(SEED, ("/info/version", "3.0.0"))
    said = regenerate(tmp_path, steps=QUICK)
    assert "vendor 1.2.3 -> 3.0.0 (new; as the spec says)" in said


def test_what_did_not_change_is_said_to_be_so(tmp_path: Path) -> None:
    released(tmp_path)
    said = regenerate(tmp_path, steps=(nothing, compare, changelog))
    assert "vendor 1.2.3: unchanged" in said


@settings(max_examples=examples(40))
@given(
    failing=st.integers(0, len(STEPS) - 1),
    litter=st.dictionaries(
        st.sampled_from(
            [
                "openapi/vendor.yaml",
                "openapi/new.yaml",
                "CHANGELOG.md",
                "docs/vendors/vendor.md",
                f"{CLIENT}/client.py",
                f"{CLIENT}/models/new.py",
                "wrapper/imagetasks/providers/vendor.py",
            ]
        ),
        st.binary(max_size=9),
    ),
    error=st.sampled_from([Failure("no"), OSError("disk full"), KeyboardInterrupt()]),
)
def test_a_step_that_fails_leaves_the_tree_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    failing: int,
    litter: dict[str, bytes],
    error: BaseException,
) -> None:
    root = tmp_path_factory.mktemp("tree")
    released(root)

    def fail(work: Work) -> None:
        for name, content in litter.items():
            file = work.tree / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        raise error

    steps: list[Step] = list(QUICK)
    steps[failing] = fail
    before = tree(root)

    with pytest.raises(type(error)):
        regenerate(root, steps=steps)

    assert tree(root) == before


@settings(max_examples=examples(30))
@given(moves=st.integers(0, 12))
def test_what_cannot_be_brought_back_whole_is_not_brought_back(
    tmp_path_factory: pytest.TempPathFactory, moves: int
) -> None:
    root = tmp_path_factory.mktemp("tree")
    released(root)
    before = tree(root)
    made = staging.results(root)
    after = {path: b"new" for path in made if path.name != "gone.py"}
    after[Path(CLIENT) / "models" / "seed.py"] = b"new"
    left = moves

    def replace(source: Path, target: Path) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise OSError("the disk is gone")
        os.rename(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "rename", replace)
        try:
            staging.bring_back(root, made, after)
        except OSError:
            assert tree(root) == before
        else:
            assert staging.results(root) == after


KILLED = """
import os, signal, sys
from pathlib import Path
import staging

root, left = Path(sys.argv[1]), int(sys.argv[2])
before = staging.results(root)
after = {path: b"new" for path in before if path.name != "gone.py"}
after[Path("generated/imagetasks_clients/vendor/models/seed.py")] = b"new"

def rename(source, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    os.rename(source, target)

staging.rename = rename
staging.bring_back(root, before, after)
"""


@pytest.mark.parametrize("moves", range(8))
def test_what_a_killed_run_left_half_done_the_next_one_undoes(
    tmp_path: Path, moves: int, capsys: pytest.CaptureFixture[str]
) -> None:
    released(tmp_path)
    before = tree(tmp_path)
    command = [sys.executable, "-c", KILLED, tmp_path, str(moves)]
    tools = {"PYTHONPATH": str(Path(staging.__file__).parent)}
    run = subprocess.run(command, env=os.environ | tools)
    assert run.returncode == -signal.SIGKILL
    assert tree(tmp_path) != before

    regenerate(tmp_path, steps=[nothing])

    assert tree(tmp_path) == before
    assert ("was killed at its end: undone" in capsys.readouterr().out) == (moves > 0)


def test_a_failure_names_its_step(tmp_path: Path) -> None:
    released(tmp_path)

    def types(work: Work) -> None:
        raise Failure("vendor.py:7: error: no attribute QUEUED")

    with pytest.raises(Failure, match=r"QUEUED[\s\S]*\[2/2\] types failed; nothing"):
        regenerate(tmp_path, steps=(nothing, types))


@pytest.mark.node
def test_a_failure_says_what_had_changed(tmp_path: Path) -> None:
    changed_spec(tmp_path)

    def types(work: Work) -> None:
        raise Failure("vendor.py:7: error")

    with pytest.raises(
        Failure, match=r"`Request\.seed` is new\n\n\[2/2\] types failed"
    ):
        regenerate(tmp_path, steps=(compare, types))


def test_what_was_edited_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    repository = released(tmp_path)

    def edit(work: Work) -> None:
        repository.write("CHANGELOG.md", "mine\n")

    with pytest.raises(Failure, match="changed while the steps ran"):
        regenerate(tmp_path, steps=(edit, generate))
    assert (tmp_path / "CHANGELOG.md").read_text() == "mine\n"
    assert (tmp_path / CLIENT / "gone.py").exists()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Failure("types failed"), 1, "types failed\n"),
        (OSError("disk full"), 1, "disk full; nothing was changed."),
        (KeyboardInterrupt(), 130, "Interrupted; nothing was changed."),
    ],
    ids=str,
)
def test_whatever_ends_it_is_said_in_words(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr("regenerate.regenerate", fail)
    monkeypatch.setattr("sys.argv", ["regenerate.py"])
    assert main() == code
    assert words in capsys.readouterr().err


def test_without_history_nothing_is_regenerated(tmp_path: Path) -> None:
    with pytest.raises(NoHistory):
        regenerate(tmp_path, steps=QUICK)


def test_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    released(tmp_path)
    with pytest.raises(Failure, match="BASE=v9 is no commit"):
        regenerate(tmp_path, ref="v9", steps=QUICK)
