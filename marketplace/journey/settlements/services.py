"""The verbs of settlements: release what is due, let it mature, close weeks."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text

from ... import standing
from ...kernel import events
from ...kernel.database import db
from .. import purchases
from . import queries
from .events import SellerSettled
from .rules import DAYS_FOR_NEW_SELLERS, SLICE_PURCHASES

_SETTLE = text(
    "SELECT settle_purchases(CAST(:purchases AS uuid[]), CAST(:new_sellers AS uuid[]), CAST(:days AS bigint))"
)
_MATURE = text("SELECT mature_due_earnings(CAST(:most AS bigint))")
_CLOSE = text("SELECT close_settlement(:settlement_id)")


def release_slice(*, most: int = SLICE_PURCHASES) -> int:
    """Release up to *most* due purchases and settle them; returns how many were released."""
    released = purchases.release_due(most=most)
    settle(purchase_ids=released)
    return len(released)


def settle(*, purchase_ids: Collection[UUID]) -> int:
    """Write ended purchases into the open settlements of their sellers, each once.

    Earnings of established sellers are available at once, of new ones 7 days after the purchase ended; an
    open debt of the seller is paid from them first. Returns how many lines were new.
    """
    if not purchase_ids:
        return 0
    sellers = set(
        db.session.execute(
            select(purchases.Purchase.seller_id).where(purchases.Purchase.id.in_(purchase_ids)).distinct()
        ).scalars()
    )
    written = db.session.execute(
        _SETTLE,
        {
            "purchases": list(purchase_ids),
            "new_sellers": list(standing.new_sellers(sellers)),
            "days": DAYS_FOR_NEW_SELLERS,
        },
    ).scalar_one()
    return int(written)


def mature_slice(*, most: int = SLICE_PURCHASES) -> int:
    """Make up to *most* due earnings available; returns how many."""
    return int(db.session.execute(_MATURE, {"most": most}).scalar_one())


def close(*, settlement_id: UUID) -> bool:
    """Close a settlement whose week is over: sums and the seller's next number; False when it is not due."""
    closed = bool(db.session.execute(_CLOSE, {"settlement_id": settlement_id}).scalar_one())
    if closed:
        events.record(SellerSettled(settlement_id))
    return closed


def close_due(*, most: int = 100) -> int:
    """Close up to *most* settlements that are due; returns how many."""
    return sum(close(settlement_id=one) for one in queries.due_to_close(most))
