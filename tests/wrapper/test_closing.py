"""A closed client says that it is closed, and closing gives back what the client holds, wherever it is done."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import AsyncClient, Client, ImageRequest, Intent, State, Task
from support.drivers import AsyncDriver, SyncDriver

AKOOL = "akool"
CREATED = {"code": 1000, "data": {"_id": "6508", "image_status": 1}}
OPEN = Task(provider=AKOOL, id="6508", state=State.QUEUED, wire_state="1")
INTENT: Any = Intent.__new__(Intent)

CALLS: dict[str, Any] = {
    "submit": lambda c: c.submit(AKOOL, ImageRequest("p")),
    "submit_many": lambda c: c.submit_many(AKOOL, [ImageRequest("p")]),
    "submit_many of none": lambda c: c.submit_many(AKOOL, []),
    "run": lambda c: c.run(AKOOL, ImageRequest("p")),
    "fetch": lambda c: c.fetch(OPEN),
    "wait": lambda c: c.wait(OPEN),
    "wait_all": lambda c: c.wait_all([OPEN], return_errors=True),
    "wait_all of none": lambda c: c.wait_all([]),
    "as_completed": lambda c: c.as_completed([OPEN], return_errors=True),
    "events": lambda c: c.events([OPEN]),
    "balance": lambda c: c.balance(AKOOL),
    "upscale": lambda c: c.upscale(OPEN, 1),
    "vary": lambda c: c.vary(OPEN, 1),
    "download": lambda c: c.download(OPEN, "nowhere"),
    "resume_all": lambda c: c.resume_all(),
    "resolve": lambda c: c.resolve(INTENT, "6508"),
    "resubmit": lambda c: c.resubmit(INTENT),
    "abandon": lambda c: c.abandon(OPEN),
}


def accept(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=CREATED)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("has_journal", [True, False])
@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver])
def test_every_call_on_a_closed_client_says_that_it_is_closed(
    kind: Any, has_journal: bool, name: str, tmp_path: Path
) -> None:
    journal = tmp_path / "tasks.db" if has_journal else None
    client = kind({AKOOL: "k"}, transport=httpx.MockTransport(accept), journal=journal)
    try:
        if kind is SyncDriver:
            client.close()
        else:
            client.aclose()
        with pytest.raises(RuntimeError, match="the client is closed"):
            CALLS[name](client)
    finally:
        client.close()


def submit_once(client: AsyncClient) -> None:
    asyncio.run(client.submit(AKOOL, ImageRequest("p")))


def is_free(journal: Path) -> bool:
    with Client({AKOOL: "k"}, journal=journal):
        return True


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_closing_after_its_loop_is_quiet_and_gives_the_journal_back(
    tmp_path: Path,
) -> None:
    transport = httpx.MockTransport(accept)
    client = AsyncClient(
        {AKOOL: "k"}, transport=transport, journal=tmp_path / "tasks.db"
    )
    submit_once(client)
    asyncio.run(client.aclose())
    assert is_free(tmp_path / "tasks.db")


def test_closing_beside_its_loop_says_so_and_gives_the_journal_back(
    tmp_path: Path,
) -> None:
    transport = httpx.MockTransport(accept)
    client = AsyncClient(
        {AKOOL: "k"}, transport=transport, journal=tmp_path / "tasks.db"
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(
            client.submit(AKOOL, ImageRequest("p")), loop
        ).result(10)
        with pytest.raises(RuntimeError, match="another event loop"):
            asyncio.run(client.aclose())
        assert is_free(tmp_path / "tasks.db")
        asyncio.run_coroutine_threadsafe(client.aclose(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_transport_that_fails_to_close_keeps_no_journal(tmp_path: Path) -> None:
    class Stubborn(httpx.MockTransport):
        def close(self) -> None:
            raise OSError("no")

    client = Client(
        {AKOOL: "k"}, transport=Stubborn(accept), journal=tmp_path / "tasks.db"
    )
    client.submit(AKOOL, ImageRequest("p"))
    with pytest.raises(OSError, match="no"):
        client.close()
    assert is_free(tmp_path / "tasks.db")
