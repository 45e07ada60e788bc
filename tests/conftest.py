"""One embedded PostgreSQL for the whole run; every worker has a database of its own on it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from config import Settings, load
from config.settings import database_folder, kept_secrets, socket_folder
from marketplace.kernel import provisioning
from marketplace.kernel.embedded_database import EmbeddedDatabase

_TEMPLATE = "exchange_template"
_STATE = "EXCHANGE_TEST_SERVER"


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the server and migrates a template; workers find it in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="exchange-tests-"))
    kept = kept_secrets(folder)
    server = EmbeddedDatabase(database_folder(folder), socket_folder(folder), kept["superuser_password"])
    server.start()
    config.stash[_SERVER] = (server, folder)
    settings = load({"DATA_DIR": str(folder), "EXCHANGE_MODE": "test"})
    owner, app = _named(settings, _TEMPLATE)
    provisioning.create_roles_and_database(server.superuser_dsn(), owner_url=owner, app_url=app)
    provisioning.migrate(owner_url=owner, app_url=app, mode="test")
    os.environ[_STATE] = json.dumps({"data_dir": str(folder), "superuser": server.superuser_dsn()})


_SERVER: pytest.StashKey[tuple[EmbeddedDatabase, Path]] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and take its folder away."""
    if _SERVER in config.stash:
        server, folder = config.stash[_SERVER]
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(server.folder, ignore_errors=True)


def _named(settings: Settings, database: str) -> tuple[str, str]:
    """The owner's and the application's addresses of one database of the server."""
    owner = make_url(str(settings.owner_database_url)).set(database=database)
    app = make_url(settings.database_url).set(database=database)
    return owner.render_as_string(hide_password=False), app.render_as_string(hide_password=False)


def new_database(name: str) -> dict[str, str]:
    """A fresh, migrated database on the server, and the environment of an exchange on it."""
    state = json.loads(os.environ[_STATE])
    settings = load({"DATA_DIR": state["data_dir"], "EXCHANGE_MODE": "test"})
    with psycopg.connect(state["superuser"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {_TEMPLATE} OWNER exchange_owner')
    owner, app = _named(settings, name)
    _made.add(name)
    return {
        "DATA_DIR": state["data_dir"],
        "EXCHANGE_MODE": "test",
        "DATABASE_URL": app,
        "DATABASE_OWNER_URL": owner,
        "MASTER_KEYS": "test:" + base64.b64encode(b"m" * 32).decode(),
        "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
    }


@pytest.fixture(scope="module", autouse=True)
def business_time_of_others(worker_id: str) -> Iterator[None]:
    """A module that moved business time puts it back, so that the next one begins now."""
    yield
    name = f"exchange_{worker_id}"
    if name in _made:
        with psycopg.connect(superuser_dsn(name), autocommit=True) as connection:
            connection.execute("UPDATE clock.setting SET shift = '0'")


_made: set[str] = set()


def superuser_dsn(database: str) -> str:
    """A connection string of the server's superuser on one database."""
    dsn: str = json.loads(os.environ[_STATE])["superuser"]
    return dsn.replace("dbname=postgres", f"dbname={database}")


@pytest.fixture(scope="session")
def environment(worker_id: str) -> dict[str, str]:
    """The environment of this worker's exchange, as its processes would get it."""
    return new_database(f"exchange_{worker_id}")


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> Settings:
    """The settings of this worker's exchange."""
    return load(environment)


@pytest.fixture(scope="session")
def superuser(environment: dict[str, str]) -> str:
    """A connection string of the server's superuser on this worker's database (for looking only)."""
    return superuser_dsn(str(make_url(environment["DATABASE_URL"]).database))


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """The web application on this worker's database."""
    from marketplace.app import create_app

    return create_app(settings)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context, for tests that call services as jobs do."""
    with app.app_context():
        yield
