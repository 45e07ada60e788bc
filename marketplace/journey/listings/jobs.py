"""What workers do for listings."""

from __future__ import annotations

from functools import partial

from ...kernel import outbox
from ...kernel.database import in_transaction
from ...kernel.outbox import Lease
from . import facets, services
from .rules import SLICE_ROWS


def list_batch(lease: Lease) -> None:
    """List an accepted batch, a slice in each transaction; begun again it passes over what is listed."""
    after_row: int | None = -1
    while after_row is not None:
        after_row = in_transaction(partial(_next_slice, lease, after_row))


def _next_slice(lease: Lease, after_row: int) -> int | None:
    last_row = services.list_slice(batch_id=lease.subject, after_row=after_row)
    if last_row is None:
        services.finish_listing(batch_id=lease.subject)
        outbox.finish(lease)
    else:
        outbox.renew(lease)
    return last_row


def withdraw_lead(lease: Lease) -> None:
    """Take a lead off that was found fake."""
    services.withdraw_lead(lead_id=lease.subject)


def withdraw_batch(lease: Lease) -> None:
    """Take the live listings of a batch off, a slice in each transaction."""
    while in_transaction(lambda: _withdraw_slice(lease)) == SLICE_ROWS:
        pass


def _withdraw_slice(lease: Lease) -> int:
    taken = services.withdraw_slice(batch_id=lease.subject)
    if taken == SLICE_ROWS:
        outbox.renew(lease)
    else:
        outbox.finish(lease)
    return taken


def count_not_listable(lease: Lease) -> None:
    """Count what a batch could not sell."""
    services.count_not_listable(batch_id=lease.subject)


def expire(lease: Lease) -> None:
    """Take off what is past its time."""
    while in_transaction(lambda: _expire_slice(lease)) == SLICE_ROWS:
        pass


def _expire_slice(lease: Lease) -> int:
    taken = services.expire_slice()
    if taken == SLICE_ROWS:
        outbox.renew(lease)
    else:
        outbox.finish(lease)
    return taken


def compact_facets(lease: Lease) -> None:
    """Take the changes of counts into the roll-up."""
    while in_transaction(lambda: _compact_slice(lease)) == facets.CHANGES_AT_ONCE:
        pass


def _compact_slice(lease: Lease) -> int:
    taken = facets.compact()
    if taken == facets.CHANGES_AT_ONCE:
        outbox.renew(lease)
    else:
        outbox.finish(lease)
    return taken
