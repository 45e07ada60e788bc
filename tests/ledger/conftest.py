"""Connections of the application's role, of the owner and of the superuser to this worker's books."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from marketplace.kernel import provisioning
from marketplace.kernel.database import db
from tests.conftest import _STATE as STATE
from tests.conftest import new_database


@pytest.fixture(scope="session")
def environment(worker_id: str) -> dict[str, str]:
    """A database with the ledger and nothing above it: later steps bind escrows to rows of their own."""
    made = new_database(name := f"ledger_{worker_id}")
    owner, app = made["DATABASE_OWNER_URL"], made["DATABASE_URL"]
    with psycopg.connect(json.loads(os.environ[STATE])["superuser"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" OWNER exchange_owner')
    provisioning.migrate(owner_url=owner, app_url=app, mode="test", revision="0003")
    return made


@pytest.fixture(scope="session")
def superuser(environment: dict[str, str]) -> str:
    """Defined again, since the one above is kept for the whole run with the database of whoever came first."""
    dsn: str = json.loads(os.environ[STATE])["superuser"]
    return dsn.replace("dbname=postgres", f"dbname={make_url(environment['DATABASE_URL']).database}")


@pytest.fixture(scope="session")
def app(environment: dict[str, str]) -> Flask:
    """The books and nothing above them: no routes are needed here."""
    bare = Flask("books")
    bare.config["SQLALCHEMY_DATABASE_URI"] = environment["DATABASE_URL"]
    bare.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 12, "max_overflow": 4}
    db.init_app(bare)
    return bare


def _dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def app_dsn(environment: dict[str, str]) -> str:
    return _dsn(environment["DATABASE_URL"])


@pytest.fixture
def as_app(app_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(app_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_owner(environment: dict[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_dsn(environment["DATABASE_OWNER_URL"]), autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_superuser(superuser: str) -> Iterator[Flask]:
    """An application whose one transaction may corrupt the books, and is rolled back."""
    corrupting = Flask("corrupting")
    corrupting.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://"
    corrupting.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"creator": lambda: psycopg.connect(superuser)}
    db.init_app(corrupting)
    with corrupting.app_context():
        yield corrupting
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
