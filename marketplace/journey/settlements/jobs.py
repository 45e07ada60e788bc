"""The sweeps of settlements and the settling of single purchases, for workers."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...kernel import outbox
from ...kernel.database import in_transaction
from ...kernel.outbox import Lease
from . import services
from .rules import SLICE_PURCHASES, SWEEP_SECONDS


def release_due(lease: Lease) -> None:
    """Release every due purchase, slice by slice; what is left after a while is handed over."""
    _sweep(lease, services.release_slice, SLICE_PURCHASES)


def mature_due(lease: Lease) -> None:
    """Make every due earning available, slice by slice."""
    _sweep(lease, services.mature_slice, SLICE_PURCHASES)


def close_due(lease: Lease) -> None:
    """Close every settlement whose week is over."""
    _sweep(lease, services.close_due, 100)


def settle_purchase(lease: Lease) -> None:
    """Settle one purchase that a refund ended."""
    services.settle(purchase_ids=[lease.subject])


def _sweep(lease: Lease, slice_of: Callable[[], int], whole_slice: int) -> None:
    ends = time.monotonic() + SWEEP_SECONDS
    while in_transaction(slice_of) >= whole_slice:
        if time.monotonic() >= ends:
            in_transaction(lambda: _hand_over(lease))
            return
        in_transaction(lambda: outbox.renew(lease))
    in_transaction(lambda: outbox.finish(lease))


def _hand_over(lease: Lease) -> None:
    outbox.enqueue(lease.topic, None, part=lease.part + 1, dedup=f"{lease.topic}:after:{lease.outbox_id}")
    outbox.finish(lease)
