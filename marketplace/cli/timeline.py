"""``lead-exchange timeline``: everything that happened to one lead."""

from __future__ import annotations

import click

from config import load


@click.command()
@click.argument("lead_id", metavar="LEAD")
def timeline(lead_id: str) -> None:
    """Print every fact about LEAD (led_…) across all steps, oldest first."""
    from marketplace import reports
    from marketplace.http import path_id
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    with exchange_context(load()):
        for moment in in_transaction(lambda: reports.timeline(path_id("led", lead_id))):
            click.echo(str(moment))
