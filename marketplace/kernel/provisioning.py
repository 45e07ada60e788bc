"""Makes a database ready: roles and database where we may, then migrations as the owner."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


def create_roles_and_database(superuser_dsn: str, *, owner_url: str, app_url: str) -> None:
    """Create the owner, the application's role (owns nothing, NOBYPASSRLS) and the database, if missing."""
    owner, app = make_url(owner_url), make_url(app_url)
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for role in (owner, app):
            _ensure_role(connection, str(role.username), str(role.password))
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (owner.database,)
        ).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(str(owner.database)), sql.Identifier(str(owner.username))
                )
            )


def _ensure_role(connection: psycopg.Connection, name: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(password)))


def configuration(*, owner_url: str, app_role: str, mode: str) -> Config:
    """What the migrations need to know."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes.update(owner_url=owner_url, app_role=app_role, mode=mode)
    return config


def migrate(*, owner_url: str, app_url: str, mode: str, revision: str = "head") -> None:
    """Bring the schema up to *revision* as its owner."""
    config = configuration(owner_url=owner_url, app_role=str(make_url(app_url).username), mode=mode)
    command.upgrade(config, revision)


def downgrade(*, owner_url: str, app_url: str, mode: str, revision: str) -> None:
    """Take the schema down to *revision* as its owner."""
    config = configuration(owner_url=owner_url, app_role=str(make_url(app_url).username), mode=mode)
    command.downgrade(config, revision)
