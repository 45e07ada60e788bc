"""A movement splits a price without creating or losing a cent, or it cannot exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import ledger
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import MAX_AMOUNT_MINOR, Money

BUYER, SELLER, PURCHASE = new_id(), new_id(), new_id()
prices = st.integers(0, MAX_AMOUNT_MINOR)
rates = st.integers(0, 10_000)


def _parts(data: st.DataObject, price: int) -> int:
    return data.draw(st.integers(0, price))


def _net(movement: ledger.Movement, *accounts: ledger.Account) -> int:
    return sum(movement.net_minor(account) for account in accounts)


wallet, promo = ledger.wallet(BUYER, "EUR"), ledger.promo(BUYER, "EUR")
escrow = ledger.escrow(PURCHASE, buyer_id=BUYER, currency="EUR")
pending, commission = ledger.seller_pending(SELLER, "EUR"), ledger.commission(SELLER, "EUR")


@given(prices, rates, st.data())
def test_net_commission_and_refund_are_the_price(price: int, bps: int, data: st.DataObject) -> None:
    refund = _parts(data, price)
    split = ledger.split_price(price, bps, refund)
    assert split.net_minor + split.commission_minor + split.refund_minor == price
    assert min(split.net_minor, split.commission_minor) >= 0
    # Rounded down once: less than one minor unit is lost to the platform.
    assert 0 <= (price - refund) * bps - split.commission_minor * 10_000 < 10_000


@given(prices, rates, st.data())
def test_every_end_of_a_purchase_empties_its_escrow(price: int, bps: int, data: st.DataObject) -> None:
    promo_part, refund, money = _parts(data, price), _parts(data, price), Money(price, "EUR")
    hold = ledger.hold_price(PURCHASE, buyer_id=BUYER, price=money, promo_minor=promo_part)
    assert hold.net_minor(escrow) == price == -_net(hold, wallet, promo)
    ends = (
        ledger.release_price(PURCHASE, buyer_id=BUYER, seller_id=SELLER, price=money, fee_bps=bps),
        ledger.refund_price(PURCHASE, buyer_id=BUYER, price=money, promo_minor=promo_part),
        ledger.partial_refund(
            PURCHASE,
            buyer_id=BUYER,
            seller_id=SELLER,
            price=money,
            refunded_minor=refund,
            fee_bps=bps,
            promo_minor=promo_part,
        ),
    )
    for end in ends:
        assert end.net_minor(escrow) == -price
        assert _net(end, wallet, promo, pending, commission) == price
        # Promotion never turns into money of one's own.
        assert end.net_minor(promo) <= promo_part
        assert end.net_minor(wallet) <= price - promo_part
    assert _net(ends[2], wallet, promo) == refund


@given(prices, rates, st.tuples(prices, prices, prices), st.data())
def test_a_claw_back_takes_what_is_there_and_books_the_rest_as_debt(
    price: int, bps: int, there: tuple[int, int, int], data: st.DataObject
) -> None:
    split, promo_part = ledger.split_price(price, bps), _parts(data, price)
    movement = ledger.claw_back(
        PURCHASE,
        buyer_id=BUYER,
        seller_id=SELLER,
        net=Money(split.net_minor, "EUR"),
        commission_minor=split.commission_minor,
        balances=ledger.SellerBalances(*there),
        promo_minor=promo_part,
    )
    assert movement.net_minor(wallet) == price - promo_part
    assert movement.net_minor(promo) == promo_part
    assert movement.net_minor(commission) == -split.commission_minor
    reserve, available = ledger.seller_reserve(SELLER, "EUR"), ledger.seller_available(SELLER, "EUR")
    left = split.net_minor
    for account, balance in zip((pending, reserve, available), there, strict=True):
        assert movement.net_minor(account) == -min(left, balance)
        left -= min(left, balance)
    assert movement.net_minor(ledger.seller_receivable(SELLER, "EUR")) == -left


@given(prices, prices, st.data())
def test_maturing_pays_a_debt_first_and_never_more_than_matures(
    earned: int, debt: int, data: st.DataObject
) -> None:
    reserve = _parts(data, earned)
    movement = ledger.mature_earnings(
        PURCHASE, seller_id=SELLER, earned=Money(earned, "EUR"), reserve_minor=reserve, debt_minor=debt
    )
    repaid = min(debt, earned - reserve)
    assert movement.net_minor(pending) == -earned
    assert movement.net_minor(ledger.seller_reserve(SELLER, "EUR")) == reserve
    assert movement.net_minor(ledger.seller_receivable(SELLER, "EUR")) == repaid
    assert movement.net_minor(ledger.seller_available(SELLER, "EUR")) == earned - reserve - repaid


def test_legs_of_zero_are_left_out() -> None:
    free = ledger.hold_price(PURCHASE, buyer_id=BUYER, price=Money(0, "EUR"))
    cheap = ledger.release_price(
        PURCHASE, buyer_id=BUYER, seller_id=SELLER, price=Money(9, "EUR"), fee_bps=1_000
    )
    assert free.legs == ()
    assert [leg.key for leg in cheap.legs] == [f"purchase:{PURCHASE}:release"]


@pytest.mark.parametrize(
    "leg",
    [
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, escrow, 0),
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, escrow, -5),
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, escrow, 1.5),  # type: ignore[arg-type]
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, escrow, MAX_AMOUNT_MINOR + 1),
        lambda: ledger.Leg("k", ledger.Posting.HOLD, ledger.wallet(BUYER, "USD"), escrow, 5),
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, pending, 5),
        lambda: ledger.Leg("k", ledger.Posting.RELEASE, wallet, escrow, 5),
        lambda: ledger.Leg("k", ledger.Posting.HOLD, wallet, wallet, 5),
    ],
)
def test_a_leg_that_the_database_would_refuse_cannot_exist(leg: object) -> None:
    with pytest.raises(ValueError):
        leg()  # type: ignore[operator]


@pytest.mark.parametrize(("promo_minor", "refunded_minor"), [(-1, 0), (101, 0), (0, -1), (0, 101)])
def test_parts_larger_than_the_price_cannot_exist(promo_minor: int, refunded_minor: int) -> None:
    with pytest.raises(ValueError):
        ledger.partial_refund(
            PURCHASE,
            buyer_id=BUYER,
            seller_id=SELLER,
            price=Money(100, "EUR"),
            refunded_minor=refunded_minor,
            fee_bps=0,
            promo_minor=promo_minor,
        )
