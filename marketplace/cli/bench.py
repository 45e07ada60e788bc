"""``lead-exchange bench``: the benchmarks, which lie beside the package in a checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Run the benchmarks; ARGUMENTS go to them as they are (try --help after --)."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "benchmarks").is_dir():
        raise click.ClickException("The benchmarks lie in the source checkout; run this from there.")
    command = [sys.executable, "-m", "benchmarks", *arguments]
    sys.exit(subprocess.run(command, cwd=checkout, check=False).returncode)  # noqa: S603 - our own program
