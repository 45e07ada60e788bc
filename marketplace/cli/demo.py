"""``lead-exchange demo``: a market to look at, on an exchange that may move its clock."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import click
import requests

from config import Settings, SettingsError, load
from marketplace import demo as story
from marketplace import supervision
from marketplace.kernel.logs import frames_only

_DAYS = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440}
_READY_SECONDS = 120
_FARTHEST_DAYS = 3653


@click.command()
@click.option("--serve", is_flag=True, help="Run the exchange too, until Ctrl-C.")
@click.option(
    "--leads", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Trade this file too."
)
@click.option("--vertical", help="The vertical of --leads; recognized from its columns when left out.")
@click.option("--country", default="PL", show_default=True, help="Where the people of --leads are, ISO 3166.")
@click.option("--advance", metavar="10d", help="Only move business time: days (d), hours (h) or minutes (m).")
@click.option("--join-contacts", type=(click.Path(exists=True, dir_okay=False, path_type=Path), Path), metavar="IN OUT",
              help="Only write the CSV file IN to OUT with an invented contact in each row.")  # fmt: skip
def demo(
    serve: bool,
    leads: Path | None,
    vertical: str | None,
    country: str,
    advance: str | None,
    join_contacts: tuple[Path, Path] | None,
) -> None:
    """Make a demonstration market through the exchange's own doors; a second run goes on with it."""
    if join_contacts:
        try:
            count = story.join_contacts(*join_contacts, country=country)
        except ValueError as error:
            raise click.ClickException(f"{error}.") from None
        click.echo(f"{count} rows with invented contacts were written to {join_contacts[1]}.")
        return
    settings = load()
    if not settings.demonstration:
        raise SettingsError("Set EXCHANGE_MODE=demonstration: a production exchange makes no demonstration.")
    if advance:
        _advance(settings, advance)
        return
    telling = _Telling(settings, leads, vertical, country)
    if serve:
        _serve(settings, telling)
    else:
        telling.tell_all()


def _advance(settings: Settings, text: str) -> None:
    from marketplace.kernel import clock
    from marketplace.kernel.database import in_transaction

    from .context import exchange_context

    matched = re.fullmatch(r"(\d+(?:\.\d+)?)([dhm])", text.strip())
    if not matched:
        raise click.BadParameter("Write a number and d, h or m, such as 10d.", param_hint="--advance")
    days = float(matched[1]) * _DAYS[matched[2]]
    if days > _FARTHEST_DAYS:
        raise click.BadParameter("The clock moves at most ten years at a time.", param_hint="--advance")
    with exchange_context(settings):
        now = in_transaction(lambda: clock.advance(days * 86_400))
    click.echo(f"Business time is {now:%Y-%m-%d %H:%M:%S} UTC now.")


def _serve(settings: Settings, telling: _Telling) -> None:
    """The exchange in the foreground, the story beside it; the exchange goes on when the story is told."""
    from .up import children

    supervisor = supervision.Supervisor(settings, children(settings, supervision.SERVERS[0]))
    click.echo("Starting the exchange (database, web, sweeper, workers) …")
    supervisor.prepare()
    failed: list[str] = []

    def tell() -> None:
        try:
            telling.tell_all()
        except Exception as error:
            # Who stops the exchange in the middle of the story is not told that the story failed.
            if not supervisor.stopping:
                failed.append(_complaint(error))
                supervisor.stop()

    threading.Thread(target=tell, daemon=True).start()
    supervisor.run()
    if failed:
        raise click.ClickException(
            f"The demonstration stopped: {failed[0]} Logs: {settings.data_dir / 'logs'}"
        )


def _complaint(error: Exception) -> str:
    if isinstance(error, (story.ExchangeSaysNo, requests.RequestException, SettingsError)):
        return str(error)
    # A thread that dies says nothing to anybody: the exchange would run on without its story.
    return "by an unexpected fault; please report these lines:\n" + "\n".join(frames_only(error))


class _Telling:
    """One telling of the story."""

    def __init__(self, settings: Settings, leads: Path | None, vertical: str | None, country: str) -> None:
        self.settings = settings
        self.leads = leads
        self.vertical = vertical
        self.country = country
        self.address = f"http://{_reachable(settings.host)}:{settings.port}"

    def tell_all(self) -> None:
        """Wait for the exchange, make the market, trade the user's file, print and keep the facts."""
        from .context import exchange_context

        self._wait_until_ready()
        with exchange_context(self.settings):
            market = story.make_market(
                self.address,
                story.Progress(self.settings.data_dir / "demo-progress.json"),
                _doors(),
                click.echo,
            )
            file = None
            if self.leads is not None:
                file = story.trade_file(market, self.leads, vertical=self.vertical, country=self.country)
        told = story.facts(market, data_dir=self.settings.data_dir)
        if file is not None:
            told["file"] = file
        story.keep(told, self.settings.data_dir / "demo.json")
        click.echo(story.readable(told))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.address}/health/ready", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise story.ExchangeSaysNo(
            f"Nothing answers at {self.address}. Start the exchange with 'make run', or set HOST and PORT."
        )


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _doors() -> story.Doors:
    """What the story cannot do over HTTP."""
    from marketplace import identity
    from marketplace.kernel import clock
    from marketplace.kernel.database import in_transaction

    def operator_key() -> str:
        operator = in_transaction(identity.operator)
        if operator is not None:
            made = in_transaction(
                lambda: identity.create_key_for_owner(organization_id=operator.id, name="demonstration")
            )
            return made.secret
        established = in_transaction(
            lambda: identity.establish_operator(
                name="The exchange",
                country="PL",
                currency="EUR",
                admin_name="Admin",
                admin_email="admin@parties.invented-people.org",
            )
        )
        return established.new_key.secret

    return story.Doors(
        operator_key=operator_key,
        advance_days=lambda days: in_transaction(lambda: clock.advance(days * 86_400)),
        business_now=lambda: in_transaction(clock.business_now),
    )
