"""What was spent: by vendor, model and day; through crashes, where there is a journal; equal to the vendor's own books."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import imagetasks_mock
import pytest
from imagetasks import (
    Access,
    BudgetExceeded,
    Client,
    ImageRequest,
    JournalError,
    PollPolicy,
    Spending,
    State,
    SubmitOutcomeUnknown,
    Task,
)
from imagetasks_clients import PROVIDERS
from support.drivers import Driver, Script
from support.tasks import XING, created

G = "gptimage2api"
PICTURE = ImageRequest("a lighthouse", model="gpt-image-2")
EARLIER = Path(__file__).parents[1] / "journal" / "earlier"
Keep = Callable[..., Driver]


def accepted(n: int, **fields: object) -> dict[str, object]:
    return {"taskId": f"tsk_{n}", "status": 0, "creditsUsed": 3} | fields


def today() -> date:
    return datetime.now(UTC).date()


def test_it_is_by_vendor_model_and_day(connect) -> None:
    answers = [accepted(1), accepted(2), accepted(3), created()]
    client = connect(Script(*answers))
    client.submit(G, PICTURE)
    client.submit(G, PICTURE)
    client.submit(
        G, ImageRequest("x", model="nano-banana-pro", extra={"resolution": "4K"})
    )
    client.submit(XING, ImageRequest("x", model="gpt-image-2"))
    assert client.spent() == [
        Spending(G, "gpt-image-2", today(), 2, estimated=6, charged=6, credits=6),
        Spending(G, "nano-banana-pro", today(), 1, estimated=20, charged=3, credits=3),
        Spending(XING, "gpt-image-2", today(), 1, unpriced=1),
    ]


# ---- With a journal --------------------------------------------------------------------------------------------------


def test_it_outlives_the_process_with_a_journal(keep: Keep) -> None:
    client = keep(accepted(1), accepted(2), 500)
    client.submit(G, PICTURE)
    client.submit(G, PICTURE)
    with pytest.raises(SubmitOutcomeUnknown):
        client.submit(G, PICTURE)
    client.close()
    client = keep(accepted(3))
    assert client.spent() == [
        Spending(G, "gpt-image-2", today(), 2, estimated=6, charged=6, credits=6)
    ]
    assert client.client._core.books.ledger.reserved(G) == 3


def limited(journal_file: Path, limit: float, *answers: object) -> Client:
    access = {G: Access("key", credit_limit=limit)}
    transport = httpx.MockTransport(Script(*answers))
    return Client(access, transport=transport, journal=journal_file)


def test_so_does_a_limit(journal_file: Path) -> None:
    with limited(journal_file, 10, accepted(1), accepted(2), 500) as client:
        client.submit(G, PICTURE)
        client.submit(G, PICTURE)
        with pytest.raises(SubmitOutcomeUnknown):
            client.submit(G, PICTURE)
    with limited(journal_file, 10, accepted(3)) as client:
        with pytest.raises(BudgetExceeded) as raised:
            client.submit(G, PICTURE)
        assert (raised.value.spent, raised.value.reserved) == (6, 3)
        (intent,) = client.journal.unknown()
        client.abandon(intent)
        client.submit(G, PICTURE)


def test_what_an_unknown_submit_became_is_spent_and_no_more_reserved(
    journal_file: Path,
) -> None:
    found = {"id": "tsk_9", "type": "image", "status": 0, "creditsUsed": 3}
    found["createdAt"] = "2026-11-01T00:00:00.000Z"
    with limited(journal_file, 10, 500, found, 500, accepted(2)) as client:
        for _ in range(2):
            with pytest.raises(SubmitOutcomeUnknown):
                client.submit(G, PICTURE)
            (intent,) = client.journal.unknown()
            if client.spent():
                client.resubmit(intent)
            else:
                client.resolve(intent, "tsk_9")
        assert sum(each.credits for each in client.spent()) == 6
        assert client._core.books.ledger.reserved(G) == 0
    with limited(journal_file, 10, accepted(3)) as client:
        assert sum(each.credits for each in client.spent()) == 6
        assert client._core.books.ledger.reserved(G) == 0


def test_a_task_that_is_known_already_settles_and_costs_nothing_once_more(
    journal_file: Path,
) -> None:
    known = {"id": "tsk_1", "type": "image", "status": 0, "creditsUsed": 3}
    known["createdAt"] = "2026-11-01T00:00:00.000Z"
    with limited(journal_file, 10, accepted(1), 500, known) as client:
        client.submit(G, PICTURE)
        with pytest.raises(SubmitOutcomeUnknown):
            client.submit(G, PICTURE)
        (intent,) = client.journal.unknown()
        with pytest.raises(JournalError, match="known from another submit"):
            client.resolve(intent, "tsk_1")
        assert sum(each.credits for each in client.spent()) == 3
        assert client._core.books.ledger.reserved(G) == 3


@pytest.mark.parametrize("version", [1, 2])
def test_of_an_earlier_journal_only_what_the_vendor_charged_is_known(
    keep: Keep, journal_file: Path, version: int
) -> None:
    if version == 1:
        shutil.copy(EARLIER / "format-1.db", journal_file)
    else:
        _as_of_format_2(keep, journal_file)
    client = keep(created())
    assert sum(each.tasks for each in client.spent()) > 0
    assert sum(each.credits for each in client.spent()) == (0 if version == 1 else 3)


def _as_of_format_2(keep: Keep, journal_file: Path) -> None:
    client = keep(accepted(1))
    client.submit(G, PICTURE)
    client.close()
    with closing(sqlite3.connect(journal_file)) as connection:
        for column in ("reserved", "base_url", "digest"):
            connection.execute(f"ALTER TABLE intents DROP COLUMN {column}")
        for column in ("model", "day", "reserved", "estimated", "charged"):
            connection.execute(f"ALTER TABLE tasks DROP COLUMN {column}")
        connection.execute("ALTER TABLE tasks DROP COLUMN is_refunded")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()


# ---- Beside the vendor's own books -----------------------------------------------------------------------------------

POLICY = PollPolicy(min_gap=0.01, max_gap=0.02, attempt=1.0, outage=20)
FAULTS: list[dict[str, object]] = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 402},
    {"kind": "reset"},
    {"kind": "lost_answer"},
    {"kind": "reset_in_body"},
    {"kind": "truncated"},
]


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    scenario = {"outcomes": [{"probability": 0.2, "outcome": "failed"}]}
    with imagetasks_mock.serve(scenario=scenario, speed=1000, seed=1) as mock:
        for fault in FAULTS:
            mock.faults.add(**fault, probability=0.03)
        yield mock


@pytest.mark.long
@pytest.mark.parametrize("tasks", [120, pytest.param(2000, marks=pytest.mark.soak)])
def test_it_is_equal_to_the_vendors_books_once_unknown_submits_are_settled(
    mock: imagetasks_mock.Mock, journal_file: Path, tasks: int
) -> None:
    access = {provider: mock.access(provider) for provider in PROVIDERS}
    requests = [ImageRequest(f"picture {n}") for n in range(tasks // 4)]

    def books() -> dict[str, float]:
        account = mock.accounts["mock-key"]
        return {provider: account.spent(provider) for provider in PROVIDERS}

    def ours(client: Client) -> dict[str, float]:
        found = dict.fromkeys(PROVIDERS, 0.0)
        for each in client.spent():
            found[each.provider] += each.credits
        return found

    with Client(access, policy=POLICY, journal=journal_file) as client:
        made: list[Task] = []
        for provider in PROVIDERS:
            outcomes = client.submit_many(provider, requests)
            made += [each for each in outcomes if isinstance(each, Task)]
        ledger = client._core.books.ledger
        for provider, spent in ours(client).items():
            reserved = ledger.reserved(provider)
            assert books()[provider] <= spent + reserved
        ended = client.wait_all(made, return_errors=True)
        assert any(getattr(each, "state", None) is State.SUCCEEDED for each in ended)
        mock.faults.clear()
        # A refusal in the place of a status ended some waits.
        client.wait_all(made, return_errors=True)
        known = {(each.provider, each.id) for each in made}
        unknown = client.journal.unknown()
        for intent in unknown:
            assert isinstance(intent.request, ImageRequest)
            lost = [
                task.id
                for task in mock.tasks
                if task.prompt == intent.request.prompt
                and task.provider == intent.provider
                and (task.provider, task.id) not in known
            ]
            if lost:
                found = client.resolve(intent, lost[0])
                client.wait_all([found], return_errors=True)
            else:
                client.abandon(intent)
        assert ours(client) == books()
        assert not any(map(ledger.reserved, PROVIDERS))
    with Client(access, policy=POLICY, journal=journal_file) as client:
        assert ours(client) == books()
    print(f"\n{tasks} tasks, {len(unknown)} unknown: {books()}")
    assert unknown
    assert any(books().values())


@pytest.mark.parametrize("submits", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_the_vendors_books_never_say_more_than_the_limit(submits: int) -> None:
    limit = submits * 3 / 2
    with imagetasks_mock.serve(speed=0, seed=2) as mock:
        for fault in FAULTS:
            mock.faults.add(**fault, probability=0.03)
        given = mock.access(G)
        access = {G: Access(given.api_key, given.base_url, credit_limit=limit)}
        with Client(access, policy=POLICY) as client:
            outcomes = client.submit_many(G, [PICTURE] * submits, timeout=600)
            reserved = client._core.books.ledger.reserved(G)
        booked = mock.accounts["mock-key"].spent(G)
    print(
        f"\n{submits} submits, limit {limit:g}: {booked} booked, {reserved:g} unknown"
    )
    assert booked <= limit
    spent = sum(isinstance(each, Task) for each in outcomes) * 3
    assert spent <= booked <= spent + reserved
    assert limit - 3 < spent + reserved <= limit
