"""Outcomes and actions as each side sees them."""

from __future__ import annotations

from typing import Any

from ...access import Actor
from ...kernel import ids
from ...kernel.money import Money
from ...kernel.paging import Page
from . import queries
from .models import Action, OutcomeReport
from .schemas import Dimension
from .services import Reported

_PREFIX = {
    Dimension.SELLER: "org",
    Dimension.OFFER: "off",
    Dimension.BATCH: "bat",
    Dimension.VERTICAL: "ver",
}


def action(row: Action) -> dict[str, Any]:
    """One action with its amounts."""
    return {
        **{column.key: getattr(row, column.key) for column in row.__table__.columns},
        "bid": Money(row.bid_minor, row.currency),
        "value": Money(row.value_minor, row.currency),
    }


def actions(found: Page[Action]) -> Page[dict[str, Any]]:
    """One page of actions."""
    return Page([action(row) for row in found.rows], found.next_cursor)


def report(actor: Actor, row: OutcomeReport) -> dict[str, Any]:
    """One report; what the buyer earned and calls it is not the seller's matter."""
    shown = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    mine = row.buyer_id == actor.organization_id
    earned = (
        Money(row.revenue_minor, row.currency) if row.revenue_minor is not None and row.currency else None
    )
    return {**shown, "revenue": earned if mine else None, "reference": row.reference if mine else None}


def reports(actor: Actor, found: Page[OutcomeReport]) -> Page[dict[str, Any]]:
    """One page of reports."""
    return Page([report(actor, row) for row in found.rows], found.next_cursor)


def reported(actor: Actor, made: Reported) -> dict[str, Any]:
    """A report that was made now."""
    return {**report(actor, made.report), "billed": action(made.action) if made.action else None}


def customers(found: Page[Any]) -> Page[dict[str, Any]]:
    """One page of customers."""
    rows = [
        {
            **{column.key: getattr(row, column.key) for column in row.__table__.columns},
            "lead_time_seconds": int((row.became_at - row.lead_at).total_seconds()),
            "revenue": Money(int(revenue_minor), currency),
        }
        for row, revenue_minor, currency in found.rows
    ]
    return Page(rows, found.next_cursor)


def summary(actor: Actor, by: Dimension) -> dict[str, Any]:
    """Leads counted by their latest outcome."""
    rows = [
        {"id": ids.public(_PREFIX[by], identifier), "outcome": outcome, "reason": reason, "count": count}
        for identifier, outcome, reason, count in queries.summary(actor, by)
    ]
    return {"by": by, "data": rows}
