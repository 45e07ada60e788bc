"""The exchange does not start on a database that could lose or leak what it was given."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, pool, text

from config import Settings
from marketplace.kernel import durability
from marketplace.kernel.durability import UnsafeDatabase
from tests.conftest import new_database


def _insist(url: str, prepare: str = "SELECT 1") -> None:
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text(prepare))
        durability.insist(connection)


def _as_superuser(settings: Settings, superuser: str) -> str:
    parts = dict(part.split("=", 1) for part in superuser.split())
    url = make_url(settings.database_url).set(username=parts["user"], password=parts["password"])
    return url.render_as_string(hide_password=False)


def test_the_exchanges_own_role_on_its_own_database_is_fit(settings: Settings) -> None:
    _insist(settings.database_url)


def test_commits_that_a_power_cut_would_lose_are_refused(settings: Settings) -> None:
    with pytest.raises(UnsafeDatabase, match="Set synchronous_commit = on"):
        _insist(settings.database_url, "SET synchronous_commit = off")


def test_a_superuser_is_refused(settings: Settings, superuser: str) -> None:
    with pytest.raises(UnsafeDatabase, match="is a superuser"):
        _insist(_as_superuser(settings, superuser))


def test_the_owner_of_the_tables_is_refused(settings: Settings) -> None:
    with pytest.raises(UnsafeDatabase, match="owns tables"):
        _insist(str(settings.owner_database_url))


def test_a_role_that_bypasses_row_level_security_is_refused(settings: Settings, superuser: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE ROLE sees_all LOGIN PASSWORD 'sees-all' BYPASSRLS")
        try:
            url = make_url(settings.database_url).set(username="sees_all", password="sees-all")
            with pytest.raises(UnsafeDatabase, match="bypasses row level security"):
                _insist(url.render_as_string(hide_password=False))
        finally:
            connection.execute("DROP ROLE sees_all")


def test_an_older_schema_is_refused_with_the_command_that_mends_it(worker_id: str) -> None:
    environment = new_database(f"older_{worker_id}")
    owner = create_engine(environment["DATABASE_OWNER_URL"], poolclass=pool.NullPool)
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(UnsafeDatabase, match=r"is at 0001.*lead-exchange migrate"):
        _insist(environment["DATABASE_URL"])
