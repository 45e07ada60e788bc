"""Reads of wallets: what is there, what is held, and line by line how it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from .. import ledger
from ..kernel.database import db
from ..kernel.paging import DEFAULT_LIMIT, Page
from ..ledger import AccountKind
from .models import WalletCredit
from .rules import words_for


@dataclass(frozen=True, slots=True)
class WalletBalance:
    """One currency of an organization's wallet, in minor units: own money, promotion, held, owed."""

    currency: str
    available_minor: int
    promo_minor: int
    held_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True)
class WalletLine:
    """One change of the wallet, with the words that its owner reads."""

    version: int
    words: str
    key: str
    change_minor: int
    balance_after_minor: int
    event_at: datetime


_SHOWN = (
    AccountKind.BUYER_WALLET,
    AccountKind.BUYER_PROMO,
    AccountKind.ESCROW,
    AccountKind.BUYER_RECEIVABLE,
)


def wallet(organization_id: UUID) -> list[WalletBalance]:
    """What the organization can spend, has held and owes, one row for each currency it ever had."""
    told: dict[str, dict[AccountKind, int]] = {}
    for balance in ledger.balances_of_owner(organization_id, _SHOWN):
        told.setdefault(balance.currency, {})[balance.kind] = balance.balance_minor
    return [
        WalletBalance(
            currency=currency,
            available_minor=of.get(AccountKind.BUYER_WALLET, 0),
            promo_minor=of.get(AccountKind.BUYER_PROMO, 0),
            held_minor=of.get(AccountKind.ESCROW, 0),
            owed_minor=of.get(AccountKind.BUYER_RECEIVABLE, 0),
        )
        for currency, of in sorted(told.items())
    ]


def wallet_lines(
    organization_id: UUID, currency: str, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[WalletLine]:
    """The lines of the organization's own money, newest first. Raises InvalidInput for a foreign cursor."""
    page = ledger.entries(ledger.wallet(organization_id, currency), cursor=cursor, limit=limit)
    rows = [
        WalletLine(
            version=entry.version,
            words=words_for(entry.posting, entry.change_minor),
            key=entry.key,
            change_minor=entry.change_minor,
            balance_after_minor=entry.balance_after_minor,
            event_at=entry.event_at,
        )
        for entry in page.rows
    ]
    return Page(rows, page.next_cursor)


def wallet_credit(organization_id: UUID, request_id: str) -> WalletCredit | None:
    """The credit that was made under this request id, if any."""
    return db.session.execute(
        select(WalletCredit).where(
            WalletCredit.organization_id == organization_id, WalletCredit.request_id == request_id
        )
    ).scalar_one_or_none()
