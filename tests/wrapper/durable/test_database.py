"""Making the tables of a database, by several processes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import DBOS
from imagetasks.durable import DurableError
from imagetasks.durable._database import MIGRATING, Database
from support.postgres import Postgres

AT_ONCE = 3


def prepare(url: str) -> None:
    with closing(Database(url)) as database:
        database.prepare()


def prepare_at_once(url: str) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(prepare, [url] * AT_ONCE))


@pytest.mark.long
def test_of_those_that_start_at_once_one_makes_the_tables(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated: list[str] = []
    migrate = DBOS.migrate

    def counted(url: str) -> None:
        migrated.append(url)
        migrate(url)

    monkeypatch.setattr(DBOS, "migrate", counted)
    url = postgres.new_database()
    prepare_at_once(url)
    assert migrated == [url]


@pytest.mark.long
def test_on_sqlite_all_of_them_find_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tasks.db'}"
    prepare_at_once(url)
    with closing(Database(url)) as database, database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM workers")) == 0


def test_who_waits_too_long_for_the_tables_is_told(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagetasks.durable._database.PATIENCE", 0.0)
    url = postgres.new_database()
    with closing(Database(url)) as other, other.engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(MIGRATING)))
        with pytest.raises(DurableError, match="another process makes the tables"):
            prepare(url)
