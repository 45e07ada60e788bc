"""Many at once: one lead, one wallet, one deadline. RACE_ROUNDS sets how many rounds each race runs."""

from __future__ import annotations

import os
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.journey import disputes, purchases
from marketplace.kernel import ids
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.errors import DomainError
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock, wallet

Make = Callable[..., Any]
REVOKED = purchases.RefundReason.REVOKED
ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at one moment, each in a thread of its own, and return what came of each."""
    start, results = threading.Barrier(len(works)), [None] * len(works)

    def one(place: int) -> None:
        start.wait()
        results[place] = works[place]()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(scope="module")
def buyers(operator: Party, sign_up: Make) -> list[Party]:
    parties = [sign_up(buys=True) for _ in range(12)]
    for party in parties:
        fund(operator, party, 2_000 * ROUNDS * 3)
    return parties


@pytest.fixture(scope="module")
def seller(sign_up: Make) -> Party:
    found: Party = sign_up(sells=True)
    return found


def test_twelve_buyers_of_one_exclusive_lead_make_one_purchase(
    app: Flask, buyers: list[Party], seller: Party, make_offer: Make
) -> None:
    for listing in stock(app, make_offer(seller, max_sales=1), ROUNDS):
        answers = at_once(
            [lambda one=one, body={"listing_id": listing}: one.post("/v1/purchases", body) for one in buyers]
        )
        told = Counter((answer.status_code, (answer.json or {}).get("code")) for answer in answers)
        assert told == {(201, None): 1, (409, "sold_out"): 11}
    assert books_are_clean(app)


def test_money_for_five_buys_five_of_twenty(
    app: Flask, operator: Party, sign_up: Make, seller: Party, make_offer: Make
) -> None:
    buyer = sign_up(buys=True)
    offer = make_offer(seller)
    for _ in range(ROUNDS):
        fund(operator, buyer, 10_000)
        listings = stock(app, offer, 20)
        answers = at_once(
            [lambda one=one: buyer.post("/v1/purchases", {"listing_id": one}) for one in listings]
        )
        told = Counter((answer.status_code, (answer.json or {}).get("code")) for answer in answers)
        assert told == {(201, None): 5, (402, "insufficient_funds"): 15}
        assert wallet(buyer)["available"] == 0
    assert books_are_clean(app)


def test_baskets_that_cross_never_deadlock_and_never_oversell(
    app: Flask, buyers: list[Party], seller: Party, make_offer: Make
) -> None:
    offer = make_offer(seller, max_sales=2)
    before = run(app, _deadlocks)
    for _ in range(max(1, ROUNDS // 5)):
        listings = stock(app, offer, 8)
        orders = [listings, listings[::-1], listings[3:] + listings[:3], listings[::2] + listings[1::2]]
        answers = at_once(
            [
                lambda one=one, order=order: one.post(
                    "/v1/purchases", {"listing_ids": order, "mode": "best_effort"}
                )
                for one, order in zip(buyers, orders, strict=False)
            ]
        )
        assert {answer.status_code for answer in answers} == {201}
        assert sum(answer.json["bought"] for answer in answers) == 16
    assert run(app, _deadlocks) == before
    assert books_are_clean(app)


def _deadlocks() -> int:
    found = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(db.session.execute(found).scalar_one())


def test_release_dispute_and_refund_at_the_deadline_end_in_one_place(
    app: Flask, buyers: list[Party], seller: Party, make_offer: Make
) -> None:
    def attempt(work: Callable[[], Any]) -> str:
        try:
            with app.app_context():
                return str(in_transaction(work))
        except DomainError as refused:
            return refused.code

    offer = make_offer(seller)
    for turn in range(ROUNDS):
        buyer = buyers[turn % len(buyers)]
        bought = ids.parse("pur", buy(buyer, stock(app, offer)[0]))
        assert bought is not None
        # Half of the rounds before the deadline, half after it.
        advance(app, days=10, hours=-1 if turn % 2 else 1)
        body = {"purchase_id": ids.public("pur", bought), "reason": "wrong_person", "statement": "Not her."}
        released, disputed, refunded, swept = at_once(
            [
                lambda bought=bought: attempt(lambda: purchases.release(purchase_id=bought)),
                lambda buyer=buyer, body=body: buyer.post("/v1/disputes", body),
                lambda bought=bought: attempt(
                    lambda: purchases.refund(purchase_id=bought, reason=REVOKED).state
                ),
                lambda: attempt(lambda: len(purchases.release_due(most=1_000))),
            ]
        )
        _one_end(app, bought, released, disputed, refunded, early=bool(turn % 2))
        assert swept.isdecimal()
    assert books_are_clean(app)


def _one_end(app: Flask, bought: UUID, released: str, disputed: Any, refunded: str, *, early: bool) -> None:
    row = run(app, lambda: purchases.purchase(bought))
    out = run(app, lambda: _moved(bought))
    if early:
        assert released == "False" and row.state == "refunded"
    else:
        assert disputed.status_code == 409 and disputed.json["code"] in ("window_closed", "purchase_ended")
    assert (refunded == "refunded") == (row.state == "refunded") and row.state in ("refunded", "released")
    assert out == ({"refund"} if row.state == "refunded" else {"release", "commission"})


def _moved(bought: UUID) -> set[str]:
    found = text(
        "SELECT t.code FROM ledger.transfer AS t JOIN purchases AS p ON p.escrow_account_id = t.debit_account"
        " WHERE p.id = :id"
    )
    return set(db.session.execute(found, {"id": bought}).scalars())


def test_one_key_twenty_times_is_one_purchase(
    app: Flask, buyers: list[Party], seller: Party, make_offer: Make
) -> None:
    buyer, rival = buyers[0], buyers[1]
    first, second = stock(app, make_offer(seller), 2)
    before, key = wallet(buyer)["held"], uuid.uuid4().hex
    answers = at_once([lambda: buyer.post("/v1/purchases", {"listing_id": first}, key=key)] * 20)
    told = Counter(answer.status_code for answer in answers)
    assert told[201] >= 1 and set(told) <= {201, 409}
    assert {a.json["code"] for a in answers if a.status_code == 409} <= {"request_in_flight"}
    assert len({a.data for a in answers if a.status_code == 201}) == 1
    again = buyer.post("/v1/purchases", {"listing_id": first}, key=key)
    assert again.status_code == 201 and again.headers["Idempotency-Replayed"] == "true"
    assert wallet(buyer)["held"] == before + 2000
    other = buyer.post("/v1/purchases", {"listing_id": second}, key=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    missing = buyer.post("/v1/purchases", {"listing_id": second}, key=None)
    assert (missing.status_code, missing.json["code"]) == (400, "idempotency_key_missing")
    theirs = rival.post("/v1/purchases", {"listing_id": first}, key=key)
    assert theirs.status_code == 201 and theirs.data != again.data


def test_a_stored_refusal_stays_and_a_new_key_succeeds(
    app: Flask, operator: Party, sign_up: Make, seller: Party, make_offer: Make
) -> None:
    poor, key = sign_up(buys=True), uuid.uuid4().hex
    [listing] = stock(app, make_offer(seller))
    assert poor.post("/v1/purchases", {"listing_id": listing}, key=key).status_code == 402
    fund(operator, poor, 2_000)
    assert poor.post("/v1/purchases", {"listing_id": listing}, key=key).status_code == 402
    assert poor.post("/v1/purchases", {"listing_id": listing}).status_code == 201


def test_two_rulings_at_once_decide_once(
    app: Flask, buyers: list[Party], seller: Party, make_offer: Make
) -> None:
    offer = make_offer(seller)
    for turn in range(max(1, ROUNDS // 4)):
        buyer = buyers[turn % len(buyers)]
        bought = buy(buyer, stock(app, offer)[0])
        asked = {"purchase_id": bought, "reason": "wrong_person", "statement": "Not her."}
        opened = ids.parse("dsp", buyer.post("/v1/disputes", asked).json["id"])
        assert opened is not None
        advance(app, hours=73)
        before = wallet(buyer)["available"]
        ruled = at_once(
            [lambda opened=opened: run(app, lambda: disputes.uphold_by_default(dispute_id=opened))] * 4
        )
        assert sorted(ruled) == [False, False, False, True]
        assert wallet(buyer)["available"] == before + 2000
