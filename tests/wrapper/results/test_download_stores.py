"""Results that go into a store: the names that it has them by, and only what is whole."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import imagetasks_mock
import obstore
import pytest
from imagetasks import Downloaded, DownloadError, ImageRequest, StoredFile, read_sidecar
from obstore.store import S3Store
from support.drivers import AsyncDriver, SyncDriver
from support.result_hosts import PNG, URL, XING, Hosts, picture, task
from support.s3 import BUCKET, bucket, s3

__all__ = ["bucket", "s3"]
OTHER_URL = "https://cdn.example.com/2.png"
SHA256 = hashlib.sha256(PNG).hexdigest()


def stored(n: int = 1) -> StoredFile:
    return StoredFile(key=f"{XING}-image_1-{n}.png", size=len(PNG), sha256=SHA256)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_store_tells_names_sizes_and_hashes_in_vendor_order(
    connect: Any, tmp_path: Path
) -> None:
    host = Hosts({URL: picture(), OTHER_URL: picture()})
    files = connect(host).download(task(URL, OTHER_URL), store=tmp_path / "s")
    assert files == [stored(1), stored(2)]
    assert names(tmp_path / "s") == [stored(1).key, stored(2).key]


def test_a_repeat_puts_the_same_files_in_their_place(
    connect: Any, tmp_path: Path
) -> None:
    client = connect(Hosts({URL: picture()}))
    for _ in range(2):
        assert client.download(task(URL), store=tmp_path, sidecar=True) == [stored()]
        assert names(tmp_path) == [stored().key, f"{stored().key}.json"]
        assert read_sidecar(tmp_path / f"{stored().key}.json").file == stored().key


def test_nothing_goes_into_a_store_while_a_result_is_missing(
    connect: Any, tmp_path: Path
) -> None:
    events: list[Any] = []
    client = connect(Hosts({URL: picture(), OTHER_URL: 402}), on_event=events.append)
    with pytest.raises(DownloadError):
        client.download(task(URL, OTHER_URL), store=tmp_path)
    assert names(tmp_path) == []
    assert events == []


def test_an_event_tells_the_store_once_it_has_the_file(
    connect: Any, tmp_path: Path
) -> None:
    told: list[tuple[Downloaded, bool]] = []

    def on_event(event: Downloaded) -> None:
        told.append((event, (tmp_path / event.path).exists()))

    client = connect(Hosts({URL: picture()}), on_event=on_event)
    client.download(task(URL), store=tmp_path)
    ((event, is_there),) = told
    assert is_there
    assert event.store == str(tmp_path)
    assert (str(event.path), event.n) == (stored().key, 1)


def test_a_store_that_takes_nothing_is_a_clear_error(
    connect: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file is no folder")
    with pytest.raises(DownloadError, match="nothing can be saved in"):
        connect(Hosts({URL: picture()})).download(task(URL), store=tmp_path / "file")


def test_results_go_into_one_place(connect: Any, tmp_path: Path) -> None:
    client = connect(Hosts({}))
    for error, places in [
        (TypeError, {}),
        (TypeError, {"folder": tmp_path, "store": tmp_path}),
        (ValueError, {"folder": "s3://pictures"}),
        (ValueError, {"store": "ftp://host/pictures"}),
        (ValueError, {"store": tmp_path, "name": "{label}"}),
    ]:
        with pytest.raises(error, match=r"folder|store"):
            client.download(task(URL), **places)
    assert names(tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("driver", [SyncDriver, AsyncDriver])
def test_both_clients_put_results_into_s3(
    driver: Any, bucket: S3Store, tmp_path: Path
) -> None:
    store, journal = f"s3://{BUCKET}/{driver.__name__}", tmp_path / "tasks.db"
    with imagetasks_mock.serve() as mock:
        client = driver({XING: mock.access(XING)}, journal=journal)
        try:
            done = client.submit(XING, ImageRequest("a lighthouse"))
            mock.clock.advance(600)
            done = client.wait(done, timeout=30)
            (file,) = client.download(done, store=f"{store}/", sidecar=True)
        finally:
            client.close()
    content = bytes(obstore.get(bucket, f"{driver.__name__}/{file.key}").bytes())
    assert (len(content), hashlib.sha256(content).hexdigest()) == (
        file.size,
        file.sha256,
    )
    sidecar = f"{driver.__name__}/{file.key}.json"
    assert b"a lighthouse" in bytes(obstore.get(bucket, sidecar).bytes())
    with closing(sqlite3.connect(journal)) as connection:
        found = connection.execute("SELECT path, is_open FROM files, tasks").fetchall()
    assert found == [(f"{store}/{file.key}", 0)]


@pytest.mark.long
def test_a_bucket_that_is_not_there_is_a_clear_error(
    connect: Any, bucket: S3Store
) -> None:
    client = connect(Hosts({URL: picture()}))
    with pytest.raises(DownloadError, match="cannot be put into s3://no-such-bucket"):
        client.download(task(URL), store="s3://no-such-bucket")
