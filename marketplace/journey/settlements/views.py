"""Settlements and earnings as they are shown: amounts with their currency."""

from __future__ import annotations

from typing import Any

from ...kernel.money import Money
from ...kernel.paging import Page
from . import queries
from .models import Settlement, SettlementLine
from .queries import Earnings, Sums
from .rules import week_name


def shown(row: Settlement) -> dict[str, Any]:
    """One settlement with its sums."""
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "week": week_name(row.week_begins_at),
        "week_begins_at": row.week_begins_at,
        "currency": row.currency,
        "closed_at": row.closed_at,
        **_amounts(queries.sums(row), row.currency),
    }


def page(found: Page[Settlement]) -> Page[dict[str, Any]]:
    """One page of settlements."""
    return Page([shown(row) for row in found.rows], found.next_cursor)


def statement(row: Settlement, lines: Page[SettlementLine]) -> dict[str, Any]:
    """One settlement with one page of its lines."""
    listed = [
        {"purchase_id": line.purchase_id, "settled_at": line.settled_at, **_amounts(line, row.currency)}
        for line in lines.rows
    ]
    return {**shown(row), "lines": listed, "next_cursor": lines.next_cursor}


def _amounts(of: Sums | SettlementLine, currency: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "gross": Money(of.gross_minor, currency),
        "refunded": Money(of.refunded_minor, currency),
        "commission": Money(of.commission_minor, currency),
        "net": Money(of.net_minor, currency),
    }
    if isinstance(of, Sums):
        told["line_count"] = of.line_count
    return told


def earnings(rows: list[Earnings]) -> dict[str, Any]:
    """A seller's money by currency."""
    return {
        "earnings": [
            {
                "currency": row.currency,
                "in_escrow": Money(row.in_escrow_minor, row.currency),
                "pending": Money(row.pending_minor, row.currency),
                "reserved": Money(row.reserved_minor, row.currency),
                "available": Money(row.available_minor, row.currency),
                "paid": Money(row.paid_minor, row.currency),
                "owed": Money(row.owed_minor, row.currency),
            }
            for row in rows
        ]
    }
