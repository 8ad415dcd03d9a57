"""What can be wrong with the file of a journal, and who may hold it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import (
    Client,
    ImageRequest,
    JournalError,
    SubmitOutcomeUnknown,
    Submitted,
)
from imagetasks._journal.migrations import VERSION
from support.drivers import Script
from support.journals import Keep, caught, rows
from support.tasks import REQUEST, XING, body, created


def test_one_client_at_a_time_holds_it(keep: Keep, journal_file: Path) -> None:
    first = keep(created())
    error = caught(keep, created())
    assert isinstance(error, JournalError)
    assert "has it open" in str(error)
    assert str(journal_file) in str(error)
    assert first.submit(XING, REQUEST).id == "image_1"
    first.close()
    assert len(keep(body("completed")).resume_all()) == 1


def test_another_name_for_it_does_not_help(keep: Keep, journal_file: Path) -> None:
    keep(created())
    link = journal_file.with_name("link.db")
    link.symlink_to(journal_file)
    assert isinstance(caught(keep, created(), journal=link), JournalError)


def test_another_process_is_kept_out_too(keep: Keep, journal_file: Path) -> None:
    client = keep(created())
    caught(keep, created())  # a failed try must not take the lock off
    code = f"import imagetasks; imagetasks.Client({{'akool': 'key'}}, journal={str(journal_file)!r})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "JournalError" in other.stderr
    assert "has it open" in other.stderr
    assert client.submit(XING, REQUEST).id == "image_1"


def not_a_database(journal_file: Path) -> None:
    journal_file.write_bytes(b"once upon a time " * 99)


def damaged(journal_file: Path) -> None:
    with Client(
        {XING: "key"}, journal=journal_file, transport=vendor_of(200)
    ) as client:
        for _ in range(200):
            client.submit(XING, REQUEST)
    content = bytearray(journal_file.read_bytes())
    content[8192:16384] = bytes(8192)
    journal_file.write_bytes(content)


def of_another_program(journal_file: Path) -> None:
    with closing(sqlite3.connect(journal_file)) as connection:
        connection.execute("CREATE TABLE friends (name)")


def of_a_newer_version(journal_file: Path) -> None:
    Client({XING: "key"}, journal=journal_file).close()
    with closing(sqlite3.connect(journal_file)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def a_folder(journal_file: Path) -> None:
    journal_file.mkdir()


def vendor_of(tasks: int) -> httpx.MockTransport:
    return httpx.MockTransport(Script(*(created(f"image_{n}") for n in range(tasks))))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (not_a_database, "not an SQLite database"),
        (damaged, "it is damaged"),
        (of_another_program, "a database of something else"),
        (of_a_newer_version, f"format {VERSION + 1}"),
        (a_folder, "unable to open"),
    ],
)
def test_a_file_that_will_not_do_is_an_error_before_anything_is_sent(
    keep: Keep, journal_file: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(journal_file)
    before = journal_file.read_bytes() if journal_file.is_file() else b""
    error = caught(keep, created())
    assert isinstance(error, JournalError)
    assert words in str(error)
    assert not journal_file.is_file() or journal_file.read_bytes() == before


@pytest.mark.parametrize("folder", ["missing", "/proc"])
def test_a_folder_that_takes_no_file_is_an_error(
    keep: Keep, tmp_path: Path, folder: str
) -> None:
    error = caught(keep, created(), journal=tmp_path / folder / "tasks.db")
    assert isinstance(error, JournalError)
    assert "No such file or directory" in str(error)


@pytest.fixture
def fill_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, the disk is as full as the file is large."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remember(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*arguments, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", remember)
    return lambda: connections[1].execute("PRAGMA max_page_count = 1") and None


def test_nothing_is_sent_once_the_disk_is_full(
    keep: Keep, fill_disk: Callable[[], None]
) -> None:
    client = keep(created())
    fill_disk()
    request = ImageRequest("a lighthouse " * 2000)
    error = caught(client.submit, XING, request)
    assert isinstance(error, JournalError)
    assert "no space left" in str(error)
    assert error.task is None
    assert client.vendor.sent == 0


def test_a_task_whose_id_finds_no_space_is_not_lost(
    keep: Keep, fill_disk: Callable[[], None]
) -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        fill_disk()
        return httpx.Response(200, json=created("image_" + "x" * 20_000))

    events: list[object] = []
    client = keep(vendor, on_event=events.append)
    error = caught(client.submit, XING, REQUEST)
    assert isinstance(error, JournalError)
    assert error.task.id.startswith("image_xxx")
    (told,) = [event for event in events if isinstance(event, Submitted)]
    assert (told.outcome, told.tasks) == ("accepted", (error.task,))
    (unknown,) = client.resume_all()
    assert isinstance(unknown, SubmitOutcomeUnknown)


def test_a_closed_client_writes_no_more(journal_file: Path) -> None:
    client = Client({XING: "key"}, journal=journal_file)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.submit(XING, REQUEST)
    with pytest.raises(JournalError, match="closed"):
        client._core.books.journal.tasks()


FORKS = """
import os, signal, sys, httpx, imagetasks
answers = iter("ab")
vendor = lambda request: httpx.Response(200, json={
    "id": next(answers), "created": 1774836724, "status": "queued", "object": "image", "model": "gpt-image-2", "error": None})
client = imagetasks.Client({"xingchaoyiqing": "key"}, transport=httpx.MockTransport(vendor), journal=sys.argv[1])
request = imagetasks.ImageRequest("a lighthouse")
client.submit("xingchaoyiqing", request)
if (child := os.fork()) == 0:
    try:
        client.submit("xingchaoyiqing", request)
    except imagetasks.JournalError as error:
        print(error, flush=True)
    client.close()
    del client
    sys.exit()
os.waitpid(child, 0)
client.submit("xingchaoyiqing", request)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
def test_a_forked_child_takes_nothing_from_its_parent(journal_file: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS, str(journal_file)],
        capture_output=True,
        text=True,
    )
    assert "the process that this one forked from" in ran.stdout
    with Client({XING: "key"}, journal=journal_file):
        assert rows(journal_file, "SELECT id FROM tasks") == [("a",), ("b",)]
