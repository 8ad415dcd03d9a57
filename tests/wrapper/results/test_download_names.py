"""Names of files by a template: always in the folder, never those of another file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imagetasks_mock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import Artifact, Client, ImageRequest, State, Task
from imagetasks._results.items import check_name, items_of
from support.tasks import XING

TEMPLATES = st.sampled_from(["{label}", "{label}-{n}", "{provider}/{label}", "..{label}", "{model}"])  # fmt: skip


def task(**fields: object) -> Task:
    artifact = Artifact("https://cdn.example.com/a.png")
    made = Task(provider=XING, id="one", state=State.SUCCEEDED, artifacts=(artifact, artifact))  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


@given(name=TEMPLATES, label=st.text(), model=st.text())
def test_a_name_is_one_name_in_the_folder(name: str, label: str, model: str) -> None:
    stems = [
        stem
        for item in items_of(task(label=label, model=model), name)
        for stem in item.stems
    ]
    assert len(set(stems)) == len(stems)
    for stem in stems:
        assert Path(stem).name == stem
        assert not stem.startswith(".")
        assert stem.isprintable()


@pytest.mark.parametrize("name", ["", "same", "{", "{0}", "{host}", "{id.real}", "{n!x}"])  # fmt: skip
def test_what_is_no_template_is_refused_before_anything_is_asked_for(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="a file name is made of"):
        check_name(name)
    with imagetasks_mock.serve() as mock, Client({XING: mock.access(XING)}) as client:
        with pytest.raises(ValueError, match="a file name is made of"):
            client.download(task(), tmp_path / "out", name=name)
    assert not (tmp_path / "out").exists()


def test_where_another_file_has_the_name_more_is_added(tmp_path: Path) -> None:
    with imagetasks_mock.serve(duration=0) as mock:
        with Client({XING: mock.access(XING)}) as client:
            one = client.run(XING, ImageRequest("a"), label="x")
            other = client.run(XING, ImageRequest("b"), label="x")
            first = client.download(one, tmp_path, name="{label}")
            second = client.download(other, tmp_path, name="{label}")
            assert [path.name for path in first] == ["x.png"]
            assert [path.name for path in second] == [f"x-{XING}-{other.id}-1.png"]
            assert client.download(other, tmp_path, name="{label}") == second
            assert client.download(one, tmp_path, name="{label}") == first
