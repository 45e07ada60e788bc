"""``lead-exchange worker``: a worker for some queues."""

from __future__ import annotations

import sys

import click

from config import load
from marketplace.kernel import logs
from workers import queues, registry


@click.command()
@click.option(
    "--queues", "names", default=",".join(queues.ALL), show_default=True, help="Queues to serve, by commas."
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=None, help="Children; WORKER_PROCESSES if left out."
)
@click.option(
    "--registry", "address", default=registry.DEFAULT, show_default=True, help="Other tasks, for tests."
)
def worker(names: str, processes: int | None, address: str) -> None:
    """Run a worker for some queues until it is told to stop (SIGTERM finishes what is under way)."""
    from workers import worker as process

    settings = load()
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted or set(wanted) - set(queues.ALL):
        raise click.BadParameter(f"name some of {', '.join(queues.ALL)}", param_hint="--queues")
    logs.configure(settings.log_level)
    logs.log_uncaught()
    known = registry.load(address)
    sys.exit(
        process.run(settings, known, queue_names=wanted, processes=processes or settings.worker_processes)
    )
