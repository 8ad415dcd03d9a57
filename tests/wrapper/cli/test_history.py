"""What commands remember: nothing paid twice, nothing lost, nothing mixed up with a mock."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import Client
from vendors import XING

from .conftest import KEY, Command, events

GPT = "gptimage2api"


def runs() -> list[Path]:
    return sorted(Path("../data/imagetasks/runs").glob("*.db"))


def test_a_run_is_remembered_without_asking_for_it(command: Command) -> None:
    first = command("generate", "a pier", "-p", GPT, "--label", "one")
    assert "History is kept in" in first.stderr
    assert "History" not in command("generate", "a boat", "-p", GPT).stderr
    listed = command("list").stdout.splitlines()
    assert [line.split()[-2:] for line in listed[1:]] == [["a", "pier"], ["a", "boat"]]
    pier, boat = events(command("list", "--json"))
    assert (pier["prompt"], pier["label"], pier["is_open"]) == ("a pier", "one", False)
    shown = events(command("show", boat["id"][:12], "--json"))[0]
    assert shown["files"] == boat["files"]
    assert Path(shown["files"][0]).exists()
    assert json.loads(shown["request"])["prompt"] == "a boat"
    assert "a boat" in command("show", boat["id"]).stdout
    assert command("show", "nothing").exit_code == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in runs())


def test_an_id_of_the_history_stands_for_its_task(command: Command) -> None:
    command("generate", "a pier", "-p", GPT, "--no-wait")
    (task,) = events(command("list", "--json"))
    assert command("wait", task["id"][:10], "-o", "out").exit_code == 0
    (waited,) = events(command("list", "--json"))
    assert (waited["is_open"], len(waited["files"])) == (False, 1)
    assert command("resume").stdout == ""
    assert len(list(Path("out").glob("*.png"))) == 1
    status = events(command("status", task["id"], "--json"))
    assert status[0]["state"] == "succeeded"
    assert "no such task in the history" in command("status", "nothing").stderr


def test_no_history_is_kept_where_none_is_wanted(command: Command) -> None:
    assert command("generate", "x", "-p", XING, "--no-journal").exit_code == 0
    assert runs() == []
    command("generate", "a secret pier", "-p", XING, "--no-prompts", "-o", "out")
    (run,) = runs()
    kept = [*run.parent.iterdir(), *Path("out").glob("*.json")]
    assert not [path for path in kept if b"secret pier" in path.read_bytes()]
    assert command("list").exit_code == 0


def test_a_history_that_cannot_be_written_is_a_warning(command: Command) -> None:
    Path("../data").write_text("a file")
    result = command("generate", "x", "-p", XING)
    assert result.exit_code == 0
    assert "No history is kept of this run" in result.stderr


def test_rows_that_are_done_are_not_paid_again(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    Path("rows.csv").write_text("prompt,label,count\na pier,one,2\na boat,two,1\n")
    rows = ("generate", "--from", "rows.csv", "-p", XING, "--no-prompts")
    assert command(*rows).exit_code == 0
    assert len(mock.tasks) == 3
    again = command(*rows)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "3 of the results are done already" in again.stderr
    Path("rows.csv").write_text("prompt,label,count\na pier,one,3\na cat,two,1\n")
    assert len(command(*rows).stdout.splitlines()) == 2
    assert len(mock.tasks) == 5
    assert command(*rows, "--no-skip-done").exit_code == 0
    assert len(mock.tasks) == 9


def test_rows_are_not_paid_again_while_a_run_cannot_be_read(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    Path("rows.csv").write_text("prompt,label\na pier,one\n")
    rows = ("generate", "--from", "rows.csv", "-p", XING)
    assert command(*rows).exit_code == 0
    (run,) = runs()
    begun = run.with_name("20990101-000000-aaaaaa.db")
    begun.touch()  # by a command that was killed as it began
    assert command(*rows).exit_code == 0
    whole = run.read_bytes()
    run.write_bytes(whole[:5000])
    refused = command(*rows)
    assert refused.exit_code == 2
    assert run.name in refused.stderr
    assert "--no-skip-done" in refused.stderr
    assert "left out" in command("list").stderr
    assert len(mock.tasks) == 1
    assert command(*rows, "--no-skip-done").exit_code == 0
    assert len(mock.tasks) == 2


def test_a_journal_of_the_history_that_is_named_counts_once(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    Path("rows.csv").write_text("prompt,count\na pier,1\n")
    rows = ("generate", "--from", "rows.csv", "-p", XING)
    assert command(*rows).exit_code == 0
    Path("rows.csv").write_text("prompt,count\na pier,2\n")
    (run,) = runs()
    Path("same.db").symlink_to(run)
    done = command(*rows, "--journal", "same.db")
    assert (done.exit_code, len(mock.tasks)) == (0, 2)


def test_each_run_is_read_once(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imagetasks._journal import reading

    Path("rows.txt").write_text("a pier\n")
    rows = ("generate", "--from", "rows.txt", "-p", XING)
    command(*rows)
    (task,) = events(command("list", "--json"))
    read: list[str] = []
    once = reading.read_contents
    monkeypatch.setattr(
        reading, "read_contents", lambda path: read.append(str(path)) or once(path)
    )
    for words in (rows, ("doctor",), ("abandon", task["id"])):
        read.clear()
        command(*words)
        assert len(read) == 1


def test_what_was_left_is_saved_by_resume_where_it_was_to_go(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    Path("rows.txt").write_text("a pier\na boat\n")
    rows = ("generate", "--from", "rows.txt", "-p", XING, "-p", GPT, "-o", "out")
    late = command(*rows, "--no-wait", "--name", "{provider}-{n}")
    assert late.exit_code == 0
    assert not Path("out").exists()
    known = len(mock.tasks)
    more = command(*rows)
    assert "imagetasks resume" in more.stderr
    assert len(mock.tasks) == known
    done = command("resume")
    assert done.exit_code == 0, done.output
    assert len(list(Path("out").glob("*.png"))) == known == 4
    nothing = command("resume")
    assert (nothing.stdout, nothing.stderr) == ("", "There is nothing to resume.\n")


def test_a_named_journal_knows_where_its_results_go(command: Command) -> None:
    to = ("-o", "out", "--name", "pier {n}", "--no-sidecar")
    generate = ("generate", "a pier", "-p", GPT, *to, "--journal", "my tasks.db")
    assert command(*generate, "--no-wait").exit_code == 0
    late = command("resume", "my tasks.db", "--timeout", "0")
    assert late.exit_code == 4
    assert "Not lost; go on with: imagetasks resume 'my tasks.db'\n" in late.stderr
    assert command("resume", "my tasks.db").exit_code == 0
    assert [path.name for path in Path("out").iterdir()] == ["pier 1.png"]


def test_a_journal_that_another_command_holds_keeps_its_folder(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    generate = ("generate", "a pier", "-p", GPT, "--journal", "tasks.db")
    assert command(*generate, "-o", "out", "--no-wait").exit_code == 0
    with Client({GPT: mock.access(GPT)}, journal="tasks.db"):
        assert command(*generate, "-o", "other").exit_code == 2
    assert command("resume", "tasks.db").exit_code == 0
    assert len(list(Path("out").glob("*.png"))) == 1


def test_a_journal_and_none_exclude_each_other(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    both = ("--journal", "tasks.db", "--no-journal")
    refused = command("generate", "a pier", "-p", GPT, *both)
    assert refused.exit_code == 2
    assert "--journal and --no-journal" in refused.stderr
    assert len(mock.tasks) == 0


def test_what_a_mock_made_is_nothing_to_the_vendor(
    command: Command, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("rows.txt").write_text("a pier\n")
    assert command("generate", "--from", "rows.txt", "-p", GPT).exit_code == 0
    token = command("generate", "a boat", "-p", GPT, "--no-wait")
    assert token.exit_code == 0
    assert json.loads(command("cost", "--json").stdout)["totals"][0]["tasks"] == 2
    monkeypatch.setenv("GPTIMAGE2API_BASE_URL", f"{mock.base_url(GPT)}/")
    assert json.loads(command("cost", "--json").stdout)["totals"][0]["tasks"] == 2
    with imagetasks_mock.serve(speed=60) as another:
        monkeypatch.setenv("GPTIMAGE2API_BASE_URL", another.base_url(GPT))
        assert json.loads(command("cost", "--json").stdout)["totals"] == []
        left = command("resume")
        assert (left.exit_code, left.stdout) == (0, "")
        assert f"1 left alone: made by {GPT} at {mock.base_url(GPT)}" in " ".join(left.stderr.split())  # fmt: skip
        assert command("generate", "--from", "rows.txt", "-p", GPT).exit_code == 0
        assert len(another.tasks) == 1


def test_again_pays_for_the_same_request_once_more(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    first = events(
        command("generate", "a pier", "-p", "akool", "--resolution", "4k", "--json")
    )[-1]
    price = command("again", first["id"], "-n", "2", "--dry-run")
    assert "Price of 2 tasks: 2 credits at akool" in price.stderr
    assert command("again", first["id"]).exit_code == 0
    assert len({task.prompt for task in mock.tasks}) == 1
    assert len(mock.tasks) == 2


def test_a_lost_answer_is_listed_and_settled(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    for _ in range(3):
        mock.faults.add("lost_answer", count=1)
        lost = command("generate", "a lighthouse", "-p", "akool", "--label", "seven")
        assert lost.exit_code == 5
        assert "imagetasks unknown" in lost.stderr
    assert command("resume").exit_code == 5
    listed = command("unknown")
    assert listed.exit_code == 5
    assert "resolve SUBMIT TASK_ID" in " ".join(listed.stderr.split())
    first, second, third = [line.split()[0] for line in listed.stdout.splitlines()]
    (task, *_) = list(mock.tasks)
    assert command("resolve", first, task.id).exit_code == 0
    assert command("abandon", second).exit_code == 0
    assert command("resubmit", third).exit_code == 0
    assert command("unknown").exit_code == 0
    saved = command("resume", "-o", "out")
    assert saved.exit_code == 0, saved.output
    assert len(saved.stdout.splitlines()) == 2
    assert command("resolve", first, task.id).exit_code == 2


def test_the_beginning_of_an_id_picks_nothing_that_was_not_meant(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    command("generate", "a pier", "-p", GPT, "--no-wait")
    mock.faults.add("lost_answer", count=1)
    assert command("generate", "a boat", "-p", "akool").exit_code == 5
    (task,) = events(command("list", "--json"))
    (lost,) = events(command("unknown", "--json"))
    paid = len(mock.tasks)
    for asked in ("", task["id"][:3], lost["submit"][:3]):
        for word in ("resubmit", "abandon", "again", "show"):
            refused = command(word, asked)
            assert refused.exit_code == 2
            assert "at least the first 4 characters" in refused.stderr
    assert len(mock.tasks) == paid
    twin = f"{task['id'][:8]}{lost['submit'][8:]}"
    with closing(sqlite3.connect(lost["journal"])) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE intents SET id = ?", (twin,))
    both = command("abandon", task["id"][:6])
    assert both.exit_code == 2
    assert "a submit and a task begin so" in both.stderr
    assert command("abandon", task["id"]).exit_code == 0
    assert json.loads(command("abandon", twin, "--json").stdout)["submit"] == twin
    assert command("unknown").exit_code == 0


def test_what_another_command_holds_is_left_to_it(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    command("generate", "x", "-p", GPT, "--no-wait")
    (run,) = runs()
    with Client({GPT: mock.access(GPT)}, journal=run):
        left = command("resume")
        assert (left.exit_code, left.stdout) == (0, "")
        assert "left to the command" in left.stderr
        assert len(events(command("list", "--json"))) == 1
    assert command("resume").stdout != ""
    assert KEY not in run.read_bytes().decode("latin-1")


def test_old_runs_are_pruned_but_for_what_is_open(command: Command) -> None:
    command("generate", "x", "-p", XING)
    command("generate", "y", "-p", XING, "--no-wait")
    assert command("prune", "--older-than", "1d").exit_code == 0
    assert len(runs()) == 2
    assert "1 run would be deleted" in command("prune", "--older-than", "0d", "--dry-run").stderr  # fmt: skip
    assert len(runs()) == 2
    assert command("prune", "--older-than", "0d").exit_code == 0
    (left,) = events(command("list", "--json"))
    assert left["prompt"] == "y"
    assert command("prune", "--older-than", "soon").exit_code == 2
    assert command("prune", "--older-than", "99999999999d").exit_code == 2
    assert command("prune", "--older-than", "9999999d").exit_code == 2


def test_the_first_failure_of_several_runs_gives_the_exit_code(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    for prompt, vendor in (("a pier", GPT), ("forbidden", XING)):
        command("generate", prompt, "-p", vendor, "--no-wait")
    pier, forbidden = (task["id"] for task in events(command("list", "--json")))
    mock.faults.add("hang", provider=GPT)
    waited = command("wait", pier, forbidden, "--timeout", "2")
    assert f"{GPT} task" in waited.stderr
    assert waited.exit_code == 1
