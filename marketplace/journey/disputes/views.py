"""Disputes and their threads as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...access import Actor
from ...kernel.money import Money
from ...kernel.paging import Page
from .. import purchases
from . import services
from .models import Dispute, DisputeMessage
from .rules import DisputeState

_COLUMNS = (
    "id",
    "purchase_id",
    "reason",
    "opened_by",
    "state",
    "ruled_by",
    "opened_at",
    "answer_due_at",
    "answered_at",
    "ruling_due_at",
    "refund_due_at",
    "ruled_at",
    "takes_effect_at",
    "executed_at",
    "withdrawn_at",
)


def shown(actor: Actor, row: Dispute) -> dict[str, Any]:
    """One dispute as the actor sees it."""
    purchase = purchases.purchase(row.purchase_id)
    return {
        **{name: getattr(row, name) for name in _COLUMNS},
        "side": services.side_of(actor, row),
        "price": Money(purchase.price_minor, purchase.currency),
        "refund": _refund(row, purchase),
    }


def _refund(row: Dispute, purchase: purchases.Purchase) -> Money | None:
    if row.state == DisputeState.UPHELD:
        return Money(purchase.price_minor, purchase.currency)
    if row.state == DisputeState.DENIED:
        return Money(0, purchase.currency)
    return Money(row.refund_minor, purchase.currency) if row.refund_minor is not None else None


def page(actor: Actor, found: Page[Dispute]) -> Page[dict[str, Any]]:
    """One page of disputes."""
    return Page([shown(actor, row) for row in found.rows], found.next_cursor)


def message(row: DisputeMessage) -> dict[str, Any]:
    """One message, opened."""
    return {
        "id": row.id,
        "author": row.author,
        "kind": row.kind,
        "text": services.text_of(row) if row.sealed is not None else "",
        "written_at": row.written_at,
    }


def thread(found: Page[DisputeMessage]) -> Page[dict[str, Any]]:
    """One page of the thread, opened."""
    rows: Sequence[dict[str, Any]] = [message(row) for row in found.rows]
    return Page(rows, found.next_cursor)
