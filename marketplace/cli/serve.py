"""``lead-exchange serve``: the web server alone."""

from __future__ import annotations

import os

import click

from config import load
from marketplace import supervision


@click.command()
@click.option(
    "--server", type=click.Choice(supervision.SERVERS), default=supervision.SERVERS[0], show_default=True
)
def serve(server: str) -> None:
    """Run the web server alone; it checks the database first."""
    settings = load()
    supervision.insist_on_database(settings)
    command = supervision.web_command(settings, server)
    os.execvp(command[0], command)  # noqa: S606  # our own words, no shell wanted
