"""Reads of the ledger: balances of many accounts at once, and the entries of one by keyset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from ..kernel.database import db
from ..kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, bad_cursor, decode_cursor, page_of
from .models import AccountKindRow, AccountRow, EntryRow, TransferRow
from .rules import Account, AccountKind, Posting, Side


@dataclass(frozen=True, slots=True)
class Balance:
    """The state of one account; *balance_minor* is positive on the account's own side."""

    kind: AccountKind
    owner_id: UUID | None
    currency: str
    debits_minor: int
    credits_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account: *change_minor* is positive when the balance grew."""

    version: int
    posting: Posting
    key: str
    source: str
    movement_id: UUID
    change_minor: int
    balance_after_minor: int
    event_at: datetime
    created_at: datetime


def account_ids(accounts: Iterable[Account]) -> dict[str, int]:
    """The ids of those *accounts* that are open, by code."""
    codes = [account.code for account in accounts]
    found = db.session.execute(select(AccountRow.code, AccountRow.id).where(AccountRow.code.in_(codes)))
    return {row.code: row.id for row in found}


def balances(accounts: Iterable[Account]) -> dict[str, int]:
    """The balances of *accounts* by code, in minor units; 0 for those never posted to."""
    codes = [account.code for account in accounts]
    found = db.session.execute(
        select(AccountRow.code, AccountRow.debits, AccountRow.credits, AccountKindRow.side)
        .join(AccountKindRow, AccountKindRow.kind == AccountRow.kind)
        .where(AccountRow.code.in_(codes))
    )
    there = {row.code: _own_side(row.side, row.debits, row.credits) for row in found}
    return {code: there.get(code, 0) for code in codes}


def balance(account: Account) -> int:
    """The balance of one account in minor units; 0 when it was never posted to."""
    return balances([account])[account.code]


def balances_of_owner(owner_id: UUID, kinds: Sequence[AccountKind]) -> list[Balance]:
    """What an organization has in accounts of *kinds*, added up by kind and currency."""
    debited, credited = func.sum(AccountRow.debits), func.sum(AccountRow.credits)
    found = db.session.execute(
        select(AccountRow.kind, AccountRow.currency, debited, credited, AccountKindRow.side)
        .join(AccountKindRow, AccountKindRow.kind == AccountRow.kind)
        .where(AccountRow.owner_org == owner_id, AccountRow.kind.in_(kinds))
        .group_by(AccountRow.kind, AccountRow.currency, AccountKindRow.side)
        .order_by(AccountRow.currency, AccountRow.kind)
    )
    return [
        Balance(
            AccountKind(kind), owner_id, currency, int(out), int(into), _own_side(side, int(out), int(into))
        )
        for kind, currency, out, into, side in found
    ]


def entries(account: Account, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[Entry]:
    """The lines of an account, newest first. Raises InvalidInput for a cursor that is not ours."""
    size = max(1, min(limit, MAX_LIMIT))
    statement = (
        select(EntryRow, TransferRow, AccountKindRow.side)
        .join(AccountRow, AccountRow.id == EntryRow.account_id)
        .join(AccountKindRow, AccountKindRow.kind == AccountRow.kind)
        .join(TransferRow, TransferRow.id == EntryRow.transfer_id)
        .where(AccountRow.code == account.code)
        .order_by(EntryRow.account_version.desc())
        .limit(size + 1)
    )
    if cursor is not None:
        statement = statement.where(EntryRow.account_version < _version_in(cursor))
    rows = [_line(entry, transfer, side) for entry, transfer, side in db.session.execute(statement)]
    return page_of(rows, size, lambda line: [line.version])


def _version_in(cursor: str) -> int:
    told = decode_cursor(cursor, 1)[0]
    # More digits than a bigint has can't be ours, and would be a fault in the database.
    if told is None or not told.isascii() or not told.isdecimal() or len(told) > 18:
        raise bad_cursor()
    return int(told)


def _line(entry: EntryRow, transfer: TransferRow, side: str) -> Entry:
    grows = (entry.side == "C") == _grows_by_credits(side)
    return Entry(
        version=entry.account_version,
        posting=Posting(transfer.code),
        key=transfer.idem_key,
        source=transfer.source,
        movement_id=transfer.movement_id,
        change_minor=entry.amount if grows else -entry.amount,
        balance_after_minor=_own_side(side, entry.debits_after, entry.credits_after),
        event_at=transfer.event_at,
        created_at=transfer.created_at,
    )


def _grows_by_credits(side: str) -> bool:
    return side in (Side.LIABILITY, Side.REVENUE)


def _own_side(side: str, debited: int, credited: int) -> int:
    return credited - debited if _grows_by_credits(side) else debited - credited
