"""``lead-exchange import``: sends a file of leads as a batch through the public door, and follows it."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any, Final

import click
import requests

from config import load

_TIMEOUT_SECONDS: Final = 60
_LOOK_EVERY_SECONDS: Final = 1.0
_WAITING: Final = frozenset({"received"})


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--offer", required=True, help="The offer under which the leads are sold: off_….")
@click.option(
    "--key", prompt="API key of the seller", hide_input=True, help="Asked for when left out, and not shown."
)
@click.option("--url", help="The address of the exchange; by default the one of this installation.")
@click.option("--wait/--no-wait", default=True, help="Follow the batch until its rows are judged.")
def import_command(file: Path, offer: str, key: str, url: str | None, wait: bool) -> None:
    """Upload FILE (CSV, XLSX or JSON Lines, plain or gzip) as a batch and follow it."""
    exchange = _Exchange(url or load().public_url, key)
    batch = exchange.ask("POST", f"/v1/offers/{offer}/batches", json={})
    click.echo(f"{batch['id']} opened; the order of its check is committed to: {batch['commitment']}")
    with file.open("rb") as content:
        path = f"{batch['upload']['path']}"
        batch = exchange.ask("PUT", path, data=content, params={"name": file.name})
    click.echo(f"sent {batch['file']['bytes']} bytes")
    if wait:
        _follow(exchange, batch["id"])


class _Exchange:
    """Requests to one exchange with one key."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer as JSON; a refusal ends the command with its sentence."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        try:
            answer = self._session.request(
                method,
                self._url + path,
                headers=headers,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
                **options,
            )
            told = answer.json()
        except requests.RequestException as error:
            raise click.ClickException(
                f"{self._url} does not answer as an exchange ({type(error).__name__});"
                " start it with 'lead-exchange up', or name it with --url."
            ) from None
        if not answer.ok:
            raise click.ClickException(str(told.get("detail", answer.reason)))
        return told


def _follow(exchange: _Exchange, batch_id: str) -> None:
    """Show the progress until the rows are judged, then what became of them."""
    batch = exchange.ask("GET", f"/v1/batches/{batch_id}")
    while batch["status"] in _WAITING:
        progress = batch["progress"]
        of_all = f" of about {progress['total']}" if progress["total"] else ""
        click.echo(f"{progress['done']}{of_all} rows judged")
        time.sleep(_LOOK_EVERY_SECONDS)
        batch = exchange.ask("GET", f"/v1/batches/{batch_id}")
    if batch["refusal"] is not None:
        raise click.ClickException(f"{batch['refusal']['code']}: {batch['refusal']['detail']}")
    counts = batch["counts"]
    click.echo(f"{counts['accepted']} leads taken, {counts['refused']} rows refused; now {batch['status']}")
    if counts["refused"]:
        click.echo(f"refused rows: GET /v1/batches/{batch_id}/refusals?format=csv")
