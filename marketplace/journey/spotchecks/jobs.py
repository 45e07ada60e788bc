"""What workers do for spot checks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import current_app

from ... import draws
from ...kernel import clock, outbox
from ...kernel.database import in_transaction
from ...kernel.outbox import Lease
from . import choices, services


def draw(lease: Lease) -> None:
    """Freeze a validated batch, wait for the beacon's round where there is a beacon, draw the sample."""
    chain = _chain()
    awaited = in_transaction(lambda: services.freeze(batch_id=lease.subject, chain=chain))
    if awaited is None or chain is None:
        in_transaction(lambda: _draw_and_finish(lease))
        return
    missing = chain.time_of(awaited) - clock.wall_now()
    if missing > timedelta(0):
        in_transaction(lambda: _come_back(lease, missing))
        return
    value = draws.value_of(chain, awaited)
    in_transaction(lambda: _draw_and_finish(lease, value))


def _chain() -> draws.BeaconChain | None:
    address = current_app.config["EXCHANGE"].beacon_url
    return draws.chain_at(address) if address else None


def _come_back(lease: Lease, missing: timedelta) -> None:
    outbox.enqueue(lease.topic, lease.subject, due_at=clock.business_now() + missing)
    outbox.finish(lease)


def _draw_and_finish(lease: Lease, beacon: bytes | None = None) -> None:
    batch_id: UUID = lease.subject
    if beacon is not None:
        draws.take_beacon(batch_id=batch_id, beacon=beacon)
    services.draw(batch_id=batch_id)
    outbox.finish(lease)


def return_unchosen(lease: Lease) -> None:
    """Give a batch back when the seller has not chosen in time."""
    choices.return_unchosen(batch_id=lease.subject)
