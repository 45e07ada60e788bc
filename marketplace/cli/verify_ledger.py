"""``lead-exchange verify-ledger``: shows that the books balance and that no entry was changed."""

from __future__ import annotations

import sys

import click

from config import load


@click.command()
def verify_ledger() -> None:
    """Check every entry and balance of the ledger; ends with status 1 when something is wrong."""
    from marketplace import ledger
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    with exchange_context(load()):
        findings = in_transaction(ledger.verify)
    for finding in findings:
        click.echo(str(finding), err=True)
    if findings:
        sys.exit(1)
    click.echo(
        "The ledger is clean: every transfer has both entries, every balance is the sum of its entries."
    )
