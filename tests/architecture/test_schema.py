"""Models and migrations tell the same story, and the way down undoes the way up."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, create_engine, text

import marketplace
from marketplace.kernel import provisioning
from marketplace.kernel.database import Base
from tests.conftest import new_database

# Tables that only SQL or a library touches.
WITHOUT_MODEL = {"alembic_version", "kombu_queue", "kombu_message", "heartbeats", "schedule_slots", "setting"}


def load_every_model() -> None:
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if module.name.endswith((".models", ".outbox", ".audit", ".idempotency")):
            importlib.import_module(module.name)


@pytest.fixture(scope="module")
def owner_url(worker_id: str) -> str:
    load_every_model()
    return new_database(f"schema_{worker_id}")["DATABASE_OWNER_URL"]


def test_models_and_migrations_do_not_drift(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, parents: kind != "table" or name not in WITHOUT_MODEL,
                "include_object": lambda item, name, kind, reflected, other: (
                    not (kind == "table" and name in WITHOUT_MODEL)
                ),
                "compare_type": True,
            },
        )
        differences = [d for d in compare_metadata(context, Base.metadata) if "comment" not in str(d[0])]
    engine.dispose()
    assert not differences, "\n".join(map(str, differences))


def test_checks_are_the_same_in_models_and_database(owner_url: str) -> None:
    """PostgreSQL itself reads both: the model's rules are put on a copy of the table."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            for table in Base.metadata.tables.values():
                connection.execute(text(f"CREATE TEMP TABLE copied (LIKE {table.fullname}) ON COMMIT DROP"))
                for check in (c for c in table.constraints if isinstance(c, CheckConstraint)):
                    rule = str(
                        check.sqltext.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
                    )
                    connection.exec_driver_sql(
                        f'ALTER TABLE copied ADD CONSTRAINT "{check.name}" CHECK ({rule})'.replace("%%", "%")
                    )
                said, there = (_checks(connection, name) for name in ("copied", table.fullname))
                connection.rollback()
                assert said == there, table.fullname
    finally:
        engine.dispose()


def _checks(connection: Connection, table: str) -> dict[str, str]:
    found = connection.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:t AS regclass)"
        ),
        {"t": table},
    )
    return {row[0]: row[1] for row in found}


def test_migrations_go_down_and_up_again(worker_id: str) -> None:
    environment = new_database(f"updown_{worker_id}")
    urls = {
        "owner_url": environment["DATABASE_OWNER_URL"],
        "app_url": environment["DATABASE_URL"],
        "mode": "test",
    }
    provisioning.downgrade(**urls, revision="base")
    engine = create_engine(environment["DATABASE_OWNER_URL"])
    with engine.connect() as connection:
        left = (
            connection.execute(
                text(
                    "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                    " WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND relkind IN ('r', 'v', 'S')"
                )
            )
            .scalars()
            .all()
        )
        functions = (
            connection.execute(
                text(
                    "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
                    " WHERE nspname NOT IN ('pg_catalog', 'information_schema')"
                )
            )
            .scalars()
            .all()
        )
    engine.dispose()
    assert set(left) <= {"alembic_version"} and not functions, (left, functions)
    provisioning.migrate(**urls)
