"""The sweeps of outcomes, for workers."""

from __future__ import annotations

from ...kernel.outbox import Lease
from ...kernel.sweeps import sweep
from .. import purchases
from . import actions, services
from .rules import SLICE_ROWS

_EXPIRY_SLICE = 5_000


def confirm_due(lease: Lease) -> None:
    """Pay every action whose time has come, slice by slice."""
    sweep(lease, lambda: actions.confirm_slice(most=SLICE_ROWS), SLICE_ROWS)


def expire_due(lease: Lease) -> None:
    """Give back what was held for actions that nobody reported in time."""
    sweep(lease, lambda: purchases.expire_due(most=_EXPIRY_SLICE), _EXPIRY_SLICE)


def return_deferred(lease: Lease) -> None:
    """Let deferred leads come back on their date."""
    sweep(lease, lambda: services.return_deferred_slice(most=SLICE_ROWS), SLICE_ROWS)


def close_action(lease: Lease) -> None:
    """After a purchase was refunded: its action waits for nothing any more."""
    actions.close_with_purchase(purchase_id=lease.subject)
