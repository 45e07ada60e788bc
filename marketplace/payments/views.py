"""Wallets and credits as they are shown: amounts with their currency."""

from __future__ import annotations

from typing import Any

from ..kernel.money import Money
from ..kernel.paging import Page
from .models import WalletCredit
from .queries import WalletBalance, WalletLine


def balance(row: WalletBalance) -> dict[str, Any]:
    """One currency of a wallet."""
    return {
        "currency": row.currency,
        "available": Money(row.available_minor, row.currency),
        "promo": Money(row.promo_minor, row.currency),
        "held": Money(row.held_minor, row.currency),
        "owed": Money(row.owed_minor, row.currency),
    }


def lines(page: Page[WalletLine], currency: str) -> Page[dict[str, Any]]:
    """One page of changes."""
    rows = [
        {
            "version": row.version,
            "words": row.words,
            "key": row.key,
            "change": Money(row.change_minor, currency),
            "balance_after": Money(row.balance_after_minor, currency),
            "event_at": row.event_at,
        }
        for row in page.rows
    ]
    return Page(rows, page.next_cursor)


def credit(row: WalletCredit) -> dict[str, Any]:
    """A credit that was booked."""
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "amount": Money(row.amount_minor, row.currency),
        "created_at": row.created_at,
    }
