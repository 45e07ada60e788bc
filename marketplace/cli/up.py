"""``lead-exchange up``: everything on one machine, watched over."""

from __future__ import annotations

import sys

import click

from config import Settings, load
from marketplace import supervision
from workers import queues


@click.command()
@click.option(
    "--server", type=click.Choice(supervision.SERVERS), default=supervision.SERVERS[0], show_default=True
)
def up(server: str) -> None:
    """Run all of it until Ctrl-C: database if none is given, migrations, web, workers, sweeper."""
    settings = load()
    supervisor = supervision.Supervisor(settings, children(settings, server))
    supervisor.prepare()
    click.echo(
        f"The exchange answers at {settings.public_url} — its logs are in {settings.data_dir / 'logs'}."
    )
    click.echo("Stop it with Ctrl-C.")
    supervisor.run()


def children(settings: Settings, server: str) -> list[supervision.ChildPlan]:
    """What runs, in the order in which it is stopped."""
    command = [sys.executable, "-m", "marketplace.cli"]
    plans = [
        supervision.ChildPlan("web", tuple(supervision.web_command(settings, server))),
        supervision.ChildPlan("sweeper", (*command, "sweeper"), heartbeats=("sweeper",)),
    ]
    for group in queues.GROUPS:
        plans.append(
            supervision.ChildPlan(
                f"worker-{group[0]}",
                (*command, "worker", "--queues", ",".join(group)),
                heartbeats=tuple(f"queue:{queue}" for queue in group),
            )
        )
    return plans
