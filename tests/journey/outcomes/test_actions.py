"""Under CPA a buyer pays for one action of the person: reported in time, paid 14 days later, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import ids, outbox
from marketplace.kernel.database import db
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock, wallet
from tests.work import work_off

BID = {"amount": 5000, "currency": "EUR"}


@pytest.fixture
def cpa(
    app: Flask, operator: Party, seller: Party, buyer: Party, make_offer: Callable[..., dict[str, Any]]
) -> Callable[..., str]:
    """A function that lists a lead under CPA and has the buyer buy it; returns the purchase."""

    def make(**changes: Any) -> str:
        offer = make_offer(seller, pricing="cpa", action="application", price=BID, **changes)
        fund(operator, buyer, BID["amount"])
        return buy(buyer, stock(app, offer)[0])

    return make


def report(buyer: Party, purchase: str, **told: Any) -> Any:
    body = {"outcome": "converted", "action": "application", **told}
    return buyer.post(f"/v1/purchases/{purchase}/outcomes", body)


def sweep(app: Flask) -> None:
    """Run what the schedule would have run by now, and what follows from it."""
    tasks = ("outcomes.confirm_due", "outcomes.expire_due")
    run(app, lambda: [outbox.enqueue(task, None) for task in tasks])
    work_off(app, only=(*tasks, "outcomes.close_action", "settlements.settle_purchase"))


def test_an_offer_under_cpa_names_one_action(
    seller: Party, make_offer: Callable[..., dict[str, Any]]
) -> None:
    made = make_offer(seller, pricing="cpa", action="visit", price=BID)
    assert (made["pricing"], made["action"], made["attribution_days"]) == ("cpa", "visit", 30)
    lacking = seller.post("/v1/offers", {**offer_body(), "pricing": "cpa"})
    assert lacking.status_code == 422 and lacking.json["errors"][0]["pointer"] == "/action"
    for wrong in ({"action": "visit"}, {"attribution_days": 20}):
        answer = seller.post("/v1/offers", {**offer_body(), **wrong})
        assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "not_cpa"
    own = seller.post("/v1/offers", {**offer_body(), "pricing": "cpa", "action": "my own idea"})
    assert own.status_code == 422 and own.json["errors"][0]["pointer"] == "/action"


def offer_body() -> dict[str, Any]:
    return {
        "vertical": "mortgage",
        "name": "Leads",
        "price": BID,
        "channel": "net",
        "source": "google",
    }


def test_the_whole_bid_is_held_and_paid_14_days_after_the_report(
    app: Flask, seller: Party, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    assert wallet(buyer)["held"] == 5000
    answer = report(buyer, purchase)
    assert answer.status_code == 201, answer.json
    billed = answer.json["billed"]
    assert (billed["state"], billed["value"]["amount"], billed["bid"]["amount"]) == ("reported", 5000, 5000)
    assert buyer.get(f"/v1/purchases/{purchase}").json["status"] == "converted"
    advance(app, days=13.9)
    sweep(app)
    assert buyer.get(f"/v1/purchases/{purchase}").json["state"] == "held"
    advance(app, days=0.2)
    sweep(app)
    seen = seller.get(f"/v1/purchases/{purchase}").json
    assert (seen["state"], seen["net"]["amount"] + seen["commission"]["amount"]) == ("released", 5000)
    assert seller.get(f"/v1/actions/{billed['id']}").json["state"] == "confirmed"
    assert wallet(buyer) == {"available": 0, "promo": 0, "held": 0, "owed": 0}
    pending = seller.get("/v1/earnings").json["earnings"][0]["pending"]["amount"]
    assert pending == seen["net"]["amount"], "a new seller's earnings mature for a week, as under CPL"
    assert books_are_clean(app)


def test_an_action_worth_less_than_the_bid_gives_the_rest_back(
    app: Flask, seller: Party, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    assert report(buyer, purchase, value={"amount": 1999, "currency": "EUR"}).status_code == 201
    advance(app, days=14.1)
    sweep(app)
    seen = seller.get(f"/v1/purchases/{purchase}").json
    assert (seen["state"], seen["refund_reason"], seen["refunded"]["amount"]) == (
        "partly_refunded",
        "below_bid",
        3001,
    )
    assert seen["commission"]["amount"] + seen["net"]["amount"] == 1999
    assert wallet(buyer)["available"] == 3001
    assert books_are_clean(app)


def test_no_action_in_time_frees_the_hold(app: Flask, buyer: Party, cpa: Callable[..., str]) -> None:
    purchase = cpa(attribution_days=12)
    advance(app, days=11.9)
    sweep(app)
    assert buyer.get(f"/v1/purchases/{purchase}").json["state"] == "held", (
        "the return window releases nothing"
    )
    advance(app, days=0.2)
    late = report(buyer, purchase)
    assert (late.status_code, late.json["code"]) == (409, "attribution_over")
    sweep(app)
    seen = buyer.get(f"/v1/purchases/{purchase}").json
    assert (seen["state"], seen["refund_reason"]) == ("refunded", "expired")
    assert wallet(buyer) == {"available": 5000, "promo": 0, "held": 0, "owed": 0}
    ended = report(buyer, purchase)
    assert (ended.status_code, ended.json["code"]) == (409, "purchase_ended")
    assert books_are_clean(app)


def test_a_reversed_action_refunds_the_hold_and_stays_reversed(
    app: Flask, seller: Party, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    action = report(buyer, purchase).json["billed"]["id"]
    assert seller.post(f"/v1/actions/{action}/reversal").status_code in (403, 404)
    reversed_now = buyer.post(f"/v1/actions/{action}/reversal")
    assert reversed_now.json["state"] == "reversed"
    seen = buyer.get(f"/v1/purchases/{purchase}").json
    assert (seen["state"], seen["refund_reason"]) == ("refunded", "reversed")
    assert buyer.post(f"/v1/actions/{action}/reversal").json["code"] == "action_ended"
    assert wallet(buyer)["available"] == 5000
    assert books_are_clean(app)


def test_bad_reports_of_actions_name_what_is_wrong(
    app: Flask, seller: Party, buyer: Party, sign_up: Callable[..., Party], cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    stranger = sign_up(buys=True)
    assert report(stranger, purchase).status_code == 404, "the action of another's purchase"
    above = report(buyer, purchase, value={"amount": 5001, "currency": "EUR"})
    assert (above.status_code, above.json["errors"][0]["pointer"]) == (422, "/value/amount")
    foreign = report(buyer, purchase, value={"amount": 10, "currency": "USD"})
    assert foreign.json["errors"][0]["pointer"] == "/value/currency"
    early = report(buyer, purchase, happened_at="2020-01-01T00:00:00Z")
    assert early.json["errors"][0]["pointer"] == "/happened_at"
    unnamed = report(buyer, purchase, action=None)
    assert unnamed.json["errors"][0]["pointer"] == "/action"
    other = report(buyer, purchase, action="deposit")
    assert other.status_code == 201 and other.json["billed"] is None, "another action is told, and not billed"
    assert report(buyer, purchase).status_code == 201
    twice = report(buyer, purchase)
    assert (twice.status_code, twice.json["code"]) == (409, "action_already_reported")
    assert wallet(buyer)["held"] == 5000


def test_a_dispute_holds_a_confirmed_action_until_it_is_ruled_on(
    app: Flask, seller: Party, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    action = report(buyer, purchase).json["billed"]["id"]
    dispute = buyer.post(
        "/v1/disputes",
        {"purchase_id": purchase, "reason": "wrong_person", "statement": "It was his brother."},
    ).json["id"]
    assert seller.post(f"/v1/disputes/{dispute}/answer", {"text": "No."}).status_code == 200
    advance(app, days=14.1)
    sweep(app)
    assert buyer.get(f"/v1/actions/{action}").json["state"] == "reported", "the money stands still"
    assert buyer.post(f"/v1/disputes/{dispute}/withdrawal").status_code == 200
    sweep(app)
    assert buyer.get(f"/v1/actions/{action}").json["state"] == "confirmed"
    assert buyer.get(f"/v1/purchases/{purchase}").json["state"] == "released"
    assert books_are_clean(app)


def test_an_upheld_dispute_ends_the_purchase_and_its_action(
    app: Flask, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = cpa()
    action = report(buyer, purchase).json["billed"]["id"]
    answer = buyer.post(
        "/v1/disputes",
        {"purchase_id": purchase, "reason": "wrong_person", "statement": "It was his brother."},
    )
    assert answer.status_code == 201
    advance(app, hours=73)
    work_off(app, only=("disputes.uphold_by_default", "outcomes.close_action"))
    sweep(app)
    assert buyer.get(f"/v1/purchases/{purchase}").json["refund_reason"] == "dispute"
    ended = buyer.get(f"/v1/actions/{action}").json
    assert (ended["state"], ended["reversal"]) == ("reversed", "purchase_ended")
    assert books_are_clean(app)


def test_the_database_pays_nothing_but_a_confirmed_action(
    app: Flask, buyer: Party, cpa: Callable[..., str]
) -> None:
    purchase = ids.parse("pur", cpa())
    for change, constraint in (
        ("state = 'released', ended_at = clock.now()", "purchases_paid_by_action"),
        (
            "state = 'refunded', refund_reason = 'expired', refunded_minor = price_minor, commission_minor = 0,"
            " ended_at = clock.now()",
            "purchases_attribution_still_open",
        ),
        (
            "state = 'refunded', refund_reason = 'reversed', refunded_minor = price_minor, commission_minor = 0,"
            " ended_at = clock.now()",
            "purchases_reversed_by_action",
        ),
    ):
        statement = text(f"UPDATE purchases SET {change} WHERE id = :id")

        def work(statement: Any = statement) -> None:
            db.session.execute(statement, {"id": purchase})

        with pytest.raises(Exception) as refused:
            run(app, work)
        error = refused.value
        cause = error if isinstance(error, DBAPIError) else error.__cause__
        assert isinstance(cause, DBAPIError) and constraint in str(cause.orig.diag.constraint_name)  # type: ignore[union-attr]


def test_listings_tell_the_pricing_and_can_be_searched_by_it(
    app: Flask,
    operator: Party,
    seller: Party,
    buyer: Party,
    make_offer: Callable[..., dict[str, Any]],
) -> None:
    word = f"cpa_{uuid.uuid4().hex[:8]}"
    made = operator.post("/v1/verticals", {"code": word, "name": "Own", "commission_bps": 1000})
    assert made.status_code == 201, made.json
    by_action = make_offer(
        seller, vertical=word, pricing="cpa", action="visit", price=BID, attribution_days=20
    )
    by_contact = make_offer(seller, vertical=word)
    stock(app, by_action)
    stock(app, by_contact)
    found = buyer.get(f"/v1/listings?vertical={word}&pricing=cpa").json["data"]
    assert [(row["pricing"], row["action"], row["attribution_days"]) for row in found] == [
        ("cpa", "visit", 20)
    ]
    found = buyer.get(f"/v1/listings?vertical={word}&pricing=cpl").json["data"]
    assert [(row["pricing"], row["action"]) for row in found] == [("cpl", None)]
    assert len(buyer.get(f"/v1/listings?vertical={word}").json["data"]) == 2
