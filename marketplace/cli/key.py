"""``lead-exchange key``: a new key for an organization that has lost all of its own."""

from __future__ import annotations

import click

from config import load


@click.group()
def key() -> None:
    """API keys."""


@key.command("create")
@click.argument("organization_id")
@click.option("--name", default="made by the operator", show_default=True)
def create(organization_id: str, name: str) -> None:
    """Make a key for the first owner of ORGANIZATION_ID (org_…); printed this once."""
    from marketplace import identity
    from marketplace.http import path_id
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    with exchange_context(load()):
        made = in_transaction(
            lambda: identity.create_key_for_owner(organization_id=path_id("org", organization_id), name=name)
        )
        click.echo(made.secret)
