"""``lead-exchange migrate``: brings the database up to this release."""

from __future__ import annotations

import click

from config import SettingsError, load
from marketplace import supervision
from marketplace.kernel import durability, provisioning


@click.command()
def migrate() -> None:
    """Bring the database up to this release, as the owner of its tables."""
    settings = load()
    if settings.owner_database_url is None:
        raise SettingsError(
            "Set DATABASE_OWNER_URL: the role that owns the tables; DATABASE_URL may only use them."
        )
    if settings.embedded_database:
        supervision.prepare_embedded(settings)
    else:
        provisioning.migrate(
            owner_url=settings.owner_database_url, app_url=settings.database_url, mode=settings.mode
        )
    click.echo(f"The database is at {durability.head()}.")
