"""``lead-exchange verify-draw``: recomputes the order of a spot check."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from marketplace import draws
from marketplace.kernel import ids


@click.command()
@click.argument("batch")
def verify_draw(batch: str) -> None:
    """Recompute the order in which a batch was checked.

    BATCH is a batch's id (then the database is asked, and the decision is recomputed too), or a record
    that was downloaded from /v1/batches/{id}/spot-check/record.
    """
    path = Path(batch)
    findings = draws.verify_record_text(path.read_bytes()) if path.is_file() else _from_database(batch)
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo("The record agrees with itself: commitment, root, seed and order were recomputed.")


verify_draw_command = verify_draw


def _from_database(batch: str) -> list[str]:
    from config import load
    from marketplace.journey import spotchecks
    from marketplace.kernel.database import in_transaction
    from workers.registry import work_app

    batch_id = ids.parse("bat", batch)
    if batch_id is None:
        raise click.BadParameter("give a batch's id such as bat_…, or a record file", param_hint="BATCH")
    with work_app(load()).app_context():
        return in_transaction(lambda: spotchecks.verify_record_of(batch_id))
