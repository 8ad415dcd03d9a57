"""Reading sidecars: a value, or an error that says which file and why."""

from __future__ import annotations

import json
import os
import pickle
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    FollowUp,
    ImageRequest,
    Reason,
    Sidecar,
    SidecarError,
    State,
    Task,
    TaskError,
    Tried,
    VideoRequest,
    read_sidecar,
)
from imagetasks._results.sidecar import sidecar_to_bytes
from support.mutations import ODD_VALUES

SCHEMA = json.loads(
    files("imagetasks._results").joinpath("sidecar.schema.json").read_bytes()
)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FAILED = Task(
    provider="akool",
    id="1",
    state=State.FAILED,
    error=TaskError("9", "no store", Reason.STORAGE),
)
FULL = Sidecar(
    provider="akool",
    task_id="66a1",
    kind="image",
    n=1,
    file="akool-66a1-1.png",
    size=7,
    sha256="0" * 64,
    saved_at=NOW,
    created_at=NOW,
    finished_at=NOW,
    model="v4",
    wire_state=3,
    credits=1.5,
    refunded=False,
    label="job 7",
    request=json.loads(ImageRequest("灯塔 {lighthouse}").to_json()),
    sent={"prompt": "灯塔 {lighthouse}"},
    tried=(
        Tried("gptimage2api", "RateLimited", "429"),
        Tried("a", "TaskFailed", "b", FAILED),
    ),
)
INSTANTS = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text() | st.just("half \ud800")
SIDECARS = st.builds(
    Sidecar,
    provider=st.text(min_size=1),
    task_id=TEXTS.filter(bool),
    kind=st.sampled_from(["image", "video"]),
    n=st.integers(min_value=1),
    file=st.text(min_size=1),
    size=st.integers(min_value=1),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    saved_at=INSTANTS,
    created_at=st.none() | INSTANTS,
    finished_at=st.none() | INSTANTS,
    model=st.none() | TEXTS,
    wire_state=st.none() | st.integers() | TEXTS,
    credits=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    refunded=st.none() | st.booleans(),
    label=st.none() | TEXTS,
    request=st.none() | st.just(FULL.request),
    sent=st.none() | st.dictionaries(st.text(), st.text() | st.integers()),
    tried=st.just(()) | st.just(FULL.tried),
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    path = tmp_path / "akool-66a1-1.png.json"

    def read(content: bytes) -> Sidecar:
        path.write_bytes(content)
        return read_sidecar(path)

    read.path = path  # type: ignore[attr-defined]
    return read


@given(sidecar=SIDECARS)
def test_what_is_written_is_read(
    sidecar: Sidecar, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "sidecar.json"
    path.write_bytes(sidecar_to_bytes(sidecar))
    assert read_sidecar(path) == sidecar
    assert read_sidecar(str(path)) == sidecar


def test_the_schema_that_ships_is_a_schema_and_fits(read) -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    validator = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
    document = json.loads(sidecar_to_bytes(FULL))
    validator.validate(document)
    assert document.keys() == SCHEMA["properties"].keys()
    assert {"schema", "version", *Sidecar.__slots__} == SCHEMA["properties"].keys()


def test_what_a_later_writer_adds_is_no_error(read) -> None:
    document = json.loads(sidecar_to_bytes(FULL)) | {"note": "mine"}
    document["tried"][0]["note"] = "mine"
    assert read(json.dumps(document).encode()) == FULL


@pytest.mark.parametrize(
    "request_",
    [
        ImageRequest("x", seed=7, extra={"a": [1]}),
        VideoRequest("x", duration=4),
        FollowUp("1", "U1", "https://me.example"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_kind_of_request_comes_back(request_: Any) -> None:
    text = request_.to_json()
    assert type(request_).from_json(text) == request_
    sidecar = pickle.loads(pickle.dumps(FULL))
    assert sidecar == FULL
    object.__setattr__(sidecar, "request", json.loads(text))
    assert sidecar.to_request() == request_


@pytest.mark.parametrize(
    "values",
    [
        {"version": 1, "type": "ImageRequest"},
        {"version": 2, "type": "ImageRequest", "prompt": "x"},
        {"version": 1, "type": "Else", "prompt": "x"},
        {"version": 1, "type": ["ImageRequest"], "prompt": "x"},
        {"version": 1, "type": "FollowUp", "task_id": "1", "button": 1},
    ],
    ids=str,
)
def test_a_request_without_its_prompt_or_of_another_version_does_not(values) -> None:
    document = json.loads(sidecar_to_bytes(FULL)) | {"request": values}
    sidecar = Sidecar(**{name: document[name] for name in Sidecar.__slots__})
    with pytest.raises(ValueError, match="not a"):
        sidecar.to_request()


# What is none


def test_one_that_is_cut_off_anywhere_says_so(read) -> None:
    whole = sidecar_to_bytes(FULL)
    for end in range(len(whole) - 1):
        with pytest.raises(SidecarError, match="cut off"):
            read(whole[:end])
    assert read(whole[:-1]) == FULL


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(sidecar_to_bytes(FULL)) | fields).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"precious", "not JSON"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b'{"schema": NaN}', "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{}", "another schema"),
        (b"[1]", "another schema"),
        (b"null", "another schema"),
        (changed(schema="urn:else"), "another schema"),
        (changed(version=2), "version 2, this imagetasks reads 1"),
        (changed(version=0), "/version breaks 'const'"),
        (changed(version=True), "/version breaks 'const'"),
        (changed(version="1"), "/version breaks 'const'"),
        (changed(n=0), "/n breaks 'minimum'"),
        (changed(sha256="0" * 63), "/sha256 breaks 'pattern'"),
        (changed(saved_at="2026-11-30T12:00:00"), "/saved_at breaks 'format'"),
        (changed(saved_at="2026-12-31T23:59:60Z"), "a field cannot be read"),
        (changed(saved_at=None), "/saved_at breaks 'type'"),
        (changed(request={}), "/request breaks 'required'"),
        (changed(tried=[{"provider": "a"}]), "/tried/0 breaks 'required'"),
        (changed(credits="many"), "/credits breaks 'type'"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_what_is_no_sidecar_says_why(read, content: bytes, why: str) -> None:
    with pytest.raises(SidecarError, match=why) as caught:
        read(content)
    assert str(read.path) in str(caught.value)
    assert caught.value.path == read.path


@pytest.mark.parametrize(
    "failed",
    [
        {"provider": "a", "id": "1", "state": "odd"},
        {"provider": "a", "id": "1", "state": "failed", "else": 1},
        {"provider": "a", "id": 1, "state": "failed"},
        {"provider": "a", "id": "1", "state": "failed", "error": [[], []]},
        {"provider": "a", "id": "1", "state": "failed", "_request": {}},
    ],
    ids=str,
)
def test_a_task_in_it_that_is_none_is_an_error(read, failed: dict[str, Any]) -> None:
    tried = [{"provider": "a", "error": "b", "message": "c", "task": failed}]
    with pytest.raises(SidecarError, match="a field cannot be read"):
        read(changed(tried=tried))


@pytest.mark.parametrize("field", SCHEMA["properties"])
def test_whatever_a_field_holds_it_is_a_sidecar_or_an_error(read, field) -> None:
    good = json.loads(sidecar_to_bytes(FULL))
    for value in ODD_VALUES:
        try:
            content = json.dumps(good | {field: value}, allow_nan=False)
        except (TypeError, ValueError, RecursionError):  # JSON has no word for it
            continue
        try:
            found = read(content.encode())
        except SidecarError:
            continue
        assert isinstance(found, Sidecar)
        assert sidecar_to_bytes(found)


@pytest.mark.parametrize(
    ("make", "why"),
    [(None, "not there"), (os.mkdir, "not a file"), (os.mkfifo, "not a file")],
    ids=["nothing", "folder", "pipe"],
)
def test_what_is_no_file_says_so(tmp_path: Path, make: Any, why: str) -> None:
    path = tmp_path / "one.json"
    if make:
        make(path)
    with pytest.raises(SidecarError, match=why):
        read_sidecar(path)


@pytest.mark.parametrize("name", ["no\0thing", "x" * 999], ids=["zero", "long"])
def test_a_name_that_no_file_has_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(SidecarError, match="cannot be read"):
        read_sidecar(f"{tmp_path}/{name}")
