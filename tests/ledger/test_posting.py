"""What is booked is booked once, whole, and read back line by line."""

from __future__ import annotations

import psycopg
import pytest

from marketplace import ledger
from marketplace.kernel.database import in_transaction
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.ids import new_id
from marketplace.ledger.rules import POSTING_RULES

from .books import balance, do, euros, funded, held, wallet_of

pytestmark = pytest.mark.usefixtures("context")


def test_the_database_and_python_know_the_same_postings_and_kinds(as_app: psycopg.Connection) -> None:
    rules = as_app.execute("SELECT code, debit_kind, credit_kind FROM ledger.posting_rule").fetchall()
    kinds = as_app.execute("SELECT kind FROM ledger.account_kind").fetchall()
    assert set(rules) == {tuple(str(word) for word in rule) for rule in POSTING_RULES}
    assert {kind for (kind,) in kinds} == set(ledger.AccountKind)


def test_a_held_price_leaves_the_wallet_and_is_released_less_the_commission() -> None:
    buyer, seller = funded(10_000), new_id()
    purchase = held(buyer, 2_500)
    do(ledger.release_price(purchase, buyer_id=buyer, seller_id=seller, price=euros(2_500), fee_bps=1_250))
    assert wallet_of(buyer) == 7_500
    assert balance(ledger.seller_pending(seller, "EUR")) == 2_188
    assert balance(ledger.commission(seller, "EUR")) == 312
    assert balance(ledger.escrow(purchase, buyer_id=buyer, currency="EUR")) == 0


def test_the_same_movement_again_is_already_done() -> None:
    buyer, purchase = funded(1_000), new_id()
    movement = ledger.hold_price(purchase, buyer_id=buyer, price=euros(300))
    assert in_transaction(lambda: ledger.post(movement)) is True
    assert in_transaction(lambda: ledger.post(movement)) is False
    assert wallet_of(buyer) == 700


def test_the_same_movement_twice_in_one_statement_is_done_once() -> None:
    buyer, purchase = funded(1_000), new_id()
    movement = ledger.hold_price(purchase, buyer_id=buyer, price=euros(300))
    assert do(movement, movement) == 1
    assert wallet_of(buyer) == 700


@pytest.mark.parametrize("other", ["amount", "an extra leg", "a leg less", "another account"])
def test_the_same_event_with_other_amounts_is_refused_whole(other: str) -> None:
    buyer, purchase = funded(1_000), new_id()
    do(ledger.promote(new_id(), buyer_id=buyer, amount=euros(500)))
    first = ledger.hold_price(purchase, buyer_id=buyer, price=euros(300), promo_minor=100)
    again = {
        "amount": ledger.hold_price(purchase, buyer_id=buyer, price=euros(301), promo_minor=100),
        "an extra leg": first,
        "a leg less": ledger.hold_price(purchase, buyer_id=buyer, price=euros(200)),
        "another account": ledger.hold_price(purchase, buyer_id=new_id(), price=euros(300), promo_minor=100),
    }[other]
    if other == "an extra leg":
        first = ledger.hold_price(purchase, buyer_id=buyer, price=euros(200))
    do(first)
    before = wallet_of(buyer), balance(ledger.promo(buyer, "EUR"))
    with pytest.raises(ledger.MovementDiffers):
        do(again)
    assert (wallet_of(buyer), balance(ledger.promo(buyer, "EUR"))) == before


def test_a_repeated_movement_among_new_ones_is_skipped() -> None:
    buyer = funded(1_000)
    movements = [ledger.hold_price(new_id(), buyer_id=buyer, price=euros(10)) for _ in range(20)]
    assert do(*movements[:7]) == 7
    assert do(*movements) == 13
    assert wallet_of(buyer) == 800


def test_a_wallet_without_the_money_is_told_so() -> None:
    buyer = funded(99)
    with pytest.raises(ledger.InsufficientFunds) as refusal:
        held(buyer, 100)
    assert (refusal.value.status, refusal.value.code) == (402, "insufficient_funds")
    assert wallet_of(buyer) == 99


@pytest.mark.parametrize("count", [1, 50])
def test_a_credit_in_the_same_statement_does_not_hide_an_overdraft(count: int) -> None:
    buyer = funded(100)
    holds = [ledger.hold_price(new_id(), buyer_id=buyer, price=euros(101 // count + 2)) for _ in range(count)]
    credit = ledger.credit_wallet(new_id(), buyer_id=buyer, amount=euros(100_000))
    with pytest.raises(ledger.InsufficientFunds):
        do(*holds, credit)
    assert wallet_of(buyer) == 100
    assert do(credit, *holds) == count + 1


def test_a_purchase_ends_once() -> None:
    buyer, seller = funded(1_000), new_id()
    purchase = held(buyer, 400)
    do(ledger.refund_price(purchase, buyer_id=buyer, price=euros(400)))
    with pytest.raises(ledger.HoldExhausted):
        do(ledger.release_price(purchase, buyer_id=buyer, seller_id=seller, price=euros(400), fee_bps=0))
    assert wallet_of(buyer) == 1_000


def test_no_more_debt_is_paid_than_is_owed() -> None:
    with pytest.raises(ledger.DebtExceeded):
        do(
            ledger.credit_wallet(new_id(), buyer_id=(buyer := new_id()), amount=euros(50), debt_minor=20),
        )
    assert wallet_of(buyer) == 0


def test_no_more_is_taken_from_earnings_than_is_there() -> None:
    with pytest.raises(ledger.InsufficientEarnings):
        do(ledger.mature_earnings(new_id(), seller_id=new_id(), earned=euros(1)))


def test_a_full_check_and_a_claw_back_leave_a_debt_that_later_earnings_pay() -> None:
    buyer, seller = funded(10_000), new_id()
    purchase, later = held(buyer, 1_000), held(buyer, 1_000)
    price, parties = euros(1_000), {"buyer_id": buyer, "seller_id": seller}
    do(ledger.release_price(purchase, price=price, fee_bps=1_000, **parties))

    def take() -> None:
        balances = ledger.lock_seller_balances(seller, "EUR")
        ledger.post(ledger.charge_check(new_id(), seller_id=seller, fee=euros(600), balances=balances))
        balances = ledger.lock_seller_balances(seller, "EUR")
        assert balances == ledger.SellerBalances(300, 0, 0)
        ledger.post(
            ledger.claw_back(purchase, net=euros(900), commission_minor=100, balances=balances, **parties)
        )

    in_transaction(take)
    debt = ledger.seller_receivable(seller, "EUR")
    assert wallet_of(buyer) == 9_000
    assert balance(debt) == 600
    do(ledger.release_price(later, price=price, fee_bps=1_000, **parties))
    do(ledger.mature_earnings(later, seller_id=seller, earned=euros(900), reserve_minor=100, debt_minor=600))
    do(ledger.release_reserve(later, seller_id=seller, kept=euros(100)))
    assert balance(debt) == 0
    assert balance(ledger.seller_available(seller, "EUR")) == 300


def test_an_account_is_read_line_by_line_newest_first() -> None:
    buyer = funded(1_000)
    for price in range(1, 8):
        held(buyer, price)
    wallet, seen, cursor = ledger.wallet(buyer, "EUR"), [], None
    while True:
        page = ledger.entries(wallet, cursor=cursor, limit=3)
        seen += page.rows
        if (cursor := page.next_cursor) is None:
            break
    assert [line.change_minor for line in seen] == [-7, -6, -5, -4, -3, -2, -1, 1_000]
    assert [line.version for line in seen] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert seen[0].balance_after_minor == wallet_of(buyer) == 972


@pytest.mark.parametrize(
    "cursor", ["nonsense", "WyIxZTkiXQ", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ", "WyLCsiJd"]
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        ledger.entries(ledger.wallet(new_id(), "EUR"), cursor=cursor)
