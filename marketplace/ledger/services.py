"""Posting movements, each once, and locking accounts for who decides by a balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text

from ..kernel.database import db
from ..kernel.ids import new_id
from . import queries
from .movements import SellerBalances
from .rules import Account, Movement, seller_available, seller_pending, seller_reserve

_POST = text("""
    SELECT ledger.post(
        CAST(:movements AS uuid[]), CAST(:keys AS text[]), CAST(:rules AS text[]), CAST(:debits AS text[]),
        CAST(:credits AS text[]), CAST(:amounts AS bigint[]), CAST(:sources AS text[]),
        CAST(:codes AS text[]), CAST(:kinds AS text[]), CAST(:owners AS uuid[]), CAST(:currencies AS text[]))
""")


def post(movement: Movement) -> bool:
    """Post a movement: True when it is new, False when the very same was posted before.

    The database refuses, and the transaction is over, when a limit would be broken (InsufficientFunds,
    HoldExhausted, InsufficientEarnings, DebtExceeded), an account is closed, or the keys were used for
    other amounts (MovementDiffers); the edge raises these refusals.
    """
    return post_all([movement]) == 1


def post_all(movements: Sequence[Movement]) -> int:
    """Post many movements in one statement, in the order given; returns how many of them were new."""
    legs = [(new_id(), movement) for movement in movements if movement.legs]
    flat = [(movement_id, movement.name, leg) for movement_id, movement in legs for leg in movement.legs]
    if not flat:
        return 0
    named = {account.code: account for _, _, leg in flat for account in (leg.debit, leg.credit)}
    accounts = list(named.values())
    new = db.session.execute(
        _POST,
        {
            "movements": [movement_id for movement_id, _, _ in flat],
            "keys": [leg.key for _, _, leg in flat],
            "rules": [leg.posting.value for _, _, leg in flat],
            "debits": [leg.debit.code for _, _, leg in flat],
            "credits": [leg.credit.code for _, _, leg in flat],
            "amounts": [leg.amount_minor for _, _, leg in flat],
            "sources": [name for _, name, _ in flat],
            "codes": list(named),
            "kinds": [account.kind.value for account in accounts],
            "owners": [account.owner_id for account in accounts],
            "currencies": [account.currency for account in accounts],
        },
    ).scalar_one()
    return int(new)


def open_account(account: Account) -> int:
    """Open an account unless it is open, and return its id."""
    opened = db.session.execute(
        text(
            "SELECT account_id FROM ledger.open_accounts(:kind, :owner, :currency, ARRAY[CAST(:code AS text)])"
        ),
        {
            "kind": account.kind.value,
            "owner": account.owner_id,
            "currency": account.currency,
            "code": account.code,
        },
    ).scalar_one()
    return int(opened)


def lock_balances(accounts: Iterable[Account]) -> dict[str, int]:
    """Balances by code, in minor units, that stay until the transaction ends; opens what is missing.

    Accounts are locked in the order of ids, as every posting does.
    """
    wanted = sorted(accounts, key=lambda account: (account.kind, str(account.owner_id), account.currency))
    there = queries.account_ids(wanted)
    # A code that was never posted to has no row to lock, and another could post to it meanwhile.
    ids = [there[account.code] if account.code in there else open_account(account) for account in wanted]
    db.session.execute(text("SELECT FROM ledger.lock_accounts(:ids)"), {"ids": ids})
    return queries.balances(wanted)


def lock_seller_balances(seller_id: UUID, currency: str) -> SellerBalances:
    """What the seller has, locked, as a claw-back or a fee needs it."""
    pending, reserve = seller_pending(seller_id, currency), seller_reserve(seller_id, currency)
    available = seller_available(seller_id, currency)
    told = lock_balances([pending, reserve, available])
    return SellerBalances(told[pending.code], told[reserve.code], told[available.code])
