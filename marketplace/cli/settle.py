"""``lead-exchange settle``: releases, matures and closes what is due, now."""

from __future__ import annotations

from collections.abc import Callable

import click

from config import load
from marketplace.kernel.database import in_transaction


@click.command()
def settle() -> None:
    """Release due purchases, make due earnings available, close the weeks that are over."""
    from marketplace.app import create_app
    from marketplace.journey import settlements

    app = create_app(load())
    with app.app_context():
        click.echo(f"released {_until_empty(settlements.release_slice)} purchases")
        click.echo(f"matured {_until_empty(settlements.mature_slice)} earnings")
        click.echo(f"closed {_until_empty(settlements.close_due)} settlements")


def _until_empty(slice_of: Callable[[], int]) -> int:
    """Slices, each in a transaction of its own, until one is empty; how many came together."""
    total = 0
    while done := in_transaction(slice_of):
        total += done
    return total


settle_command = settle
