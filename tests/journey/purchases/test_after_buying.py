"""After the purchase: the contact, the evidence, the window, refunds; every minor unit accounted for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies

from marketplace import ledger
from marketplace.journey import purchases
from marketplace.journey.purchases.rules import window_end
from marketplace.kernel import clock, ids
from marketplace.kernel.money import Money
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock, wallet

Make = Callable[..., Any]


@pytest.fixture
def rich(operator: Party, buyer: Party) -> Party:
    fund(operator, buyer, 100_000)
    return buyer


def identifier(public: str) -> UUID:
    parsed = ids.parse("pur", public)
    assert parsed is not None
    return parsed


def test_the_buyer_reads_the_contact_and_the_window_begins(
    app: Flask, rich: Party, seller: Party, make_offer: Make, superuser: str
) -> None:
    bought = buy(rich, stock(app, make_offer(seller), 1, ["+48501234567"])[0])
    before = rich.get(f"/v1/purchases/{bought}").json
    assert before["disclosed_at"] is None
    advance(app, hours=5)
    read = rich.get(f"/v1/purchases/{bought}/contact")
    assert read.status_code == 200 and read.json["contact"] == {"phone": "+48501234567"}, read.json
    after = rich.get(f"/v1/purchases/{bought}").json
    assert after["disclosed_at"] is not None and after["window_ends_at"] < before["window_ends_at"]
    advance(app, hours=5)
    assert rich.get(f"/v1/purchases/{bought}/contact").status_code == 200
    again = rich.get(f"/v1/purchases/{bought}").json
    assert again["window_ends_at"] == after["window_ends_at"]
    with psycopg.connect(superuser) as connection:
        told = connection.execute(
            "SELECT count(*) FROM audit_log WHERE action = 'contact.read' AND subject_id = %s",
            (identifier(bought),),
        ).fetchone()
    assert told == (2,)


def test_the_evidence_can_be_recomputed_by_both_and_tampering_shows(
    app: Flask, rich: Party, seller: Party, make_offer: Make, superuser: str
) -> None:
    bought = buy(rich, stock(app, make_offer(seller), 1, ["+48501999888"])[0])
    told = rich.get(f"/v1/purchases/{bought}/evidence").json
    assert seller.get(f"/v1/purchases/{bought}/evidence").json == told
    both = hashlib.sha256(told["facts_text"].encode()).digest() + bytes.fromhex(told["sealed_digest"])
    assert hashlib.sha256(both).hexdigest() == told["digest"] and told["intact"] is True
    assert json.loads(told["facts_text"]) == told["facts"]
    assert told["facts"]["offer"]["consent_text"] == "I agree to be called about mortgages."
    assert told["facts"]["purchase"]["price_minor"] == 2000
    assert "48501999888" not in told["facts_text"]
    with psycopg.connect(superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE evidence SET facts = replace(facts::text, '2000', '1000')::json WHERE purchase_id = %s",
            (identifier(bought),),
        )
    assert rich.get(f"/v1/purchases/{bought}/evidence").json["intact"] is False


def test_what_nobody_could_read_in_time_is_refunded_but_not_after_a_disclosure(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    unread, read = (identifier(buy(rich, one)) for one in stock(app, make_offer(seller), 2))
    run(app, lambda: purchases.mark_disclosed(purchase_ids=[read]))
    assert not run(app, lambda: purchases.refund_undelivered(purchase_id=unread))
    advance(app, hours=73)
    assert run(app, lambda: purchases.refund_undelivered(purchase_id=unread))
    assert not run(app, lambda: purchases.refund_undelivered(purchase_id=unread))
    assert not run(app, lambda: purchases.refund_undelivered(purchase_id=read))
    assert wallet(rich) == {"available": 98_000, "promo": 0, "held": 2000, "owed": 0}


def test_the_database_and_the_rule_agree_when_a_window_ends(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    for hours in (0, 71, 80):
        bought = identifier(buy(rich, stock(app, make_offer(seller))[0]))
        advance(app, hours=hours)
        run(app, lambda bought=bought: purchases.mark_disclosed(purchase_ids=[bought]))
        row = run(app, lambda bought=bought: purchases.purchase(bought))
        assert row.window_ends_at == window_end(
            disclosed_at=row.disclosed_at,
            undisclosed_until=row.undisclosed_until,
            return_window_days=row.return_window_days,
        )


def test_the_promotion_is_spent_first_and_goes_back_to_the_promotion(
    app: Flask, operator: Party, buyer: Party, seller: Party, make_offer: Make
) -> None:
    fund(operator, buyer, 5_000)
    owner = buyer.organization_id
    run(app, lambda: ledger.post(ledger.promote(ids.new_id(), buyer_id=owner, amount=Money(3_000, "EUR"))))
    first, second = (identifier(buy(buyer, one)) for one in stock(app, make_offer(seller), 2))
    assert wallet(buyer) == {"available": 4_000, "promo": 0, "held": 4_000, "owed": 0}
    run(app, lambda: purchases.refund(purchase_id=second, reason=purchases.RefundReason.REVOKED))
    assert wallet(buyer) == {"available": 5_000, "promo": 1_000, "held": 2_000, "owed": 0}
    run(app, lambda: purchases.refund(purchase_id=first, reason=purchases.RefundReason.REVOKED))
    assert wallet(buyer) == {"available": 5_000, "promo": 3_000, "held": 0, "owed": 0}
    assert books_are_clean(app)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(price=strategies.integers(1, 10**6), share=strategies.integers(1, 99))
def test_no_minor_unit_is_made_or_lost_in_a_partial_refund(
    app: Flask, operator: Party, sign_up: Make, seller: Party, make_offer: Make, price: int, share: int
) -> None:
    buyer = sign_up(buys=True)
    fund(operator, buyer, price)
    offer = make_offer(seller, price={"amount": price, "currency": "EUR"})
    bought = identifier(buy(buyer, stock(app, offer)[0]))
    part = price * share // 100
    if not 0 < part < price:
        return
    reason = purchases.RefundReason.DISPUTE
    run(app, lambda: purchases.refund_partly(purchase_id=bought, refunded_minor=part, reason=reason))
    sold = seller.get("/v1/purchases/" + ids.public("pur", bought)).json
    assert sold["net"]["amount"] + sold["commission"]["amount"] + sold["refunded"]["amount"] == price
    assert wallet(buyer) == {"available": part, "promo": 0, "held": 0, "owed": 0}


def test_the_best_of_a_search_within_a_total(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    region = {"price": {"amount": 7_000, "currency": "EUR"}, "vertical": "renovation"}
    listings = set(stock(app, make_offer(seller, **region), 5))
    body = {
        "search": {"vertical": "renovation", "currency": "EUR", "price_min": 7_000, "price_max": 7_000},
        "sort": "newest",
        "max_count": 4,
        "mode": "best_effort",
        "max_total": {"amount": 21_500, "currency": "EUR"},
    }
    answer = rich.post("/v1/purchases", body)
    assert answer.status_code == 201, answer.json
    assert answer.json["bought"] == 3 and {one["listing_id"] for one in answer.json["purchases"]} < listings
    exact = rich.post("/v1/purchases", {**body, "mode": "all_or_nothing"})
    assert (exact.status_code, exact.json["code"]) == (409, "not_enough")
    rest = rich.post("/v1/purchases", {**body, "mode": "all_or_nothing", "max_count": 2})
    assert rest.status_code == 201 and rest.json["bought"] == 2
    assert {one["listing_id"] for one in answer.json["purchases"] + rest.json["purchases"]} == listings
    none = rich.post("/v1/purchases", body)
    assert none.json["code"] == "not_enough"
    assert rich.post("/v1/purchases", {**body, "search": {"vertical": "x"}}).status_code == 422


def test_business_time_is_what_counts(app: Flask, rich: Party, seller: Party, make_offer: Make) -> None:
    bought = identifier(buy(rich, stock(app, make_offer(seller))[0]))
    row = run(app, lambda: purchases.purchase(bought))
    now = run(app, clock.business_now)
    assert abs((now - row.purchased_at).total_seconds()) < 60
