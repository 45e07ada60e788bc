"""A clerk credits money that came by bank: once, whole, and to the debt first."""

from __future__ import annotations

import threading
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from marketplace import ledger, payments
from marketplace.access import Actor, Principal
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

pytestmark = pytest.mark.usefixtures("context")

CLERK = Actor(
    organization_id=new_id(),
    principal_id=new_id(),
    principal=Principal.KEY,
    member_id=new_id(),
    permissions=frozenset(),
    is_operator=True,
    sells=False,
    buys=False,
)


def organization(*, buys: bool) -> UUID:
    def make() -> UUID:
        made = db.session.execute(
            text(
                "INSERT INTO organizations (name, sells, buys, country, currency, time_zone)"
                " VALUES ('Party', NOT :buys, :buys, 'DE', 'EUR', 'Europe/Berlin') RETURNING id"
            ),
            {"buys": buys},
        )
        return UUID(str(made.scalar_one()))

    return in_transaction(make)


@pytest.fixture
def buyer(context: None) -> UUID:
    return organization(buys=True)


@pytest.fixture
def other_buyer(context: None) -> UUID:
    return organization(buys=True)


@pytest.fixture
def seller(context: None) -> UUID:
    return organization(buys=False)


def credit(
    buyer: UUID, amount_minor: int = 5_000, request_id: str = "r1", **other: str
) -> payments.WalletCredit:
    facts = {"currency": "EUR", "reference": "transfer 4711"} | other
    return in_transaction(
        lambda: payments.credit_wallet(
            CLERK, organization_id=buyer, amount_minor=amount_minor, request_id=request_id, **facts
        )
    )


def wallet(buyer: UUID) -> list[payments.WalletBalance]:
    return in_transaction(lambda: payments.wallet(buyer))


def test_a_credit_can_be_spent_and_is_read_with_words(buyer: UUID) -> None:
    credit(buyer)
    assert wallet(buyer) == [payments.WalletBalance("EUR", 5_000, 0, 0, 0)]
    lines = in_transaction(lambda: payments.wallet_lines(buyer, "EUR")).rows
    assert [(line.words, line.change_minor, line.balance_after_minor) for line in lines] == [
        ("Money added by bank transfer", 5_000, 5_000)
    ]


def test_every_currency_and_the_promotion_are_told_apart(buyer: UUID) -> None:
    credit(buyer)
    credit(buyer, 700, "r2", currency="USD")
    in_transaction(lambda: ledger.post(ledger.promote(new_id(), buyer_id=buyer, amount=Money(300, "EUR"))))
    assert wallet(buyer) == [
        payments.WalletBalance("EUR", 5_000, 300, 0, 0),
        payments.WalletBalance("USD", 700, 0, 0, 0),
    ]


def test_who_never_had_money_has_an_empty_wallet() -> None:
    assert wallet(new_id()) == []
    assert in_transaction(lambda: payments.wallet_lines(new_id(), "EUR")).rows == []


def test_the_same_request_credits_once(buyer: UUID) -> None:
    assert credit(buyer).id == credit(buyer).id
    assert wallet(buyer)[0].available_minor == 5_000


@pytest.mark.parametrize("other", [{"amount_minor": 1}, {"currency": "USD"}, {"reference": "another"}])
def test_the_same_request_id_for_another_credit_is_refused(buyer: UUID, other: dict[str, object]) -> None:
    credit(buyer)
    with pytest.raises(payments.CreditDiffers):
        credit(buyer, **other)  # type: ignore[arg-type]
    assert [row.available_minor for row in wallet(buyer)] == [5_000]


def test_request_ids_of_two_organizations_do_not_meet(buyer: UUID, other_buyer: UUID) -> None:
    assert credit(buyer).id != credit(other_buyer).id
    assert [wallet(of)[0].available_minor for of in (buyer, other_buyer)] == [5_000, 5_000]


def test_only_an_organization_that_buys_is_credited(seller: UUID) -> None:
    with pytest.raises(NotFound):
        credit(new_id())
    with pytest.raises(InvalidInput) as refusal:
        credit(seller)
    assert refusal.value.problems[0].code == "not_a_buyer"


def test_an_open_debt_is_paid_first(buyer: UUID, superuser: str) -> None:
    credit(buyer, 100)
    # Debts come from chargebacks, which have no posting yet: this one is put in place by hand.
    account = in_transaction(lambda: ledger.open_account(ledger.buyer_receivable(buyer, "EUR")))
    with psycopg.connect(superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE ledger.account SET debits = 150 WHERE id = %s", (account,))
    credit(buyer, 100, "r2")
    assert wallet(buyer) == [payments.WalletBalance("EUR", 100, 0, 0, 50)]
    credit(buyer, 100, "r3")
    assert wallet(buyer) == [payments.WalletBalance("EUR", 150, 0, 0, 0)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount_minor", 0),
        ("amount_minor", -1),
        ("amount_minor", 10**12 + 1),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", ""),
        ("reference", ""),
        ("reference", "  "),
        ("reference", "x" * 201),
        ("reference", "a\x00b"),
        ("request_id", ""),
        ("request_id", "x" * 256),
    ],
)
def test_a_field_that_cannot_be_right_is_named(buyer: UUID, name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        credit(buyer, **{name: value})  # type: ignore[arg-type]
    assert [problem.pointer for problem in refusal.value.problems] == [f"/{name}"]
    assert wallet(buyer) == []


def test_one_request_sent_by_ten_at_once_credits_once(app: Flask, buyer: UUID) -> None:
    barrier, told = threading.Barrier(10), []

    def run() -> None:
        with app.app_context():
            barrier.wait()
            try:
                told.append(str(credit(buyer).id))
            except DomainError as refusal:
                told.append(refusal.code)

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 10
    assert set(told) - {"credit_in_the_making"} == {str(credit(buyer).id)}
    assert wallet(buyer)[0].available_minor == 5_000


def test_a_credit_is_told_to_the_audit_log_without_its_free_text(buyer: UUID, superuser: str) -> None:
    made = credit(buyer, reference="Anna Schmidt, rent")
    with psycopg.connect(superuser) as connection:
        entry = connection.execute(
            "SELECT action, principal_id, facts FROM audit_log WHERE subject_id = %s", (made.id,)
        ).fetchone()
        told = connection.execute("SELECT topic FROM outbox WHERE reference = %s", (made.id,)).fetchall()
    assert entry == ("wallet.credit", CLERK.principal_id, {"amount_minor": 5_000, "currency": "EUR"})
    assert told == [("WalletCredited",)]


@pytest.mark.parametrize(
    "statement", ["UPDATE wallet_credits SET amount_minor = 1", "DELETE FROM wallet_credits"]
)
def test_a_credit_is_not_rewritten(buyer: UUID, superuser: str, statement: str) -> None:
    credit(buyer)
    with psycopg.connect(superuser) as connection, pytest.raises(psycopg.Error) as refusal:
        connection.execute(statement)
    assert refusal.value.diag.constraint_name == "append_only"
