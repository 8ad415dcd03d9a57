"""What was sent to another server is nothing to a client: not open, not unknown, not counted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import (
    Access,
    BudgetExceeded,
    Client,
    ImageRequest,
    SubmitOutcomeUnknown,
)
from imagetasks._journal.reading import is_in_use, read_contents
from support.tasks import REQUEST, XING

GPT = "gptimage2api"


def access(mock: imagetasks_mock.Mock, credit_limit: float | None = None) -> Access:
    found = mock.access(GPT)
    return Access(found.api_key, found.base_url, credit_limit=credit_limit)


def test_a_client_goes_on_with_its_own_server_only(journal_file: Path) -> None:
    picture = ImageRequest("a pier", model="gpt-image-2")  # 3 credits
    with imagetasks_mock.serve() as one, imagetasks_mock.serve(seed=1) as other:
        with Client({GPT: access(one)}, journal=journal_file) as client:
            task = client.submit(GPT, picture, label="seven")
            one.faults.add("lost_answer", count=1)
            with pytest.raises(SubmitOutcomeUnknown):
                client.submit(GPT, picture)
        with Client({GPT: access(other, 5)}, journal=journal_file) as client:
            assert client.journal.open() == []
            assert client.journal.unknown() == []
            assert client.journal.by_label("seven") == []
            assert client.spent() == []
            assert client.resume_all(timeout=1) == []
            client.submit(GPT, picture)
            with pytest.raises(BudgetExceeded, match="3 credits are spent"):
                client.submit(GPT, picture)
        with Client({GPT: access(one)}, journal=journal_file) as client:
            assert [each.id for each in client.journal.open()] == [task.id]
            assert len(client.journal.unknown()) == 1
            assert sum(each.tasks for each in client.spent()) == 1
        slash = Access("key", f"{one.base_url(GPT)}/")
        with Client({GPT: slash}, journal=journal_file) as client:
            assert [each.id for each in client.journal.open()] == [task.id]
        with Client({XING: one.access(XING)}, journal=journal_file) as client:
            assert len(client.journal.open()) == 2  # nobody says that these are not its


def test_of_two_servers_that_give_the_same_id_the_later_task_holds(
    journal_file: Path,
) -> None:
    """A mock that is started anew gives the same ids as the last time."""
    ids = []
    for prompt in ("a pier", "a boat", "a lake"):
        with imagetasks_mock.serve() as mock:
            with Client({GPT: access(mock)}, journal=journal_file) as client:
                task = client.submit(GPT, ImageRequest(prompt), label=prompt)
                (known,) = client.journal.open()
                assert (known.id, known.label) == (task.id, prompt)
                ids.append(task.id)
                if prompt == "a pier":
                    mock.clock.advance(600)
                    client.download(client.wait(task, timeout=9), journal_file.parent)
        (entry,) = read_contents(journal_file).entries
        assert len(entry.files) == (
            prompt == "a pier"
        )  # those of the earlier task are not its own
    assert len(set(ids)) == 1


def test_an_id_of_another_server_is_not_known_from_another_submit(
    journal_file: Path,
) -> None:
    with imagetasks_mock.serve() as mock:
        with Client({GPT: access(mock)}, journal=journal_file) as client:
            client.submit(GPT, REQUEST)
    with imagetasks_mock.serve() as mock:
        mock.faults.add("lost_answer", count=1)
        with Client({GPT: access(mock)}, journal=journal_file) as client:
            with pytest.raises(SubmitOutcomeUnknown):
                client.submit(GPT, REQUEST)
            (unknown,) = client.journal.unknown()
            (made,) = mock.tasks
            assert client.resolve(unknown, made.id).id == made.id
            assert client.journal.unknown() == []


def test_a_journal_is_read_while_a_client_has_it(journal_file: Path) -> None:
    with imagetasks_mock.serve() as mock:
        with Client({GPT: access(mock)}, journal=journal_file) as client:
            task = client.submit(GPT, REQUEST)
            assert is_in_use(journal_file)
            (entry,) = read_contents(journal_file).entries
            assert (entry.task.id, entry.is_open) == (task.id, True)
            assert entry.base_url == mock.base_url(GPT)
            assert client.fetch(task).id == task.id
        assert not is_in_use(journal_file)


def test_who_looks_whether_a_journal_is_in_use_disturbs_nobody(
    journal_file: Path,
) -> None:
    Client({GPT: "secret-key-0123"}, journal=journal_file).close()
    done = threading.Event()

    def look() -> bool:
        found = False
        while not done.is_set():
            found = is_in_use(journal_file)
        return found

    with ThreadPoolExecutor(1) as threads:
        looking = threads.submit(look)
        try:
            for _ in range(30):
                Client({GPT: "secret-key-0123"}, journal=journal_file).close()
        finally:
            done.set()
        looking.result()


def test_two_that_look_do_not_take_each_other_for_a_client(journal_file: Path) -> None:
    Client({GPT: "secret-key-0123"}, journal=journal_file).close()
    with ThreadPoolExecutor(4) as threads:
        looks = threads.map(is_in_use, [journal_file] * 400)
        assert not any(looks)


def test_the_same_request_has_the_same_digest_without_its_prompt(
    journal_file: Path,
) -> None:
    pier, boat = ImageRequest("a pier", count=2), ImageRequest("a boat")
    with imagetasks_mock.serve() as mock:
        with Client(
            {GPT: access(mock)}, journal=journal_file, journal_prompts=False
        ) as client:
            client.submit_many(GPT, [pier, boat])
        entries = read_contents(journal_file).entries
    digests = [entry.digest for entry in entries]
    assert len(set(digests)) == 2
    assert sorted(digests.count(each) for each in set(digests)) == [1, 2]
    assert not any(entry.asked and entry.asked.has_prompts for entry in entries)
