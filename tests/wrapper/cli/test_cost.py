"""`imagetasks cost`: what the tasks of a journal cost, without a key and without a client."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from imagetasks import Client, ImageRequest, SubmitOutcomeUnknown
from imagetasks.cli import program
from support.drivers import Script
from support.tasks import XING, created
from typer.testing import CliRunner, Result

GPT = "gptimage2api"
TODAY = datetime.now(UTC).date().isoformat()


def accepted(n: int, **fields: object) -> dict[str, object]:
    return {"taskId": f"tsk_{n}", "status": 0, "creditsUsed": 3} | fields


def client(file: Path, *answers: object) -> Client:
    transport = httpx.MockTransport(Script(*answers))
    return Client({GPT: "key", XING: "key"}, transport=transport, journal=file)


def cost(*arguments: object) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(program(), ["cost", "--journal", *words])


@pytest.fixture
def spent(journal_file: Path) -> Path:
    """Two models at one vendor, one at another, and a submit whose outcome nobody knows."""
    answers = (accepted(1), accepted(2), accepted(3, creditsUsed=19), created(), 500)
    with client(journal_file, *answers) as made:
        made.submit(GPT, ImageRequest("x"))
        made.submit(GPT, ImageRequest("x", model="gpt-image-2"))
        dear = ImageRequest("x", model="nano-banana-pro", extra={"resolution": "4K"})
        made.submit(GPT, dear)
        made.submit(XING, ImageRequest("x", model="gpt-image-2"))
        with pytest.raises(SubmitOutcomeUnknown):
            made.submit(GPT, ImageRequest("x"))
    return journal_file


def test_it_is_a_table_with_a_total_for_each_vendor(spent: Path) -> None:
    result = cost(spent)
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[0][:4] == ["provider", "model", "day", "tasks"]
    assert [GPT, "nano-banana-pro", TODAY, "1", "20", "19", "19", "0"] in rows
    assert [XING, "gpt-image-2", TODAY, "1", "0", "0", "0", "1"] in rows
    assert rows[-2:] == [
        [GPT, "total", "3", "26", "25", "25", "0", "3"],
        [XING, "total", "1", "0", "0", "0", "1", "0"],
    ]


def test_as_json_it_says_what_spent_says(spent: Path) -> None:
    found = json.loads(cost(spent, "--json").stdout)
    with client(spent, 500) as made:
        rows = made.spent()
    said = [(r["provider"], r["model"], r["day"], r["credits"]) for r in found["spent"]]
    assert said == [(r.provider, r.model, r.day.isoformat(), r.credits) for r in rows]
    assert found["totals"][0] == {
        "provider": GPT,
        "tasks": 3,
        "estimated": 26,
        "charged": 25,
        "credits": 25,
        "unpriced": 0,
        "reserved": 3,
    }


def test_a_journal_without_tasks_cost_nothing(journal_file: Path) -> None:
    client(journal_file, 500).close()
    assert (cost(journal_file).exit_code, cost(journal_file).stdout) == (
        0,
        "no tasks\n",
    )
    found = json.loads(cost(journal_file, "--json").stdout)
    assert (found["spent"], found["totals"]) == ([], [])


def test_a_journal_that_a_client_has_open_is_read_too(spent: Path) -> None:
    with client(spent, 500):
        result = cost(spent)
    assert (result.exit_code, result.stdout) == (0, cost(spent).stdout)


def empty_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 1")


def other_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE notes (text)")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda file: file.write_text("not a journal " * 100),
            "not an SQLite database",
        ),
        (lambda file: file.write_bytes(b""), "it is empty, and no journal"),
        (empty_database, "it is empty, and no journal"),
        (other_database, "a database of something else"),
    ],
    ids=["text", "nothing", "empty", "other"],
)
def test_what_is_no_journal_is_said_and_left_as_it_is(
    journal_file: Path, make, words: str
) -> None:
    make(journal_file)
    before = journal_file.read_bytes()
    result = cost(journal_file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
    assert journal_file.read_bytes() == before


def test_a_file_that_is_not_there_is_not_made(journal_file: Path) -> None:
    assert cost(journal_file).exit_code == 2
    assert list(journal_file.parent.iterdir()) == []
