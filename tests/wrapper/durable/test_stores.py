"""Results in S3, and what happens when a store fails."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import imagetasks_mock
import obstore
import pytest
from imagetasks import DownloadError, ImageRequest, Task
from imagetasks._results.stores import FolderStore, open_store
from imagetasks.durable import Runner, Tasks
from obstore.store import S3Store
from support.s3 import BUCKET, bucket, s3

from .test_durable import Run, in_state, until

__all__ = ["bucket", "s3"]


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.long
def test_results_become_objects(
    tasks: Tasks, run: Callable[..., Runner], bucket: S3Store
) -> None:
    run(store=f"s3://{BUCKET}/2026/", sidecar=True)
    request = ImageRequest("a lighthouse")
    record = tasks.submit("xingchaoyiqing", request, key="k").wait(timeout=30)
    assert record.state == "succeeded"
    (file,) = record.files
    content = bytes(obstore.get(bucket, f"2026/{file.key}").bytes())
    assert len(content) == file.size
    assert hashlib.sha256(content).hexdigest() == file.sha256
    sidecar = bytes(obstore.get(bucket, f"2026/{file.key}.json").bytes())
    assert b"a lighthouse" in sidecar


@pytest.mark.long
def test_a_store_that_fails_is_tried_again(
    tasks: Tasks, run: Run, s3: str, bucket: S3Store, mock: imagetasks_mock.Mock
) -> None:
    run(store="s3://no-such-bucket")
    tasks.submit("xingchaoyiqing", ImageRequest("x"), key="k")
    until(lambda: tasks.counts().alarms)
    (alarm,) = tasks.counts().alarms
    assert (alarm.reason, alarm.tasks) == ("DownloadError", 1)
    assert in_state(tasks, "k", "running")()
    httpx.put(f"{s3}/no-such-bucket", trust_env=False)
    assert tasks.handle("k").wait(timeout=30).state == "succeeded"
    assert len(list(mock.tasks)) == 1


def test_a_folder_that_cannot_be_written_is_tried_again(
    tasks: Tasks, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    folder.write_text("a file is no folder")
    run(store=folder)
    handle = tasks.submit("xingchaoyiqing", ImageRequest("x"), key="k")
    until(lambda: [a.reason for a in tasks.counts().alarms] == ["DownloadError"])
    folder.unlink()
    record = handle.wait(timeout=30)
    assert [path.name for path in folder.iterdir()] == [record.files[0].key]


@pytest.mark.long
def test_a_store_that_fails_once_it_has_the_file_is_given_it_again(
    tasks: Tasks,
    run: Run,
    mock: imagetasks_mock.Mock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the put and the record: the file is there, and nobody knows."""
    put, failed = FolderStore.put, 0

    def put_and_fail(self: FolderStore, task: Task, path: Path) -> None:
        nonlocal failed
        put(self, task, path)
        if failed < 2:
            failed += 1
            raise DownloadError("the answer of the store is lost", task=task)

    monkeypatch.setattr(FolderStore, "put", put_and_fail)
    run()
    request = ImageRequest("x")
    record = tasks.submit("xingchaoyiqing", request, key="k").wait(timeout=30)
    assert (record.state, failed) == ("succeeded", 2)
    assert [path.name for path in (tmp_path / "store").iterdir()] == list(record.keys)
    assert len(list(mock.tasks)) == 1


@pytest.mark.long
def test_a_result_that_expired_while_nobody_worked_ends_the_task(
    tasks: Tasks, run: Run, mock: imagetasks_mock.Mock
) -> None:
    mock.clock.speed = 0
    runner = run()
    handle = tasks.submit("xingchaoyiqing", ImageRequest("x"), key="k")
    until(in_state(tasks, "k", "running"))
    runner.stop()
    mock.clock.advance(60 * 86400)
    run()
    record = handle.wait(timeout=60)
    assert record.state == "failed"
    assert record.error is not None
    assert record.error.type == "ArtifactExpired"
    assert record.task is not None
    assert record.task.state == "succeeded"


def test_what_is_no_store() -> None:
    for where in ("ftp://host/folder", "http://host/folder"):
        with pytest.raises(ValueError, match="a store is a folder, or begins with"):
            open_store(where)
