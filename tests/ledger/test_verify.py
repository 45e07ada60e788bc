"""Verification finds every kind of corruption that only a superuser could bring about."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace import ledger
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.ids import new_id
from marketplace.ledger import Invariant

from .books import do, euros, funded, held

CORRUPTIONS: dict[str, tuple[str, Invariant]] = {
    "a lost entry": (
        "DELETE FROM ledger.entry WHERE account_id = :wallet AND account_version = 2",
        Invariant.PAIRED,
    ),
    "an entry of another amount": (
        "UPDATE ledger.entry SET amount = amount + 1 WHERE account_id = :wallet AND account_version = 2",
        Invariant.PAIRED,
    ),
    "an entry on the wrong account": (
        "UPDATE ledger.entry SET account_id = -1 WHERE account_id = :wallet AND account_version = 4",
        Invariant.PAIRED,
    ),
    "an entry of no transfer": (
        "INSERT INTO ledger.entry VALUES (:wallet, 5, 4611686018427387904, 'C', 5, 60, 1005)",
        Invariant.PAIRED,
    ),
    "a deleted transfer": (
        "DELETE FROM ledger.transfer WHERE id ="
        " (SELECT transfer_id FROM ledger.entry WHERE account_id = :wallet AND account_version = 3)",
        Invariant.PAIRED,
    ),
    "a changed transfer": (
        "UPDATE ledger.transfer SET amount = amount + 1 WHERE id ="
        " (SELECT transfer_id FROM ledger.entry WHERE account_id = :wallet AND account_version = 3)",
        Invariant.PAIRED,
    ),
    "a transfer without entries": (
        "INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,"
        " credit_kind, currency, amount, source) SELECT new_id(), 'forged', 'manual_credit', b.id, :wallet,"
        " 'bank_clearing', 'buyer_wallet', 'EUR', 7, 'x' FROM ledger.account AS b WHERE b.code = 'bank_clearing:EUR'",
        Invariant.PAIRED,
    ),
    "a forged balance": (
        "UPDATE ledger.account SET credits = credits + 1000 WHERE id = :wallet",
        Invariant.COUNTERS,
    ),
    "a forged balance in balance": (
        "UPDATE ledger.account SET credits = credits + 5, debits = debits + 5 WHERE id = :wallet",
        Invariant.COUNTERS,
    ),
    "a forged version": ("UPDATE ledger.account SET version = 9 WHERE id = :wallet", Invariant.COUNTERS),
    "an account lost": ("DELETE FROM ledger.account WHERE id = :wallet", Invariant.COUNTERS),
    "money out of nothing": (
        "UPDATE ledger.account SET credits = credits + 1000 WHERE id = :wallet",
        Invariant.BALANCED,
    ),
    "a whole history taken away": ("DELETE FROM ledger.transfer WHERE currency = 'EUR'", Invariant.BALANCED),
    "owed without being owned": (
        "UPDATE ledger.account SET credits = credits + 1000 WHERE id = :wallet",
        Invariant.ASSETS,
    ),
    "a wallet turned into an expense": (
        "UPDATE ledger.account SET kind = 'marketing' WHERE id = :wallet",
        Invariant.LIMITS,
    ),
    "a wallet of a kind that is not in the chart": (
        "UPDATE ledger.account SET kind = 'treasure' WHERE id = :wallet",
        Invariant.ASSETS,
    ),
    "a lifted limit": (
        "UPDATE ledger.account SET debits_must_not_exceed_credits = false WHERE id = :wallet",
        Invariant.LIMITS,
    ),
    "a past overdraft": (
        "UPDATE ledger.entry SET debits_after = 9999 WHERE account_id = :wallet AND account_version = 3",
        Invariant.LIMITS,
    ),
    "a broken chain": (
        "UPDATE ledger.entry SET debits_after = debits_after + 1 WHERE account_id = :wallet AND account_version = 3",
        Invariant.CHAIN,
    ),
    "swapped credits": (
        "UPDATE ledger.entry SET credits_after = credits_after + 1 WHERE account_id = :wallet AND account_version = 2",
        Invariant.CHAIN,
    ),
    "a gap": (
        "UPDATE ledger.entry SET account_version = 40 WHERE account_id = :wallet AND account_version = 4",
        Invariant.CHAIN,
    ),
}


@pytest.fixture
def wallet(context: None) -> int:
    buyer = funded(1_000)
    for price in (10, 20, 30):
        held(buyer, price)
    return in_transaction(lambda: ledger.open_account(ledger.wallet(buyer, "EUR")))


def test_sound_books_are_found_sound(wallet: int) -> None:
    buyer, seller = funded(1_000, currency="USD"), new_id()
    do(ledger.promote(new_id(), buyer_id=buyer, amount=euros(100)))
    purchase = new_id()
    do(ledger.hold_price(purchase, buyer_id=buyer, price=euros(100), promo_minor=100))
    do(ledger.release_price(purchase, buyer_id=buyer, seller_id=seller, price=euros(100), fee_bps=777))
    assert ledger.verify() == []
    assert ledger.verify(slice_rows=7) == []


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_is_found(wallet: int, as_superuser: Flask, name: str) -> None:
    statement, invariant = CORRUPTIONS[name]
    # The constraints and triggers that would refuse this are switched off, as an intruder would.
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    assert db.session.execute(text(statement), {"wallet": wallet}).rowcount > 0  # type: ignore[attr-defined]
    found = ledger.verify(slice_rows=50)
    assert invariant in {finding.invariant for finding in found}
    if not invariant.startswith(("I3", "R4")):
        subjects = " ".join(finding.subject for finding in found)
        assert "account" in subjects or "transfer" in subjects


def test_an_overdraft_forced_past_the_constraint_is_found(wallet: int, as_superuser: Flask) -> None:
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text("ALTER TABLE ledger.account DROP CONSTRAINT no_overdraft"))
    db.session.execute(
        text("UPDATE ledger.account SET debits = credits + 1 WHERE id = :wallet"), {"wallet": wallet}
    )
    found = ledger.verify()
    assert (Invariant.LIMITS, f"account {wallet}") in {
        (finding.invariant, finding.subject) for finding in found
    }
