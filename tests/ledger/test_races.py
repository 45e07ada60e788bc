"""Buyers, sellers and clerks who act at the same moment: nobody overdraws, nothing locks up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import psycopg
import pytest
from flask import Flask

from marketplace import ledger
from marketplace.kernel.database import in_transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id

from .books import balance, do, euros, funded, held, wallet_of

pytestmark = pytest.mark.usefixtures("context")


def together(app: Flask, works: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run all works at once, each on a connection of its own; count answers and refusals by name."""
    barrier, told = threading.Barrier(len(works)), Counter[str]()
    lock = threading.Lock()

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                answer = str(in_transaction(work))
            except DomainError as refusal:
                answer = refusal.code
            except Exception as fault:
                answer = type(fault).__name__
            with lock:
                told[answer] += 1

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _deadlocks(superuser: str) -> int:
    with psycopg.connect(superuser) as connection:
        # Counted by each session when it reports; what a session has not yet told is asked for here.
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("funds_for", [1, 7, 20])
def test_fifty_spend_at_once_and_exactly_as_many_succeed_as_there_is_money_for(
    app: Flask, funds_for: int
) -> None:
    buyer = funded(funds_for * 100 + 99)
    holds = [ledger.hold_price(new_id(), buyer_id=buyer, price=euros(100)) for _ in range(50)]
    for group in range(0, 50, 10):
        together(app, [lambda hold=hold: ledger.post(hold) for hold in holds[group : group + 10]])
    # Each asks again: what was booked stays booked, what was refused is refused.
    told = Counter[str]()
    for group in range(0, 50, 10):
        told += together(app, [lambda hold=hold: ledger.post(hold) for hold in holds[group : group + 10]])
    assert told == Counter({"False": funds_for, "insufficient_funds": 50 - funds_for})
    assert wallet_of(buyer) == 99


def test_one_movement_asked_for_by_ten_is_booked_once(app: Flask) -> None:
    for _ in range(5):
        buyer = funded(1_000)
        hold = ledger.hold_price(new_id(), buyer_id=buyer, price=euros(100))
        assert together(app, [lambda hold=hold: ledger.post(hold)] * 10) == Counter({"True": 1, "False": 9})
        assert wallet_of(buyer) == 900


def test_release_refund_and_part_race_and_one_wins(app: Flask) -> None:
    for _ in range(8):
        buyer, seller = funded(1_000), new_id()
        purchase, parties = held(buyer, 1_000), {"buyer_id": buyer, "seller_id": seller}
        ends = [
            ledger.release_price(purchase, price=euros(1_000), fee_bps=1_000, **parties),
            ledger.refund_price(purchase, buyer_id=buyer, price=euros(1_000)),
            ledger.partial_refund(purchase, price=euros(1_000), refunded_minor=400, fee_bps=1_000, **parties),
        ]
        told = together(app, [lambda end=end: ledger.post(end) for end in ends for _ in range(2)])
        assert told["True"] == 1
        assert set(told) <= {"True", "False", "hold_exhausted", "movement_differs"}
        assert balance(ledger.escrow(purchase, buyer_id=buyer, currency="EUR")) == 0
        total = wallet_of(buyer) + balance(ledger.seller_pending(seller, "EUR"))
        assert total + balance(ledger.commission(seller, "EUR")) == 1_000


def test_the_same_accounts_named_in_opposite_orders_do_not_lock_up(app: Flask, superuser: str) -> None:
    before = _deadlocks(superuser)
    buyers = [funded(100_000) for _ in range(6)]
    for _ in range(10):

        def work(order: list[int]) -> object:
            return ledger.post_all(
                [ledger.hold_price(new_id(), buyer_id=buyers[n], price=euros(1)) for n in order]
            )

        orders = [list(range(6)), list(range(5, -1, -1)), [3, 0, 5, 1, 4, 2], [2, 4, 1, 5, 0, 3]] * 2
        told = together(app, [lambda order=order: work(order) for order in orders])
        assert told == Counter({"6": 8})
    assert _deadlocks(superuser) == before
    assert [wallet_of(buyer) for buyer in buyers] == [100_000 - 80] * 6


def test_new_accounts_opened_by_many_at_once_are_opened_once(app: Flask) -> None:
    buyer = new_id()
    credits_ = [ledger.credit_wallet(new_id(), buyer_id=buyer, amount=euros(5)) for _ in range(8)]
    assert (
        together(app, [lambda movement=movement: ledger.post(movement) for movement in credits_])["True"] == 8
    )
    assert wallet_of(buyer) == 40
    assert do(*credits_) == 0
