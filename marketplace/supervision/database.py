"""The embedded database of an installation, and the check that any database must pass."""

from __future__ import annotations

from sqlalchemy import create_engine, pool

from config import Settings
from config.settings import database_folder, kept_secrets, socket_folder
from marketplace.kernel import durability, provisioning
from marketplace.kernel.embedded_database import EmbeddedDatabase


def embedded(settings: Settings) -> EmbeddedDatabase:
    """The server of this installation; it is not started here."""
    kept = kept_secrets(settings.data_dir)
    folder = database_folder(settings.data_dir)
    return EmbeddedDatabase(folder, socket_folder(settings.data_dir), kept["superuser_password"])


def prepare_embedded(settings: Settings) -> EmbeddedDatabase:
    """Start the embedded server, make roles and database where they are missing, migrate."""
    server = embedded(settings)
    server.start()
    owner_url = str(settings.owner_database_url)
    provisioning.create_roles_and_database(
        server.superuser_dsn(), owner_url=owner_url, app_url=settings.database_url
    )
    provisioning.migrate(owner_url=owner_url, app_url=settings.database_url, mode=settings.mode)
    return server


def insist_on_database(settings: Settings) -> None:
    """Check that the database is fit. Raises UnsafeDatabase, or OperationalError when it does not answer."""
    engine = create_engine(
        settings.database_url, poolclass=pool.NullPool, connect_args={"connect_timeout": 5}
    )
    with engine.connect() as connection:
        durability.insist(connection)
