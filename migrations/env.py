"""Runs the migrations as the owner of the schema, in one transaction each."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

config = context.config


def run() -> None:
    """Connect as the owner and run what is asked for."""
    connection = config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    url = config.attributes["owner_url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as fresh:
        _run_on(fresh)
    engine.dispose()


def _run_on(connection) -> None:  # type: ignore[no-untyped-def]  # alembic hands over either kind
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run()
