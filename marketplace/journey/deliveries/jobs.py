"""What workers do for deliveries."""

from __future__ import annotations

from flask import current_app

from ...kernel import outbox
from ...kernel.database import in_transaction
from ...kernel.outbox import Lease
from . import services
from .sender import send


def deliver(lease: Lease) -> None:
    """Start the deliveries of a purchase."""
    services.deliver(purchase_id=lease.subject)


def refund_if_undelivered(lease: Lease) -> None:
    """Refund a purchase whose contact never reached its buyer."""
    services.refund_if_undelivered(purchase_id=lease.subject)


def fail_stranded(lease: Lease) -> None:
    """End deliveries that wait for a duty which is dead."""
    services.fail_stranded(most=500)


def attempt(lease: Lease) -> None:
    """Send one delivery in three moves: take in hand, ask, write down.

    A crash after the call and before the writing sends once more under the same webhook-id.
    """
    parcel = in_transaction(lambda: services.prepare(delivery_id=lease.subject))
    if parcel is None:
        in_transaction(lambda: outbox.finish(lease))
        return
    answer = send(
        url=parcel.url,
        secret=parcel.secret,
        message_id=parcel.message_id,
        sent_at=parcel.sent_at,
        body=parcel.body,
        allow_loopback=current_app.config["EXCHANGE"].delivery_allow_loopback,
    )

    def write_down() -> None:
        services.write_attempt(delivery_id=lease.subject, answer=answer)
        outbox.finish(lease)

    in_transaction(write_down)
