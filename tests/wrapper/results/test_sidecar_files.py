"""Sidecars on disk: whole or not at all, never in the place of another file."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from imagetasks import Downloaded, DownloadError
from support.result_hosts import PNG, URL, Hosts, picture, task
from support.sidecars import NAME, beside, names, sidecar_of

URLS = [f"https://cdn.example.com/{n}.png" for n in range(1, 6)]


# What is there already


def test_a_repeat_leaves_it_as_it_is(connect, tmp_path: Path) -> None:
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL), tmp_path, sidecar=True)
    content = beside(path).read_bytes()
    later = task(URL, label="another", model="another")
    assert client.download(later, tmp_path, sidecar=True) == [path]
    assert beside(path).read_bytes() == content
    assert len(names(tmp_path)) == 2


def test_a_repeat_writes_what_is_missing(connect, tmp_path: Path) -> None:
    client = connect(Hosts({url: picture() for url in URLS}))
    paths = client.download(task(*URLS), tmp_path)
    client.download(task(*URLS), tmp_path, sidecar=True)
    beside(paths[2]).unlink()
    client.download(task(*URLS), tmp_path, sidecar=True)
    assert [sidecar_of(path).n for path in paths] == [1, 2, 3, 4, 5]
    assert len(names(tmp_path)) == 10


def written(folder: Path, connect: Callable[..., Any]) -> dict[str, Any]:
    """A sidecar as it should be."""
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL), folder, sidecar=True)
    document: dict[str, Any] = json.loads(beside(path).read_bytes())
    return document


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"task_id": "image_2"}, "another task or file"),
        ({"provider": "akool"}, "another task or file"),
        ({"n": 2}, "another task or file"),
        ({"file": "other.png"}, "another task or file"),
        ({"sha256": "0" * 64}, "another task or file"),
        ({"schema": "something"}, "another schema"),
        ({"version": 2}, "version 2"),
        ({"sha256": "?"}, "/sha256"),
        (None, "cut off"),
        ("[]", "another schema"),
        ("precious", "not JSON"),
        ("", "cut off"),
    ],
    ids=str,
)
def test_anything_else_of_that_name_is_left_alone(
    connect, tmp_path: Path, change: Any, why: str
) -> None:
    good = written(tmp_path / "good", connect)
    folder = tmp_path / "out"
    folder.mkdir()
    there = folder / f"{NAME}.json"
    text = json.dumps(good)[:-9] if change is None else change
    text = json.dumps(good | change) if isinstance(change, dict) else text
    there.write_text(text)
    events: list[Any] = []
    client = connect(Hosts({URL: picture()}), on_event=events.append)
    with pytest.raises(DownloadError, match=why) as caught:
        client.download(task(URL), folder, sidecar=True)
    assert there.name in str(caught.value)
    assert caught.value.task == task(URL)
    assert there.read_text() == text
    assert (folder / NAME).read_bytes() == PNG
    assert names(folder) == {NAME, there.name}
    assert [type(event) for event in events] == [Downloaded], "the picture is saved"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_of_that_name_is_not_followed(connect, tmp_path: Path, there) -> None:
    """Also where it leads to the very same: that would be outside of the folder."""
    written(tmp_path / "good", connect)
    folder = tmp_path / "out"
    folder.mkdir()
    link = folder / f"{NAME}.json"
    aim = tmp_path / "good" / (f"{NAME}.json" if there else "nothing")
    link.symlink_to(aim)
    with pytest.raises(DownloadError, match="not changed"):
        connect(Hosts({URL: picture()})).download(task(URL), folder, sidecar=True)
    assert link.is_symlink()
    assert aim.exists() is there
    assert names(folder) == {NAME, link.name}


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_left_alone(connect, tmp_path: Path, make) -> None:
    make(tmp_path / f"{NAME}.json")
    with pytest.raises(DownloadError, match="not a sidecar"):
        connect(Hosts({URL: picture()})).download(task(URL), tmp_path, sidecar=True)
    assert names(tmp_path) == {NAME, f"{NAME}.json"}


# Disks


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_where_it_cannot_be_written_the_picture_stays(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    open_file = Path.open

    def fail(path: Path, *args: Any, **options: Any) -> Any:
        if (tmp_path / NAME).exists() and path.name.startswith(".imagetasks-"):
            raise OSError(code, os.strerror(code))
        return open_file(path, *args, **options)

    client = connect(Hosts({URL: picture()}))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", fail)
        with pytest.raises(DownloadError, match="its sidecar cannot be saved"):
            client.download(task(URL), tmp_path, sidecar=True)
    assert names(tmp_path) == {NAME}
    (path,) = client.download(task(URL), tmp_path, sidecar=True)
    assert sidecar_of(path).n == 1


def test_a_disk_that_is_full_at_last_leaves_no_part_of_it(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        if (tmp_path / NAME).exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DownloadError, match="sidecar cannot be saved: No space left"):
        connect(Hosts({URL: picture()})).download(task(URL), tmp_path, sidecar=True)
    assert names(tmp_path) == {NAME}


def test_without_hard_links_it_is_the_same(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("this file system has none")

    monkeypatch.setattr("os.link", no_links)
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL), tmp_path, sidecar=True)
    assert client.download(task(URL), tmp_path, sidecar=True) == [path]
    beside(path).write_text("precious")
    with pytest.raises(DownloadError, match="not changed"):
        client.download(task(URL), tmp_path, sidecar=True)
    assert beside(path).read_text() == "precious"


@pytest.mark.parametrize("id", ["x" * 5000, "灯" * 300, "\ud800", "../../evil", "\x00"])
def test_odd_ids_have_sidecars_of_names_that_any_disk_takes(
    connect, tmp_path: Path, id: str
) -> None:
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL, id=id), tmp_path / "in", sidecar=True)
    assert len(os.fsencode(beside(path).name)) < 143, "as eCryptfs has it"
    assert sidecar_of(path).task_id == id
    assert client.download(task(URL, id=id), tmp_path / "in", sidecar=True) == [path]
    assert names(tmp_path) == {"in"}
