"""``lead-exchange organization``: the operator's first steps, before anybody has a key."""

from __future__ import annotations

import click

from config import load


@click.group()
def organization() -> None:
    """Organizations: make the operator, list them, approve one."""


@organization.command("create-operator")
@click.option("--name", required=True, help="What the operator is called.")
@click.option("--country", required=True, help="ISO 3166, such as PL.")
@click.option("--currency", required=True, help="ISO 4217, such as EUR.")
@click.option("--admin-name", required=True)
@click.option("--admin-email", required=True)
def create_operator(name: str, country: str, currency: str, admin_name: str, admin_email: str) -> None:
    """Make the organization that runs the exchange; prints its first key, shown this once."""
    from marketplace import identity
    from marketplace.kernel import ids
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    with exchange_context(load()):
        made = in_transaction(
            lambda: identity.establish_operator(
                name=name, country=country, currency=currency, admin_name=admin_name, admin_email=admin_email
            )
        )
        click.echo(f"organization {ids.public('org', made.organization.id)}")
        click.echo(f"key          {made.new_key.secret}")


@organization.command("list")
@click.option("--state", type=click.Choice(["pending", "approved", "suspended"]))
def list_organizations(state: str | None) -> None:
    """List the newest organizations, for example those that wait for approval."""
    from marketplace import identity
    from marketplace.kernel import ids
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    wanted = identity.OrganizationState(state) if state else None
    with exchange_context(load()):
        for row in in_transaction(lambda: identity.organizations(wanted, 200, None)).rows:
            does = "operates" if row.operates else "+".join(w for w in ("sells", "buys") if getattr(row, w))
            click.echo(f"{ids.public('org', row.id)}  {row.state:9}  {does:10}  {row.name}")


@organization.command()
@click.argument("organization_id")
def approve(organization_id: str) -> None:
    """Approve an organization by its id (org_…)."""
    from marketplace import identity
    from marketplace.http import path_id
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    with exchange_context(load()):
        in_transaction(
            lambda: identity.decide(
                actor=None,
                organization_id=path_id("org", organization_id),
                state=identity.OrganizationState.APPROVED,
            )
        )
        click.echo("approved")
