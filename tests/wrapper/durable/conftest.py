from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
from imagetasks import PollPolicy
from imagetasks.durable import Runner, Tasks
from imagetasks.durable._database import Database
from support.durable_workers import Workers
from support.postgres import Postgres

# DBOS is one for each process, and leaves what it wants to be collected.
FAST = PollPolicy(min_gap=0.02, max_gap=0.05, outage=0.3, attempt=5, learn=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        database = Database(server.new_database())
        database.prepare()
        database.close()
        yield server


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("prepared") / "tasks.db"
    database = Database(f"sqlite:///{path}")
    database.prepare()
    database.close()
    return path.read_bytes()


@pytest.fixture
def sqlite_url(tmp_path: Path, prepared_sqlite: bytes) -> str:
    (tmp_path / "tasks.db").write_bytes(prepared_sqlite)
    return f"sqlite:///{tmp_path / 'tasks.db'}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    return postgres.new_database(like="tasks_1")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Of an empty database, of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(duration=0.2) as server:
        yield server


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as started:
        yield started


@pytest.fixture
def tasks(url: str, mock: imagetasks_mock.Mock) -> Iterator[Tasks]:
    with Tasks(url, access_to(mock)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that are seconds apart, and pauses before what went wrong is tried again, are as good when they are short."""
    monkeypatch.setattr("imagetasks.durable._runner.CLAIM_EVERY", 0.05)
    monkeypatch.setattr("imagetasks.durable._steward.LOOK", 0.1)
    monkeypatch.setattr("imagetasks.durable._work.FIRST_PAUSE", 0.1)
    monkeypatch.setattr("imagetasks.durable._work.LONGEST_PAUSE", 0.1)
    monkeypatch.setattr("imagetasks.durable._looks.FIRST_GAP", 0.02)


@pytest.fixture
def run(
    url: str, mock: imagetasks_mock.Mock, tmp_path: Path
) -> Iterator[Callable[..., Runner]]:
    """Starts a worker; it is stopped at the end of the test, if not before."""
    with ExitStack() as started:

        def start(**options: Any) -> Runner:
            given = {"executor": "w0", "store": tmp_path / "store", "policy": FAST}
            runner = Runner(url, access_to(mock), **(given | options))
            runner.start()
            started.callback(runner.stop)
            return runner

        yield start
    left = [t.name for t in threading.enumerate() if t.name.startswith("imagetasks-")]
    assert not [name for name in left if "steward" in name]


def access_to(mock: imagetasks_mock.Mock) -> dict[str, Any]:
    return {name: mock.access(name) for name in ("xingchaoyiqing", "aigptimage")}
