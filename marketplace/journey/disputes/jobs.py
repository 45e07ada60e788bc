"""What the clocks and other facts do to disputes, for workers; each is safe to run twice."""

from __future__ import annotations

from ...kernel.outbox import Lease
from . import rulings


def try_automatic_ruling(lease: Lease) -> None:
    """After DisputeOpened: decide what a machine can decide."""
    rulings.try_automatic_ruling(dispute_id=lease.subject)


def uphold_by_default(lease: Lease) -> None:
    """72 hours after the opening: the silent seller has lost."""
    rulings.uphold_by_default(dispute_id=lease.subject)


def refund_overdue(lease: Lease) -> None:
    """10 weekdays after the answer: without a ruling the buyer is refunded."""
    rulings.refund_overdue(dispute_id=lease.subject)


def carry_out(lease: Lease) -> None:
    """7 days after a moderator's ruling: money moves."""
    rulings.carry_out(dispute_id=lease.subject)


def uphold_for_fake(lease: Lease) -> None:
    """After LeadFoundFake: the buyers of sold copies are refunded."""
    rulings.uphold_for_fake(lead_id=lease.subject)
