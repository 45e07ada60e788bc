"""The command ``lead-exchange``: every group is a small file, loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final, NoReturn

import click

#: Command → (module, one sentence). The sentence stands here so that ``--help`` loads no command.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("up", "Run all of it: database if none is given, migrations, web, workers, sweeper."),
    "serve": ("serve", "Run the web server alone."),
    "worker": ("worker", "Run a worker for some queues."),
    "sweeper": ("sweeper", "Run the sweeper, which hands due work to the workers."),
    "settle": ("settle", "Release, mature and close what is due, now."),
    "verify-draw": ("verify_draw", "Recompute the order of a spot check, from a record or the database."),
    "migrate": ("migrate", "Bring the database up to this release."),
    "demo": ("demo", "Make a demonstration market, move its clock, join a file with invented contacts."),
    "organization": ("organization", "Make the operator, list and approve organizations."),
    "key": ("key", "Make a key for an organization that lost its own."),
    "import": ("import_file", "Upload a file of leads as a batch and follow it."),
    "timeline": ("timeline", "Everything that happened to one lead."),
    "verify-ledger": ("verify_ledger", "Show that the books balance and that no entry was changed."),
    "bench": ("bench", "Run the benchmarks of a checkout."),
}
FAILED: Final = 2


class LazyGroup(click.Group):
    """Knows its commands by name and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        loaded = importlib.import_module(f"{__name__}.{COMMANDS[cmd_name][0]}")
        name = cmd_name.replace("-", "_")
        # `import` and the like are words of the language, or of a door that the command calls.
        command: click.Command = getattr(loaded, f"{name}_command", None) or getattr(loaded, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself, so that help answers at once."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what stands in its way is told in sentences and ends with status 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            from .complaints import sentence_for

            sentence = sentence_for(error)
            if sentence is None:
                _unexpected(error)
            click.echo(sentence, err=True)
            ctx.exit(FAILED)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lead-exchange", message="%(version)s")
def main() -> None:
    """An open exchange for leads. Settings come from the environment; see docs/configuration.md."""


def _unexpected(error: Exception) -> NoReturn:
    """A fault of ours: where it happened, without the values it happened to hold."""
    from marketplace.kernel.logs import frames_only

    click.echo("An unexpected fault; please report these lines:", err=True)
    click.echo("\n".join(frames_only(error)), err=True)
    sys.exit(1)
