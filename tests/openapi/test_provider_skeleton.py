"""`make provider`: all of a new vendor's files at once, or none; and the linter knows what is still to be read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import lint
import provider
import pytest
import yaml
from examples import Spec
from failure import Failure

DAY = date(2026, 11, 21)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Of the tree, what is written to."""
    for place in provider.FILES.values():
        (tmp_path / place.format("x")).parent.mkdir(parents=True)
    for file in (provider.README, *provider.MORE.values()):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text((provider.ROOT / file).read_text())
    return tmp_path


def contents(root: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in root.rglob("*") if path.is_file()}


def test_it_writes_spec_pages_adapter_tests_scenario_and_readme(root: Path) -> None:
    before = contents(root)
    provider.write(provider.skeleton("sketch", root, DAY))
    after = contents(root)
    assert [str(path.relative_to(root)) for path in sorted(after.keys() - before)] == [
        "openapi/sketch.yaml",
        "tests/vendors/sketch.py",
        "wrapper/imagetasks/providers/sketch.py",
    ]
    sources, scenario = (
        yaml.safe_load(after[root / place]) for place in provider.MORE.values()
    )
    assert sources["sketch"].keys() == {"create", "read"}
    assert scenario["durations"][-1]["provider"] == "sketch"
    readme = after[root / provider.README]
    heading, line, *rows = provider.VENDORS.search(readme)[0].splitlines()
    assert heading.endswith(" | sketch |")
    assert line.count("|") == heading.count("|")
    assert all(row.endswith("| TODO |") for row in rows)
    for path in after.keys() - before:
        assert "$" not in after[path].replace("$ref", "").replace("$response", "")


def test_the_linter_names_each_place_that_is_to_be_filled_in(root: Path) -> None:
    text = provider.skeleton("sketch", root, DAY)[root / "openapi" / "sketch.yaml"]
    data = json.loads(json.dumps(yaml.safe_load(text), default=str))
    found = dict(lint.problems(Spec(data)))
    assert all("TODO" in f"{words}" or "todo" in words for words in found.values())
    assert "/servers/0/url" in found
    assert "/paths/~1images/post/x-source/0/url" in found
    assert len(found) == text.count("TODO") + text.count("todo.example")


def test_the_linter_names_what_is_to_be_filled_in_beside_the_spec(root: Path) -> None:
    written = provider.skeleton("sketch", root, DAY)
    provider.write(written)
    found = {(str(f).partition(": ")[0]) for f in lint.beside_specs(root, ["sketch"])}
    assert found == {
        f"{path.relative_to(root)}:{number}"
        for path, text in written.items()
        if path.name != "sketch.yaml"
        for number, line in enumerate(text.splitlines(), 1)
        if "TODO" in line or "todo.example" in line
    }
    assert len({place.partition(":")[0] for place in found}) == len(written) - 1


@pytest.mark.parametrize(
    "name", ["", "Sketch", "my-vendor", "my_vendor", "1st", "../x", "class", "a b"]
)
def test_a_name_that_is_none_is_refused(root: Path, name: str) -> None:
    with pytest.raises(Failure, match="is no name"):
        provider.skeleton(name, root, DAY)


def test_a_vendor_that_is_there_is_left_alone(root: Path) -> None:
    (root / "openapi" / "sketch.yaml").write_text("mine")
    with pytest.raises(Failure, match=r"openapi/sketch\.yaml already"):
        provider.skeleton("sketch", root, DAY)
    with pytest.raises(Failure, match=r"openapi/akool\.yaml"):
        provider.skeleton("akool", provider.ROOT, DAY)


def test_when_one_file_cannot_be_written_none_is(root: Path) -> None:
    before = contents(root)
    files = provider.skeleton("sketch", root, DAY)
    files[root / "no such folder" / "file"] = ""
    with pytest.raises(FileNotFoundError):
        provider.write(files)
    assert contents(root) == before
