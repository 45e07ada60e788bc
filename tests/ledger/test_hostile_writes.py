"""The database refuses bad money from whoever has the application's password, and bad history from the owner."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

from marketplace import ledger
from marketplace.kernel.ids import new_id

from .books import do, euros, funded, held, wallet_of

pytestmark = pytest.mark.usefixtures("context")

Facts = dict[str, Any]

_TRANSFER = """
    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source)
    VALUES (new_id(), {key}, {code}, {debit}, {credit}, {debit_kind}, {credit_kind}, {currency}, {amount}, 'test')
"""


@pytest.fixture
def facts(as_app: psycopg.Connection) -> Facts:
    """A buyer with 500 left of 1000 after one hold of 500, a second wallet in dollars, a seller's account."""
    buyer, rich, seller = funded(1_000), funded(100_000), new_id()
    purchase, other = held(buyer, 500), held(rich, 50_000)
    do(ledger.credit_wallet(new_id(), buyer_id=buyer, amount=ledger_money("USD")))
    number = dict(as_app.execute("SELECT code, id FROM ledger.account").fetchall())
    opened = as_app.execute(
        "SELECT account_id FROM ledger.open_accounts('seller_pending', %s, 'EUR', %s)",
        (seller, [f"seller_pending:{seller}:EUR"]),
    ).fetchone()
    assert opened is not None
    return {
        "buyer": buyer,
        "seller": seller,
        "wallet": number[f"wallet:{buyer}:EUR"],
        "dollars": number[f"wallet:{buyer}:USD"],
        "escrow": number[f"escrow:{purchase}"],
        "other": number[f"escrow:{other}"],
        "pending": opened[0],
        "bank": number["bank_clearing:EUR"],
    }


def ledger_money(currency: str) -> Any:
    from marketplace.kernel.money import Money

    return Money(1_000, currency)


def _insert(connection: psycopg.Connection, **parts: Any) -> None:
    values = {
        "key": str(new_id()),
        "code": "hold",
        "debit_kind": "buyer_wallet",
        "credit_kind": "escrow",
        "currency": "EUR",
        "amount": 1,
    } | parts
    statement = _TRANSFER.format(**{name: f"%({name})s" for name in values})
    connection.execute(statement, values)


def test_the_right_transfer_goes_through(as_app: psycopg.Connection, facts: Facts) -> None:
    _insert(as_app, debit=facts["wallet"], credit=facts["escrow"], amount=500)
    assert wallet_of(facts["buyer"]) == 0


REFUSED: list[tuple[str, dict[str, Any], type[Exception] | str]] = [
    ("overdraft", {"amount": 501}, "no_overdraft"),
    ("a sum that overflows", {"amount": 10**12}, "no_overdraft"),
    ("a release of more than is held", {"release": True, "amount": 501}, "escrow_exhausted"),
    ("nothing", {"amount": 0}, "transfer_amount_in_range"),
    ("a negative amount", {"amount": -5}, "transfer_amount_in_range"),
    ("too much", {"amount": 10**12 + 1}, "transfer_amount_in_range"),
    ("an amount beyond the type", {"amount": 10**19}, errors.NumericValueOutOfRange),
    ("to itself", {"credit": "wallet", "credit_kind": "buyer_wallet"}, "transfer_between_two"),
    ("from dollars to euros", {"debit": "dollars"}, errors.ForeignKeyViolation),
    ("from dollars said to be euros", {"debit": "dollars", "currency": "EUR"}, errors.ForeignKeyViolation),
    ("from euros said to be dollars", {"currency": "USD"}, errors.ForeignKeyViolation),
    ("an account that is not there", {"debit": -1}, errors.ForeignKeyViolation),
    ("an account under a false kind", {"debit": "bank"}, errors.ForeignKeyViolation),
    (
        "wallet straight to the seller",
        {"credit": "pending", "credit_kind": "seller_pending"},
        errors.ForeignKeyViolation,
    ),
    ("a made-up posting", {"code": "gift"}, errors.ForeignKeyViolation),
    (
        "a right posting turned round",
        {"debit": "escrow", "credit": "wallet", "debit_kind": "escrow", "credit_kind": "buyer_wallet"},
        errors.ForeignKeyViolation,
    ),
    ("an empty key", {"key": ""}, "transfer_key_length"),
    ("no key", {"key": None}, errors.NotNullViolation),
]


@pytest.mark.parametrize(("name", "parts", "refusal"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_bad_transfer_is_refused_and_moves_nothing(
    as_app: psycopg.Connection, facts: Facts, name: str, parts: dict[str, Any], refusal: type[Exception] | str
) -> None:
    parts = {"debit": "wallet", "credit": "escrow"} | parts
    if parts.pop("release", False):
        parts |= {
            "debit": "escrow",
            "credit": "pending",
            "code": "release",
            "debit_kind": "escrow",
            "credit_kind": "seller_pending",
        }
    parts = {
        key: facts[value] if key in ("debit", "credit") and value in facts else value
        for key, value in parts.items()
    }
    with pytest.raises(psycopg.Error) as broken:
        _insert(as_app, **parts)
    if isinstance(refusal, str):
        assert broken.value.diag.constraint_name == refusal
    else:
        assert isinstance(broken.value, refusal)
    assert wallet_of(facts["buyer"]) == 500


def test_one_purchase_cannot_be_settled_with_anothers_money(as_app: psycopg.Connection, facts: Facts) -> None:
    release = {
        "code": "release",
        "debit_kind": "escrow",
        "credit_kind": "seller_pending",
        "credit": facts["pending"],
    }
    _insert(as_app, debit=facts["escrow"], amount=500, **release)
    with pytest.raises(psycopg.Error) as twice:
        _insert(as_app, debit=facts["escrow"], amount=500, **release)
    assert twice.value.diag.constraint_name == "escrow_exhausted"
    assert as_app.execute("SELECT ledger.balance_of(%s)", (facts["other"],)).fetchone() == (50_000,)


def test_the_same_key_twice_is_refused(as_app: psycopg.Connection, facts: Facts) -> None:
    _insert(as_app, key=(key := str(new_id())), debit=facts["wallet"], credit=facts["escrow"])
    with pytest.raises(errors.UniqueViolation):
        _insert(as_app, key=key, debit=facts["wallet"], credit=facts["escrow"])


FORBIDDEN = {
    "forged entry": "INSERT INTO ledger.entry VALUES (%(wallet)s, 99, 1, 'C', 1000000, 0, 1000000)",
    "forged balance": "UPDATE ledger.account SET credits = credits + 1000000 WHERE id = %(wallet)s",
    "lifted limit": "UPDATE ledger.account SET debits_must_not_exceed_credits = false WHERE id = %(wallet)s",
    "an account opened rich": "INSERT INTO ledger.account (code, kind, currency, debits_must_not_exceed_credits,"
    " credits_must_not_exceed_debits, credits) VALUES ('x', 'buyer_wallet', 'EUR', true, false, 1000000)",
    "an account opened without limit": "INSERT INTO ledger.account (code, kind, currency,"
    " debits_must_not_exceed_credits, credits_must_not_exceed_debits) VALUES ('x', 'buyer_wallet', 'EUR', false, false)",
    "closing": "UPDATE ledger.account SET closed = true WHERE id = %(wallet)s",
    "deleting an account": "DELETE FROM ledger.account WHERE id = %(wallet)s",
    "edited history": "UPDATE ledger.transfer SET amount = 1 WHERE debit_account = %(wallet)s",
    "deleted history": "DELETE FROM ledger.transfer WHERE debit_account = %(wallet)s",
    "emptied history": "TRUNCATE ledger.transfer",
    "edited entry": "UPDATE ledger.entry SET amount = 1 WHERE account_id = %(wallet)s",
    "deleted entry": "DELETE FROM ledger.entry WHERE account_id = %(wallet)s",
    "emptied entries": "TRUNCATE ledger.entry",
    "a new posting rule": "INSERT INTO ledger.posting_rule VALUES ('gift', 'bank_clearing', 'seller_available')",
    "a new kind": "UPDATE ledger.account_kind SET debits_must_not_exceed_credits = false",
    "backdated creation": "INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account,"
    " debit_kind, credit_kind, currency, amount, source, created_at) VALUES (new_id(), 'k', 'hold', %(wallet)s,"
    " %(escrow)s, 'buyer_wallet', 'escrow', 'EUR', 1, 'test', '2000-01-01')",
    "switched off trigger": "ALTER TABLE ledger.transfer DISABLE TRIGGER ALL",
    "the trigger's function": "SELECT ledger.keep_balances()",
    "skipped triggers": "SET session_replication_role = replica",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_application_may_not(as_app: psycopg.Connection, facts: Facts, name: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        as_app.execute(FORBIDDEN[name], facts)  # type: ignore[arg-type]  # a literal of this file


OWNER_FORBIDDEN = [
    "forged entry",
    "forged balance",
    "lifted limit",
    "deleting an account",
    "edited history",
    "deleted history",
    "emptied history",
    "edited entry",
    "deleted entry",
    "emptied entries",
]


@pytest.mark.parametrize("name", OWNER_FORBIDDEN)
def test_not_even_the_owner_rewrites_history(as_owner: psycopg.Connection, facts: Facts, name: str) -> None:
    with pytest.raises(psycopg.Error) as refusal:
        as_owner.execute(FORBIDDEN[name], facts)  # type: ignore[arg-type]  # a literal of this file
    assert refusal.value.diag.constraint_name == "append_only"


def test_an_account_with_money_cannot_be_closed_and_a_closed_one_takes_none(
    as_owner: psycopg.Connection, as_app: psycopg.Connection, facts: Facts
) -> None:
    with pytest.raises(errors.CheckViolation) as refusal:
        as_owner.execute(FORBIDDEN["closing"], facts)
    assert refusal.value.diag.constraint_name == "closed_is_zero"
    _insert(as_app, debit=facts["wallet"], credit=facts["escrow"], amount=500)
    as_owner.execute(FORBIDDEN["closing"], facts)
    with pytest.raises(ledger.AccountClosed):
        do(ledger.credit_wallet(new_id(), buyer_id=facts["buyer"], amount=euros(5)))


OPENINGS = {
    "an unknown kind": ("treasure", "treasure:{org}:EUR", "org", "account_kind_unknown"),
    "a wallet of nobody": ("buyer_wallet", "wallet:{org}:EUR", None, "account_code_wrong"),
    "another's wallet": ("buyer_wallet", "wallet:{other}:EUR", "org", "account_code_wrong"),
    "a second wallet": ("buyer_wallet", "wallet:{org}:EUR:2", "org", "account_code_wrong"),
    "a wallet called escrow": ("buyer_wallet", "escrow:{org}", "org", "account_code_wrong"),
    "an escrow called wallet": ("escrow", "wallet:{org}:EUR", "org", "account_code_wrong"),
    "an escrow of no purchase": ("escrow", "escrow:x", "org", "account_code_wrong"),
    "a bank of somebody": ("bank_clearing", "bank_clearing:EUR", "org", "account_code_wrong"),
}


@pytest.mark.parametrize("name", OPENINGS)
def test_an_account_that_does_not_fit_its_kind_is_not_opened(as_app: psycopg.Connection, name: str) -> None:
    kind, code, owner, constraint = OPENINGS[name]
    org = new_id()
    with pytest.raises(psycopg.Error) as refusal:
        as_app.execute(
            "SELECT * FROM ledger.open_accounts(%s, %s, 'EUR', %s)",
            (kind, org if owner else None, [code.format(org=org, other=new_id())]),
        )
    assert refusal.value.diag.constraint_name == constraint


def test_opening_again_answers_with_the_same_account_in_the_order_asked(as_app: psycopg.Connection) -> None:
    buyer, codes = new_id(), [f"escrow:{new_id()}" for _ in range(5)]
    statement = "SELECT * FROM ledger.open_accounts('escrow', %s, 'EUR', %s)"
    first = as_app.execute(statement, (buyer, codes[1:3])).fetchall()
    everything = as_app.execute(statement, (buyer, codes)).fetchall()
    assert [code for _, code in everything] == codes
    assert everything[1:3] == first


def test_an_escrow_of_another_buyer_is_not_mistaken_for_mine(as_app: psycopg.Connection) -> None:
    statement = "SELECT * FROM ledger.open_accounts('escrow', %s, %s, %s)"
    codes = [f"escrow:{new_id()}"]
    as_app.execute(statement, (new_id(), "EUR", codes))
    for owner, currency in ((new_id(), "EUR"), (new_id(), "USD")):
        with pytest.raises(psycopg.Error) as refusal:
            as_app.execute(statement, (owner, currency, codes))
        assert refusal.value.diag.constraint_name == "account_differs"


def test_many_transfers_in_one_statement_are_kept_like_one_by_one(as_app: psycopg.Connection) -> None:
    """The large statement and the small one are two ways of counting; they must tell the same story."""
    stories = []
    for size in (1, 40):
        buyer = funded(10_000)
        holds = [ledger.hold_price(new_id(), buyer_id=buyer, price=euros(10 + n)) for n in range(40)]
        for start in range(0, 40, size):
            do(*holds[start : start + size])
        stories.append(
            as_app.execute(
                "SELECT account_version, side, amount, debits_after, credits_after FROM ledger.entry AS e"
                " JOIN ledger.account AS a ON a.id = e.account_id WHERE a.code = %s ORDER BY 1",
                (f"wallet:{buyer}:EUR",),
            ).fetchall()
        )
    assert stories[0] == stories[1]
    assert len(stories[0]) == 41
