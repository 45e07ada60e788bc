"""``lead-exchange sweeper``: hands due work to the workers."""

from __future__ import annotations

import click

from config import load
from marketplace.kernel import logs
from workers import registry


@click.command()
@click.option(
    "--registry", "address", default=registry.DEFAULT, show_default=True, help="Other tasks, for tests."
)
@click.option(
    "--inline-after",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    help="Seconds without a broker.",
)
def sweeper(address: str, inline_after: float) -> None:
    """Run a sweeper until it is told to stop; two copies are better than one."""
    from workers import sweeper as process

    settings = load()
    logs.configure(settings.log_level)
    logs.log_uncaught()
    process.run(settings, registry.load(address), process.Pace(inline_after_seconds=inline_after))
