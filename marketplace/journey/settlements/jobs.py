"""The sweeps of settlements and the settling of single purchases, for workers."""

from __future__ import annotations

from ...kernel.outbox import Lease
from ...kernel.sweeps import sweep
from . import services
from .rules import SLICE_PURCHASES


def release_due(lease: Lease) -> None:
    """Release every due purchase, slice by slice; what is left after a while is handed over."""
    sweep(lease, services.release_slice, SLICE_PURCHASES)


def mature_due(lease: Lease) -> None:
    """Make every due earning available, slice by slice."""
    sweep(lease, services.mature_slice, SLICE_PURCHASES)


def close_due(lease: Lease) -> None:
    """Close every settlement whose week is over."""
    sweep(lease, services.close_due, 100)


def settle_purchase(lease: Lease) -> None:
    """Settle one purchase that a refund ended."""
    services.settle(purchase_ids=[lease.subject])
