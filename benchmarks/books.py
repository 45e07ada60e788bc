"""After every load: the money adds up, nothing is sold twice, nobody owes by accident, nobody deadlocked."""

from __future__ import annotations

from typing import Final

from marketplace import ledger
from marketplace.kernel.database import in_transaction

from .installation import Market

_MUST_BE_EMPTY: Final = {
    "a listing sold more often than it may be, or than it was allocated": """
        SELECT l.id FROM listings AS l
          LEFT JOIN (SELECT listing_id, count(*) AS slots FROM allocations GROUP BY 1) AS a ON a.listing_id = l.id
         WHERE l.sold > l.max_sales OR l.sold <> coalesce(a.slots, 0) LIMIT 1
    """,
    "a purchase without an allocation, or the reverse": """
        SELECT 1 FROM purchases AS p FULL JOIN allocations AS a ON a.purchase_id = p.id
         WHERE p.id IS NULL OR a.purchase_id IS NULL LIMIT 1
    """,
    "a purchase without frozen evidence": """
        SELECT 1 FROM purchases AS p WHERE NOT EXISTS (SELECT FROM evidence AS e WHERE e.purchase_id = p.id) LIMIT 1
    """,
    "a wallet below zero": """
        SELECT 1 FROM ledger.account
         WHERE kind IN ('buyer_wallet', 'buyer_promo', 'escrow') AND debits > credits LIMIT 1
    """,
    "entries that do not sum to zero": """
        SELECT 1 FROM ledger.entry GROUP BY transfer_id
        HAVING sum(CASE side WHEN 'D' THEN amount ELSE -amount END) <> 0 LIMIT 1
    """,
}


class LoadBroke(Exception):
    """A load left something that must not be; its figures are worth nothing."""


def insist(market: Market) -> dict[str, int]:
    """Check everything. Raises LoadBroke; returns what was looked at, for the result."""
    deadlocks = market.deadlocks()
    if deadlocks:
        raise LoadBroke(f"{deadlocks} deadlocks")
    with market.superuser() as connection:
        for what, statement in _MUST_BE_EMPTY.items():
            if connection.execute(statement.encode()).fetchone():
                raise LoadBroke(what)
        counted = connection.execute(
            "SELECT (SELECT count(*) FROM ledger.transfer), (SELECT count(*) FROM purchases),"
            " (SELECT count(*) FROM leads)"
        ).fetchone()
    with market.app.app_context():
        findings = in_transaction(ledger.verify)
    if findings:
        raise LoadBroke(f"the books: {findings[0]}")
    transfers, purchases, leads = counted or (0, 0, 0)
    return {"transfers": transfers, "purchases": purchases, "leads": leads, "deadlocks": deadlocks}
